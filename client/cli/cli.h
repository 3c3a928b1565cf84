#pragma once
/* One run of the program: what was asked for in general, what the terminal can do, the connection
 * once it is needed. */
#include <stdint.h>

#include <uv.h>

#include "client/cli/term.h"
#include "client/lib/client.h"
#include "common/arena.h"
#include "common/uuid.h"

/* Exit codes: a published contract (steward help exit-codes). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_NO = 1, /* the answer is no, and nothing else */
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_LOGIN = 4,
	EXIT_DENIED = 5,
	EXIT_CONFLICT = 6,
	EXIT_REFUSED = 7, /* by a rule of the business */
	EXIT_PARTLY = 8,
	EXIT_UNREACHABLE = 9,
	EXIT_CANCELLED = 10,
	EXIT_UNKNOWN = 11, /* time ran out: repeat under the same key */
	EXIT_FAULT = 12,
	EXIT_QUEUED = 75,
	EXIT_INTERRUPTED = 130,
};

enum out_format {
	OUT_TABLE,
	OUT_JSON,
	OUT_JSONL,
	OUT_CSV,
	OUT_TSV,
	OUT_PLAIN, /* no heading, tabs, nothing cut */
	OUT_NAME,  /* one number per line */
};

#define WATCH_DEFAULT_MS 2000u /* --watch without an interval */

/* The global flags. */
struct options {
	enum out_format format;
	const char *fields; /* --json=a,b; NULL: all */
	const char *jq, *columns, *sort, *cursor;
	const char *property, *profile, *confirm, *reason;
	int64_t limit;       /* 0: the method's own, -1: all */
	uint32_t timeout_ms; /* 0: the method's own */
	uint32_t watch_ms;   /* 0: no; WATCH_DEFAULT_MS where no interval was named */
	struct uuid key;
	enum color_mode color;
	bool no_pager, no_input, yes, dry_run, exit_code, quiet, verbose, trace;
	bool help_short, help_long, version;
};

struct cli {
	struct arena *mem; /* as long as the process */
	struct options opt;
	struct term term;
	uv_loop_t loop;
	bool loop_open, profile_loaded;
	char dir[400];
	struct profile profile;
	struct client *client;
	const char *leftover; /* a file that is not whole yet: Ctrl-C removes it. NULL: none */
};

/* The loop, started when first needed. */
uv_loop_t *cli_loop(struct cli *cli);
enum st_code cli_dir(struct cli *cli, struct st_err *err) ST_MUSTCHECK;
enum st_code cli_profile(struct cli *cli, struct st_err *err) ST_MUSTCHECK;
/* The connection of this run; nothing is sent yet. */
enum st_code cli_client(struct cli *cli, struct st_err *err) ST_MUSTCHECK;
void cli_close(struct cli *cli);
/* Is the output for programs? Then nothing but the result goes to stdout, and errors are JSON. */
bool cli_is_json(const struct cli *cli);
/* A line for people on stderr; -q silences it. */
void cli_say(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
