#pragma once
/* What somebody fills in on a screen as the command that does the same: for learning it, for
 * scripts, for the colleague on the phone. */
#include "common/arena.h"
#include "common/rules.h"

/*
 * The command line for a POSIX shell, in 'mem': "steward case open --kind repair --summary 'Kitchen
 * pipe burst' -p SUN". Words come first, and last behind "--" where one of them looks like a flag.
 * 'property': for -p; NULL or "": without. Secrets and what the command finds out itself are left
 * out; FILE stands for a file whose contents the request holds, a missing word's name for a word
 * that others follow. A text that is nothing but "-" would read standard input there; it has no
 * command. NULL: no memory.
 */
const char *equal_command(const struct rpc_method *m, const ProtobufCMessage *request,
			  const char *property, struct arena *mem);
