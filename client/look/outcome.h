#pragma once
/* What a change did, in a sentence, and the next sensible command. */
#include "client/lib/client.h"

/* "opened" of "open", "taken" of "take". 'out' takes 64 bytes. Returns out. */
char *outcome_participle(const char *verb, char out[64]);
/* What the command is about: the sub-message called like the noun, else the first one, else the
 * reply. */
const ProtobufCMessage *outcome_subject(const struct rpc_method *m, const ProtobufCMessage *reply);
/* What the subject is called: by the reply, or as it was typed; NULL: nothing. */
const char *outcome_name(const struct rpc_method *m, const ProtobufCMessage *request,
			 const ProtobufCMessage *subject, struct arena *mem);
/* What waits for a second person's decision instead of being done: its number, or NULL. */
const char *outcome_asked(const struct rpc_method *m, const ProtobufCMessage *subject,
			  struct arena *mem);
/* "C-1042 opened. Order W-1003 is issued."; never NULL unless memory is out. */
const char *outcome_sentence(const struct rpc_method *m, const ProtobufCMessage *request,
			     const struct call_result *r, struct arena *mem);
/* "steward case show C-1042", or NULL. 'property': as given with -p, or NULL. */
const char *outcome_next(const struct rpc_method *m, const struct call_result *r,
			 const char *property, struct arena *mem);
