#pragma once
/* What a change did, told to people on a terminal. */
#include "client/cli/cli.h"

/* The sentence on stdout, what else the reply tells, the next command on stderr. */
enum st_code outcome_show(struct cli *cli, const struct rpc_method *m,
			  const ProtobufCMessage *request, const struct call_result *r,
			  struct st_err *err) ST_MUSTCHECK;
