#pragma once
/*
 * Keeps the private PostgreSQL up while the loop runs. A postmaster that ends by itself (its log's
 * volume was full, it was killed) is started again at once; one that ends soon after its start
 * again and again, ever later, up to four seconds. Nobody waits for it meanwhile: the pools find
 * out by themselves when it answers.
 *
 *   watching --ended--> down --started--> watching
 */
#include <uv.h>

#include "server/db/cluster.h"

struct cluster_guard {
	uv_timer_t timer;
	const struct cluster_options *options;
	struct cluster *cluster;
	uint64_t started_ms; /* on the loop's clock */
	unsigned tries;      /* of starting, none of which has lasted */
};

/* Looks after 'c' from now on; both arguments outlive the guard. */
void cluster_guard_init(struct cluster_guard *g, uv_loop_t *loop, const struct cluster_options *o,
			struct cluster *c);
/* Before the cluster is stopped on purpose. The memory may go when the loop has run. */
void cluster_guard_close(struct cluster_guard *g);
