#pragma once
/*
 * Memory that dies together. A request, a client call, a start-up phase owns one arena; everything
 * made for it is taken from there and freed at once. An arena has a byte limit, so running out is
 * an ordinary error (NULL) and never takes the process down.
 *
 *   arena_init(&a, limit)  ...  arena_alloc(&a, n)  ...  arena_fini(&a)
 *
 * What is not memory (a descriptor, a PGresult) is tied to it with arena_defer().
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "common/slice.h"

struct arena_block;
struct arena_deferred;

struct arena {
	struct arena_block *blocks;      /* newest first */
	struct arena_deferred *deferred; /* newest first */
	size_t used, limit;              /* bytes handed out, most that may be */
	bool refused;                    /* something asked for was not given */
	ProtobufCAllocator pb;           /* what protobuf-c sees: see arena_pb() */
};

void arena_init(struct arena *a, size_t limit);
/* Runs what was deferred, newest first, then frees. The arena may be used again after arena_init().
 */
void arena_fini(struct arena *a);

/* Zeroed, aligned for any type. NULL: the limit is reached or memory is out. n = 0 gives a valid
 * pointer. */
void *arena_alloc(struct arena *a, size_t n);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n,
			size_t size); /* NULL also when n * size overflows */
/*
 * Room for one more element behind the n of 'array': the array itself while it has room, else a
 * copy of twice the size. 'array' comes from this arena in whatever way; with n = 0 it may be NULL.
 * NULL: refused.
 */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
/* Copies bytes; a terminating 0 is added behind them. */
struct slice arena_slice(struct arena *a, struct slice from);

/* Calls fn(obj) in arena_fini(). False: no memory, and fn(obj) was called right away. */
bool arena_defer(struct arena *a, void (*fn)(void *obj), void *obj);

/* The allocator for protobuf_c_message_unpack(): nothing is freed by itself, all dies with the
 * arena. */
ProtobufCAllocator *arena_pb(struct arena *a);
