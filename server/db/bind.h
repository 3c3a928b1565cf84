#pragma once
/*
 * Between messages and statements, both ways, by reflection: request fields to parameters, columns
 * to reply fields by name. The only code that converts values: text format, so traces stay
 * readable; a bytes field goes binary, inside an array as \x hex.
 *
 * Absent is null both ways: a field that is not set becomes null, so does a list without elements;
 * a null column leaves its field (and the sub-message it would have been in) absent. A null inside
 * an array column is left out, because a repeated field cannot hold it.
 *
 * Time has no protobuf type of its own: SQL writes it, as text, with ts(timestamptz, zone).
 */
#include "common/arena.h"
#include "common/err.h"
#include "server/db/unit.h"

/* What :ctx_... give; text or NULL for SQL null. token, secret and key's raw bytes are text here
 * too (hex \x form). */
struct ctx_values {
	const char *v[CTX_COUNT];
};

/* Fills the parameters of a step from request and context. A repeated scalar becomes an array;
 * :list.name the column of the repeated message as an array, null where an element lacks the field.
 */
enum st_code bind_step(struct db_unit *u, const struct sql_step *step,
		       const ProtobufCMessage *request, const struct ctx_values *ctx,
		       struct db_call **ret, struct st_err *err) ST_MUSTCHECK;

/* Puts a step's rows where they belong in the reply. Shape decides: see sql.h. A column "a.b" goes
 * to field b of sub-message a; an array column ({..}) goes to a repeated scalar field; json fills a
 * single message with all that is in it, by the names of the declaration. A column
 * without a field is INTERNAL, so is more than one row of :one and :maybe. :one without a row is
 * NOT_FOUND. */
enum st_code bind_rows(const struct sql_step *step, const struct db_call *call,
		       ProtobufCMessage *reply, struct arena *mem, struct st_err *err) ST_MUSTCHECK;

/* A one-dimensional array in PostgreSQL's text form from texts (NULL elements allowed). */
const char *bind_array(struct arena *mem, const char *const *items, size_t n);
