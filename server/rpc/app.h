#pragma once
/* The daemon's parts, as ops see them. Made and joined by server/app.c. */
#include <uv.h>

#include "common/arena.h"
#include "common/list.h"
#include "common/uuid.h"
#include "server/rpc/group.h"
#include "server/rpc/services.h"

struct feed_hub;

#define APP_CROWDS 1024

struct app {
	struct services services; /* first: see op_services() */
	uv_loop_t *loop;
	struct feed_hub *feed;
	struct list peers;
	struct group_lines groups;
	struct list crowds[APP_CROWDS]; /* the enrolled devices' peers, by device */
	unsigned max_connections_device;
	struct uuid epoch;  /* of the data: changes after a restore */
	unsigned n_ops;     /* running in the whole daemon */
	unsigned n_streams; /* of them streams, which mostly rest and do not count as calls */
	unsigned max_ops;   /* beyond it: RESOURCE_EXHAUSTED */
	unsigned max_ops_peer;
	unsigned op_timeout_ms;  /* default deadline */
	size_t reserved;         /* bytes booked for the requests that run, as they came */
	size_t max_memory;       /* beyond it: RESOURCE_EXHAUSTED */
	struct arena hello_mem;  /* of the HELLO that came last */
	uint64_t served, failed; /* ops ended, for the metrics */
};
