/*
 * Thousands of desks that are logged in and do nothing, as at night; whoever loses the line comes
 * back.
 *
 *   herd [--sources N] DESKS PROFILE...        until SIGTERM
 *
 * Prints "in SECONDS VAIN" when all are logged in, "lost" when the first has lost its line again,
 * and "in SECONDS VAIN" when all are back, counted from the first loss; VAIN is how many attempts
 * were in vain. Desks come back as they are told (GOAWAY), or after a moment of chance that doubles
 * with each attempt in vain.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"
#include "common/wire.h"
#include "proto/envelope.pb-c.h"
#include "tests/bench/remote.h"

#define TICK_MS 20u
#define OPENS_PER_TICK 16u /* in the morning: 800 a second */
#define AGAIN_MS 250u
#define AGAIN_MAX_MS 4000u

struct desk {
	struct remote remote;
	bool open, in;
	unsigned vain;
	uint64_t next_ms; /* of the next attempt */
	uint32_t told_ms; /* when to come back, as the server said */
};

struct herd {
	struct remote_target target;
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t stop;
	struct desk *desks;
	unsigned total, in;
	uint64_t since_ms;
	unsigned long vain;
	bool complete, again, ending;
};

static struct herd herd;

static struct desk *desk_of(struct remote *r)
{
	return (struct desk *)(void *)r; /* its first member */
}

static uint32_t herd_chance(uint32_t below)
{
	uint32_t chance;

	random_bytes(&chance, sizeof(chance));
	return chance % (below + 1);
}

static void desk_on_connected(struct remote *r)
{
	remote_start_tls(r);
}

static void desk_on_ready(struct remote *r)
{
	remote_send_hello(r);
	remote_resume(r);
}

static void desk_on_goaway(struct desk *d, struct slice message)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;

	arena_init(&mem, 16u << 10);
	if (wire_unpack(&rules_steward__goaway, message, &mem, &msg, &err) == ST_OK)
		d->told_ms = ((const Steward__Goaway *)msg)->reconnect_after_ms;
	arena_fini(&mem);
}

/* The answer to auth.Resume. */
static void desk_on_response(struct desk *d, struct slice message)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;

	arena_init(&mem, 64u << 10);
	if (wire_unpack(&rules_steward__response, message, &mem, &msg, &err) == ST_OK &&
	    ((const Steward__Response *)msg)->code == ST_OK) {
		d->in = true;
		d->vain = 0;
		herd.in++;
	} else {
		remote_close(&d->remote);
	}
	arena_fini(&mem);
}

static void desk_on_frame(struct remote *r, const struct frame *f)
{
	if (f->type == FRAME_RESPONSE && !desk_of(r)->in)
		desk_on_response(desk_of(r), f->payload);
	else if (f->type == FRAME_GOAWAY)
		desk_on_goaway(desk_of(r), f->payload);
}

static void desk_on_closed(struct remote *r)
{
	struct desk *d = desk_of(r);
	uint64_t now = uv_now(&herd.loop);
	uint32_t wait = AGAIN_MS << (d->vain < 4 ? d->vain : 4);

	if (d->in && herd.complete && !herd.ending) {
		herd.complete = false;
		herd.again = true;
		herd.since_ms = now;
		printf("lost\n");
		(void)fflush(stdout);
	}
	herd.in -= d->in;
	herd.vain += !d->in;
	d->vain += !d->in;
	if (d->told_ms > 0)
		wait = d->told_ms;
	else
		wait = herd_chance(wait < AGAIN_MAX_MS ? wait : AGAIN_MAX_MS);
	d->next_ms = now + wait;
	d->told_ms = 0;
	d->open = d->in = false;
}

static const struct remote_ops desk_ops = {
	.on_connected = desk_on_connected,
	.on_ready = desk_on_ready,
	.on_frame = desk_on_frame,
	.on_closed = desk_on_closed,
};

static void herd_on_tick(uv_timer_t *timer)
{
	uint64_t now = uv_now(&herd.loop);
	unsigned opened = 0;

	(void)timer;
	for (unsigned i = 0; i < herd.total; i++) {
		struct desk *d = &herd.desks[i];

		if (d->open || now < d->next_ms || (!herd.again && opened == OPENS_PER_TICK))
			continue;
		d->open = remote_open(&d->remote, &herd.target, i);
		opened++;
	}
	if (herd.complete || herd.in < herd.total)
		return;
	herd.complete = true;
	printf("in %.1f %lu\n", (double)(now - herd.since_ms) / 1000, herd.vain);
	(void)fflush(stdout);
	herd.vain = 0;
}

static void herd_on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	herd.ending = true;
	uv_close((uv_handle_t *)handle, NULL);
	uv_close((uv_handle_t *)&herd.timer, NULL);
	for (unsigned i = 0; i < herd.total; i++)
		if (herd.desks[i].open)
			remote_close(&herd.desks[i].remote);
}

static void usage(void)
{
	(void)fprintf(stderr, "usage: herd [--sources N] DESKS PROFILE...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "sources", required_argument, NULL, 's' },
						 { NULL, 0, NULL, 0 } };
	int c;

	herd.target.sources = 500;
	while ((c = getopt_long(argc, argv, "", options, NULL)) == 's')
		herd.target.sources = (unsigned)strtoul(optarg, NULL, 10);
	if (c != -1 || argc - optind < 2)
		usage();
	herd.total = (unsigned)strtoul(argv[optind], NULL, 10);
	if (remote_raise_limit() < herd.total + 50) {
		(void)fprintf(stderr, "herd: too few descriptors for %u desks\n", herd.total);
		return 1;
	}
	herd.desks = calloc(herd.total, sizeof(*herd.desks));
	must(herd.desks != NULL && uv_loop_init(&herd.loop) == 0);
	if (!remote_target_init(&herd.target, &herd.loop, &desk_ops, argv + optind + 1,
				argc - optind - 1))
		return 1;
	herd.since_ms = uv_now(&herd.loop);
	must(uv_timer_init(&herd.loop, &herd.timer) == 0 &&
	     uv_timer_start(&herd.timer, herd_on_tick, 0, TICK_MS) == 0);
	must(uv_signal_init(&herd.loop, &herd.stop) == 0 &&
	     uv_signal_start(&herd.stop, herd_on_signal, SIGTERM) == 0);
	(void)uv_run(&herd.loop, UV_RUN_DEFAULT);
	remote_target_fini(&herd.target);
	free(herd.desks);
	return uv_loop_close(&herd.loop) == 0 ? 0 : 1;
}
