#pragma once
/* From the words of the command line to what is meant: a method of the daemon or a built-in
 * command. */
#include <argp.h>

#include "client/cli/cli.h"

/* Values of a built-in command: its words, and its flags by the key they have in its table (1 ..
 * BUILTIN_FLAGS-1). */
#define BUILTIN_FLAGS 8
#define BUILTIN_ARGS 64
struct builtin_args {
	const char *flags[BUILTIN_FLAGS]; /* NULL: not given; "" for a switch */
	const char *args[BUILTIN_ARGS + 1];
	size_t n_args;
};

struct builtin {
	const char *words; /* "config show" */
	const char *usage; /* "TOKEN --server HOST" */
	const char *help;  /* first sentence: the summary */
	const char *example;
	const char *method;              /* the method it stands in for, or NULL */
	const struct argp_option *flags; /* NULL: none */
	size_t max_args;
	bool hidden;
	int (*run)(struct cli *cli, const struct builtin_args *a); /* returns the exit code */
	bool raw; /* gets all that follows as words, flags too */
};

extern const struct builtin builtins[];
extern const size_t builtin_count;
/* By its words; NULL: there is none. */
const struct builtin *builtin_find(const char *words);

struct command {
	const struct rpc_method *method; /* NULL: a built-in command */
	const struct builtin *builtin;   /* both NULL: no words at all */
	int argc;    /* what is left after the words were taken out; argv[0] names the command */
	char **argv; /* ended by NULL */
};

/* Takes the words out of argv. INVALID_ARGUMENT: there is no such command; says what is near. */
enum st_code command_find(int argc, char **argv, struct arena *mem, struct command *ret,
			  struct st_err *err) ST_MUSTCHECK;

/* Methods people do not type: those a built-in command stands in for, and those only machines call.
 */
bool command_is_internal(const struct rpc_method *m);
