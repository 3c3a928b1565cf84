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

/* One row of the change feed, as texts; arrays for core_finish. */
struct feed_rows {
	const char **property, **entity, **id, **version, **dead, **number;
	size_t n, cap;
};
/* Collects what changed: the reply's entity (rpc option feed) and the rows of :feed statements. */
enum st_code answer_feed(struct op *op, struct feed_rows *ret, struct st_err *err) ST_MUSTCHECK;
/* Blank-separated names of the request's fields that were given, for the audit row. */
const char *answer_fields(struct op *op);
/* The id of what the reply is about: its own, or that of its first sub-message which has one. NULL:
 * there is none. */
const char *answer_id(struct op *op);
