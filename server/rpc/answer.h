#pragma once
/* Responses: packed from an op's reply or its error, and what of a reply goes to the change feed.
 */
#include "server/rpc/op.h"

/* Packs the Response of this op (success, or op->err) into 'ret', in op->mem. With 'to_store'
 * fields that are declared secret are left out: what is stored under a key must not hold a token or
 * a password. */
enum st_code answer_pack(struct op *op, bool to_store, struct slice *ret,
			 struct st_err *err) ST_MUSTCHECK;
/* The stored bytes of an earlier answer, marked as replayed and with this call's trace id. */
enum st_code answer_replay(struct op *op, struct slice stored, struct slice *ret,
			   struct st_err *err) ST_MUSTCHECK;
/* The Status that ends a stream, from op->err. */
enum st_code answer_status(struct op *op, struct slice *ret, struct st_err *err) ST_MUSTCHECK;

/* Rows of the change feed, as texts: the columns that core_finish takes. */
#define FEED_COLUMNS(X) \
	X(property)     \
	X(entity)       \
	X(id)           \
	X(version)      \
	X(dead)         \
	X(number)       \
	X(method)       \
	X(user)

struct feed_rows {
#define X(name) const char **name;
	FEED_COLUMNS(X)
#undef X
	size_t n, cap;
	struct arena *mem; /* the columns' */
};
/* Adds what an op changed: the reply's entity (rpc option feed) and the rows of :feed statements.
 */
enum st_code answer_feed(struct op *op, struct feed_rows *rows, struct st_err *err) ST_MUSTCHECK;
/* All names of a request's fields, with a blank in front of each, take less. */
#define ANSWER_FIELDS_MAX 1000u
/* Blank-separated names of the request's fields that were given, for the audit row. */
const char *answer_fields(struct op *op);
/* The id of what the reply is about: its own, or that of its first sub-message which has one. NULL:
 * there is none. */
const char *answer_id(struct op *op);
