#pragma once
/*
 * A growable byte queue with a maximum: bytes are appended at the end and consumed at the front.
 * Used for what waits to be parsed and what waits to be written.
 *
 *   buf_init(&b, max) ... buf_append / buf_reserve+buf_commit ... buf_consume ... buf_fini(&b)
 */
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

struct buf {
	uint8_t *data; /* first byte not yet consumed is data[start] */
	size_t start, len, cap, max;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
/* Room for n more bytes, to be filled and then committed; NULL when it would pass the maximum. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);
/* ST_RESOURCE_EXHAUSTED when it would pass the maximum; then nothing was appended. */
enum st_code buf_append(struct buf *b, const void *data, size_t n) ST_MUSTCHECK;
/* What is waiting; valid until the next call that changes the buffer. */
struct slice buf_peek(const struct buf *b);
void buf_consume(struct buf *b, size_t n);
/* Empties it and gives memory back, so that an idle connection holds none. */
void buf_release(struct buf *b);
