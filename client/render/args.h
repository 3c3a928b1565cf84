#pragma once
/* The command line of steward-render. */
#include <stdbool.h>

#include "common/err.h"
#include "proto/print.pb-c.h"

enum render_mode { RENDER_FILE, RENDER_SERVE, RENDER_HELP, RENDER_VERSION };

struct render_args {
	enum render_mode mode;
	const char *file;              /* "-": standard output */
	bool protobuf;                 /* the input is a PrintRequest: only its documents count */
	Steward__PrintRequest request; /* form, paper, width, drawer, uncut */
};

/* INVALID_ARGUMENT: wrong usage. What it points at is borrowed from argv. */
enum st_code render_args_read(int argc, char **argv, struct render_args *ret,
			      struct st_err *err) ST_MUSTCHECK;
extern const char render_usage[];
