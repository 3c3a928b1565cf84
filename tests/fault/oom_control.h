#pragma once
/*
 * What a test tells the library that is preloaded into its daemon (oom_preload.c), and what that
 * answers: a file both have mapped.
 */
#include <stdatomic.h>

#define OOM_CONTROL "OOM_CONTROL" /* the environment's name for the file */

struct oom_control {
	/* Allocations: while armed they are counted, and the one with this number fails. */
	atomic_uint armed, fail_at;
	atomic_uint allocations, failed;
	/* Turns of the loop: before the one with this number the daemon waits until 'stopped' is
	 * taken back. 0: never. */
	atomic_uint stop_at, turns, stopped;
};
