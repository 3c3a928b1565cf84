#pragma once
/* Reading and checking what is to be drawn. What passes here can be drawn without another look. */
#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"
#include "proto/print.pb-c.h"

#define INPUT_BYTES_MAX (32u << 20)
#define INPUT_ARENA (256u << 20) /* what a request may take in memory */
#define INPUT_ROWS_MAX 100000u   /* of all tables of a request */

/*
 * Documents as JSON objects one after the other, in the names of proto/print.proto: they become
 * those of 'rq', whose other fields stay as they are. Errors name document and field.
 */
enum st_code input_json(struct slice text, Steward__PrintRequest *rq, struct arena *mem,
			struct st_err *err) ST_MUSTCHECK;
/* A PrintRequest in protobuf. */
enum st_code input_request(struct slice bytes, struct arena *mem, Steward__PrintRequest **ret,
			   struct st_err *err) ST_MUSTCHECK;

/* Makes the field of an error one of the i-th document: "documents[i].title". */
void input_name_document(struct st_err *err, size_t i);
