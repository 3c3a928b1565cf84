#pragma once
/* A result in the format asked for. */
#include <stdio.h>

#include "client/cli/cli.h"

struct result {
	const struct rpc_method *m;
	const struct message_rules *rules; /* of a row */
	const ProtobufCMessage *const *rows;
	size_t n;
	bool list; /* rows of a list; else whole replies, one per call */
	bool many; /* replies of several calls: a JSON list even if there is only one */
};

/* The rows of a list's reply, or the reply itself. */
enum st_code result_of(const struct rpc_method *m, const ProtobufCMessage *reply, struct arena *mem,
		       struct result *ret, struct st_err *err) ST_MUSTCHECK;
/* What a row of its result is. */
const struct message_rules *result_rules(const struct rpc_method *m);
/* Do --columns, --json=.. and --sort name fields there are? Before anything is called. */
enum st_code result_check(const struct cli *cli, const struct rpc_method *m,
			  struct st_err *err) ST_MUSTCHECK;
/* Writes it to stdout, through the pager where one is wanted. */
enum st_code result_show(struct cli *cli, const struct result *r, struct st_err *err) ST_MUSTCHECK;
/* One message of a stream: a line. */
enum st_code result_line(struct cli *cli, const struct rpc_method *m, const ProtobufCMessage *msg,
			 bool first, struct arena *mem, struct st_err *err) ST_MUSTCHECK;
/* A JSON value in the format asked for (indented on a terminal), through --jq. */
struct json_t;
enum st_code result_json_text(const struct cli *cli, struct json_t *j, FILE *out,
			      struct st_err *err) ST_MUSTCHECK;
