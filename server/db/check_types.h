#pragma once
/* Which PostgreSQL types a field or a :ctx_ value can be sent as, and which columns a field can
 * take. */
#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>

#include "server/db/sql.h"

/* NULL: it fits. Else why not. 'list': the value is an array. */
const char *check_param_field(const ProtobufCFieldDescriptor *f, bool list, Oid type);
const char *check_param_ctx(enum ctx_var var, Oid type);
const char *check_column(const ProtobufCFieldDescriptor *f, Oid type);
/* A column of a :feed statement; by name. */
const char *check_feed_column(const char *name, Oid type);
/* As PostgreSQL writes it, "type 12345" where it is none that has a place here. */
const char *check_type_name(Oid type, char out[32]);
