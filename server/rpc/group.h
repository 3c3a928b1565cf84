#pragma once
/*
 * Ops that share a transaction.
 *
 * What changes something (a write, or a read that leaves an audit row) pays for a commit, and
 * writes at one property wait for each other anyway, because they take the same counter rows. So
 * what waits goes together: ops of one scope form a line; while a group of them is in flight the
 * others wait, and those that have come until it is back are the next group. An op that comes alone
 * goes at once.
 *
 *   claim(all) scope(1) steps(1) scope(2) steps(2) ..   on_rows   finish(all) answer(1) answer(2)
 * .. Sync
 *
 * Each still succeeds or fails alone: when anything in a group of several is refused, nothing of it
 * was done, and its ops are run again, one by one, before those behind them. A line whose group
 * fell apart makes small ones and lets them grow again.
 *
 * Writes of one line never run beside each other, or they might wait for each other's rows
 * crosswise; audited reads do. What is slow or large goes alone and beside the line.
 */
#include <uv.h>

#include "common/list.h"

struct op;

/* Part of struct app. The caller closes the timer. */
struct group_lines {
	struct list lines;
	uv_timer_t timer; /* the earliest deadline of those that wait */
	uint64_t timer_ms;
};

void group_lines_init(struct group_lines *gl, uv_loop_t *loop);

/* Runs the op's unit; run_judge() follows, or op_finish(). */
void group_submit(struct op *op);
/* An op that ends leaves its group, where it is in one. */
void group_leave(struct op *op);
