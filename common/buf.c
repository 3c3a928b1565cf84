#include "common/buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_CAP_MIN 256u

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

/* Moves what is waiting into new memory with room for 'need' bytes in all. */
static bool buf_move(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_CAP_MIN;
	uint8_t *data;

	while (cap < need && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap > b->max && need <= b->max)
		cap = b->max;
	if (cap < need)
		cap = need;
	data = malloc(cap);
	if (data == NULL)
		return false;
	if (b->len > 0)
		memcpy(data, b->data + b->start, b->len);
	free(b->data);
	b->data = data;
	b->start = 0;
	b->cap = cap;
	return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	if (b->len > b->max || n > b->max - b->len)
		return NULL;
	if (b->data != NULL && b->cap - b->start - b->len >= n)
		return b->data + b->start + b->len;
	if (b->data != NULL && b->cap - b->len >= n && b->start >= b->len) {
		/* The gap in front is at least as large as what is moved, so moving stays cheap. */
		memmove(b->data, b->data + b->start, b->len);
		b->start = 0;
	} else if (!buf_move(b, b->len + n > 0 ? b->len + n : 1)) {
		return NULL;
	}
	return b->data + b->start + b->len;
}

void buf_commit(struct buf *b, size_t n)
{
	must(n <= b->cap - b->start - b->len);
	b->len += n;
}

enum st_code buf_append(struct buf *b, const void *data, size_t n)
{
	uint8_t *room;

	if (n == 0)
		return ST_OK;
	room = buf_reserve(b, n);
	if (room == NULL)
		return ST_RESOURCE_EXHAUSTED;
	memcpy(room, data, n);
	b->len += n;
	return ST_OK;
}

struct slice buf_peek(const struct buf *b)
{
	if (b->len == 0)
		return slice_of(NULL, 0);
	return slice_of(b->data + b->start, b->len);
}

void buf_consume(struct buf *b, size_t n)
{
	must(n <= b->len);
	b->start += n;
	b->len -= n;
	if (b->len == 0)
		buf_release(b);
}
