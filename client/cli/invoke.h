#pragma once
/* Running a method of the daemon: one call, one per value, page by page, again and again, or as a
 * stream. */
#include "client/cli/args.h"

/* The whole command; argv as command_find() leaves it. Returns the exit code. */
int invoke(struct cli *cli, const struct rpc_method *m, int argc, char **argv);

/* What the global flags say about a call. */
struct call_options invoke_options(const struct cli *cli, const struct rpc_method *m);
/* One call. Ctrl-C ends the process and tells the key of a change that was on its way. Returns
 * ret->err.code. */
enum st_code invoke_once(struct cli *cli, const struct rpc_method *m,
			 const ProtobufCMessage *request, const struct call_options *o,
			 struct call_result *ret);
/* The same; asks for a proof of identity if the daemon wants one, then tries again. */
enum st_code invoke_proved(struct cli *cli, const struct rpc_method *m,
			   const ProtobufCMessage *request, const struct call_options *o,
			   struct call_result *ret);
/* Prints the error of a call with all fields at fault; returns the exit code. */
int invoke_report(const struct cli *cli, const struct call_result *r);
/* A connection is open: Ctrl-C is heard while 'cli' waits. invoke_unwatch() when it does not wait
 * any more. */
struct interrupt {
	uv_signal_t signal;
	const struct cli *cli;
	struct uuid key; /* of a change on its way, or zero */
	bool open;
};
void interrupt_start(struct interrupt *i, struct cli *cli, const struct uuid *key);
void interrupt_stop(struct interrupt *i);
