#pragma once
/*
 * Staying alive between documents: on 'in' a length (4 bytes, big endian) and a PrintRequest, on
 * 'out' a length and a PrintReply, one for each request and in their order. Whatever is wrong with
 * a request is an answer; only the end of 'in' ends it.
 */
#include "client/render/type.h"
#include "common/buf.h"
#include "common/slice.h"

/* Returns when 'in' ends between two requests (OK), breaks off within one or cannot be read, or
 * 'out' cannot be written (DATA_LOSS). */
enum st_code serve(struct type *type, int in, int out, struct st_err *err) ST_MUSTCHECK;

/* Answers one request: the bytes of a PrintReply go behind what 'reply' holds. For serve() and for
 * tests. */
enum st_code serve_answer(struct type *type, struct slice request, struct buf *reply,
			  struct st_err *err) ST_MUSTCHECK;
