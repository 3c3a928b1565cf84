#pragma once
/* The global flags: one table, accepted before and after the command's words. */
#include <argp.h>

#include "client/cli/cli.h"

/* What the parser of the global flags works on: given as argp input of the child. */
struct options_input {
	struct options *opt;
	struct arena *mem;
	struct st_err *err;
};

/* The table, ended by a zero row. A row without a help text is left out of completion. */
extern const struct argp_option options_table[];
/* To hang below a command's own parser; its input is a struct options_input. */
extern const struct argp options_argp;

/* "5", "5s", "500ms", "2m" in milliseconds. */
enum st_code options_duration(const char *text, uint32_t *ret_ms, struct st_err *err) ST_MUSTCHECK;
