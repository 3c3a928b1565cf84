#pragma once
/*
 * A method's own flags and words, made from the rules of its request: a field with a place (arg) is
 * a word, every other one a flag --field-name. The last word may be repeated: then the method is
 * called once per value.
 */
#include <argp.h>

#include "client/cli/cli.h"
#include "client/lib/print.h"

/* Flags of methods that read a file (rule "import"). Lists in the order given. */
struct import_args {
	const char *file; /* NULL: none was given */
	const char **maps, **sets, **values;
	size_t n_maps, n_sets, n_values;
	const char *map_file, *report, *encoding, *delimiter;
	long batch;    /* rows per call; 0: as many as allowed */
	long parallel; /* calls at the same time; 0: one */
};

/* Files of methods that send some (rule "upload") or fetch one ("download"). */
struct file_args {
	const char **files; /* to be sent, in the order given */
	size_t n_files;
	const char *target; /* where to write what is fetched, NULL: by its own name */
	bool force;         /* over what is there */
};

/* Where methods that print do so (rules "print" and "print_by"). */
struct print_args {
	struct print_to to;
	unsigned places; /* how many were named */
	bool looks;      /* something was said of how it is to be printed */
};

struct args {
	const struct rpc_method *m;
	ProtobufCMessage *request;
	const ProtobufCFieldDescriptor
		*each;       /* the last word's field if it was given more than once, else NULL */
	const char **values; /* its values, all of them */
	size_t n_values;
	struct import_args import;
	struct file_args file;
	struct print_args print;
};

/* The table for argp, ended by a zero row; NULL: no memory. */
const struct argp_option *args_table(const struct rpc_method *m, struct arena *mem);
/* Reads argv (argv[0] is not looked at) into a request and the global options. What is missing is
 * not checked yet. */
enum st_code args_parse(struct cli *cli, const struct rpc_method *m, int argc, char **argv,
			struct args *ret, struct st_err *err) ST_MUSTCHECK;
/* Asks for missing secrets where somebody can be asked, then checks the whole request as the daemon
 * will. */
enum st_code args_complete(struct cli *cli, struct args *a, struct st_err *err) ST_MUSTCHECK;
/* The rule of a request's field by its name. */
const struct field_rule *args_rule(const struct message_rules *rules, const char *name,
				   unsigned *ret_index);
