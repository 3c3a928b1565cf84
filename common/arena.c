#include "common/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each piece gets a block of its own under AddressSanitizer, which then sees whoever runs past one,
 * and where tests let one allocation after the other fail (-DARENA_PIECES). */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_PIECES
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_PIECES
#endif

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_BLOCK_MIN 4096u
#define ARENA_BLOCK_MAX (64u << 10)
#define ARENA_GROW_MIN 4u

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of 'data' */
	alignas(max_align_t) uint8_t data[];
};

struct arena_deferred {
	struct arena_deferred *next;
	void (*fn)(void *obj);
	void *obj;
};

/* Stands in front of an array made by arena_grow(). 'mark' depends on the array's place and on the
 * arena, so that bytes which happen to stand in front of another array are not taken for it. */
struct arena_array_head {
	alignas(max_align_t) uintptr_t mark;
	size_t cap; /* elements */
};

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

void arena_fini(struct arena *a)
{
	while (a->deferred != NULL) {
		struct arena_deferred *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->obj);
	}
	while (a->blocks != NULL) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}

static struct arena_block *arena_block_new(struct arena_block **at, size_t size)
{
	struct arena_block *b = size <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;

	if (b == NULL)
		return NULL;
	b->size = size;
	b->used = 0;
	b->next = *at;
	*at = b;
	return b;
}

#ifdef ARENA_PIECES
static uint8_t *arena_take(struct arena *a, size_t n, size_t whole)
{
	struct arena_block *b = arena_block_new(&a->blocks, n);

	(void)whole;
	return b != NULL ? b->data : NULL;
}
#else
/* A block with at least n free bytes; NULL: no memory. Small things are taken from the first block;
 * something large gets a block of its own behind it, so that the room left in the first is not
 * lost. */
static struct arena_block *arena_block_for(struct arena *a, size_t n)
{
	struct arena_block *first = a->blocks, **at = &a->blocks;
	size_t size = ARENA_BLOCK_MIN;

	if (first != NULL && first->size - first->used >= n)
		return first;
	if (first != NULL && n >= ARENA_BLOCK_MAX / 4) {
		size = n;
		at = &first->next;
	} else if (first != NULL) {
		size = first->size < ARENA_BLOCK_MAX ? 2 * first->size : ARENA_BLOCK_MAX;
	}
	return arena_block_new(at, size < n ? n : size);
}

/* 'whole' bytes, of which n are used: what comes behind them is aligned again. */
static uint8_t *arena_take(struct arena *a, size_t n, size_t whole)
{
	struct arena_block *b = arena_block_for(a, whole);

	(void)n;
	if (b == NULL)
		return NULL;
	b->used += whole;
	return b->data + b->used - whole;
}
#endif

void *arena_alloc(struct arena *a, size_t n)
{
	size_t whole = n > 0 ? n : 1;
	uint8_t *p = NULL;

	if (whole <= SIZE_MAX / 2)
		whole = (whole + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (whole <= SIZE_MAX / 2 && whole <= a->limit && a->used <= a->limit - whole)
		p = arena_take(a, n, whole);
	if (p == NULL) {
		a->refused = true;
		return NULL;
	}
	a->used += whole;
	return memset(p, 0, n);
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		a->refused = true;
		return NULL;
	}
	return arena_alloc(a, bytes);
}

static uintptr_t arena_array_mark(const struct arena *a, const void *array)
{
	return (uintptr_t)array ^ ((uintptr_t)a * 0x9e3779b97f4a7c15u);
}

/* How many elements fit where the array is, 0: unknown, it was not made by arena_grow(). In front
 * of every allocation of an arena there is at least the head of its block, so looking there is
 * safe. */
static size_t arena_array_cap(const struct arena *a, const void *array)
{
	const struct arena_array_head *head = (const struct arena_array_head *)array - 1;

	return head->mark == arena_array_mark(a, array) ? head->cap : 0;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	struct arena_array_head *head;
	size_t cap = ARENA_GROW_MIN, bytes;

	if (n > 0 && n < arena_array_cap(a, array))
		return array;
	if (n > SIZE_MAX / 2)
		return NULL;
	if (cap < 2 * n)
		cap = 2 * n;
	if (__builtin_mul_overflow(cap, size, &bytes) || bytes > SIZE_MAX - sizeof *head) {
		a->refused = true;
		return NULL;
	}
	head = arena_alloc(a, sizeof *head + bytes);
	if (head == NULL)
		return NULL;
	head->mark = arena_array_mark(a, head + 1);
	head->cap = cap;
	if (n > 0)
		memcpy(head + 1, array, n * size);
	return head + 1;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;

	if (copy != NULL && n > 0)
		memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *text = NULL;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0)
		text = arena_alloc(a, (size_t)len + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

struct slice arena_slice(struct arena *a, struct slice from)
{
	char *copy = arena_strndup(a, (const char *)from.data, from.len);

	return copy != NULL ? slice_of(copy, from.len) : slice_of(NULL, 0);
}

bool arena_defer(struct arena *a, void (*fn)(void *obj), void *obj)
{
	struct arena_deferred *d = arena_new(a, struct arena_deferred);

	if (d == NULL) {
		fn(obj);
		return false;
	}
	d->fn = fn;
	d->obj = obj;
	d->next = a->deferred;
	a->deferred = d;
	return true;
}

static void *arena_pb_alloc(void *arena, size_t n)
{
	return arena_alloc(arena, n);
}

static void arena_pb_keep(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

ProtobufCAllocator *arena_pb(struct arena *a)
{
	a->pb.alloc = arena_pb_alloc;
	a->pb.free = arena_pb_keep;
	a->pb.allocator_data = a;
	return &a->pb;
}
