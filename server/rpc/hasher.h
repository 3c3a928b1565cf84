#pragma once
/*
 * Two threads for what takes long and needs memory: hashing passwords (64 MiB and a sixth of a
 * second each). Own threads, because libuv's pool would queue name lookups behind logins. The queue
 * is short: who comes when it is full is told so.
 *
 * Submit contract: ST_OK: run(arg) on a thread, then done(arg) once from the loop, never before
 * submit returned. Otherwise neither comes. 'run' touches nothing but what 'arg' owns.
 */
#include <uv.h>

#include "common/err.h"

#define HASHER_THREADS 2
#define HASHER_QUEUE 32

struct hasher;

enum st_code hasher_new(uv_loop_t *loop, struct hasher **ret, struct st_err *err) ST_MUSTCHECK;
enum st_code hasher_submit(struct hasher *h, void (*run)(void *arg), void (*done)(void *arg),
			   void *arg) ST_MUSTCHECK;
/* Calls fn(arg) from the loop, in a later turn. */
void hasher_later(struct hasher *h, void (*fn)(void *arg), void *arg);
/* Waits for what was submitted (done comes for all of it), ends the threads; then cb, from the
 * loop. */
void hasher_close(struct hasher *h, void (*cb)(void *arg), void *arg);
