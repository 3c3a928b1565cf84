/*
 * The load generator: N desks, each with its own TLS connection and one call in flight, for some
 * seconds.
 *
 *   load PROFILE METHOD CLIENTS SECONDS [PROPERTY [PAUSE_MS]] < requests.jsonl
 *
 * Each line of standard input is one request as JSON; desks take them in turn, at once or after a
 * pause. Prints one line:
 *   calls per second, p50 and p99 latency in milliseconds, calls, failures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "client/lib/client.h"
#include "client/look/json.h"
#include "common/clock.h"

#define LOAD_ARENA (64u << 20)
#define LOAD_REQUESTS_MAX 100000
#define LOAD_SAMPLES_MAX 4000000
#define LOAD_WARM_NS 1000000000ull
#define LOAD_DIALLING                                                                            \
	16 /* desks that connect at the same time; the daemon turns floods from one address away \
	    */

struct load_desk;

struct load {
	uv_loop_t loop;
	const struct rpc_method *method;
	struct call_options options;
	ProtobufCMessage **requests;
	size_t n_requests, next;
	unsigned running, started, connected, n_desks;
	struct load_desk *desks;
	const struct profile *profile;
	unsigned seconds;
	uint64_t from_ns, until_ns;
	uint32_t *samples_us;
	size_t n_samples, failures;
	struct st_err last_error;
	uint64_t pause_ms;
};

struct load_desk {
	struct load *load;
	struct client *client;
	struct arena mem;
	uint64_t sent_ns;
	struct call *call;
	bool connected;
	uv_timer_t pause;
};

static void load_send(struct load_desk *d);
static void load_start_next(struct load *l);

/* The clock starts when the last desk is connected. */
static void load_connected(struct load_desk *d)
{
	struct load *l = d->load;

	d->connected = true;
	l->connected++;
	load_start_next(l);
	if (l->connected == l->n_desks) {
		l->from_ns = uv_hrtime() + LOAD_WARM_NS;
		l->until_ns = l->from_ns + l->seconds * 1000000000ull;
	}
}

static void load_on_pause_over(uv_timer_t *timer)
{
	load_send(timer->data);
}

static void load_on_done(void *arg, struct call_result *r)
{
	struct load_desk *d = arg;
	struct load *l = d->load;
	uint64_t now = uv_hrtime();

	if (r->err.code != ST_OK) {
		l->failures++;
		l->last_error = r->err;
	} else if (now >= l->from_ns && now < l->until_ns && l->n_samples < LOAD_SAMPLES_MAX) {
		l->samples_us[l->n_samples++] = (uint32_t)((now - d->sent_ns) / 1000);
	}
	arena_fini(&d->mem);
	if (!d->connected)
		load_connected(d);
	if (now < l->until_ns && l->failures < 1000 && l->pause_ms > 0)
		(void)uv_timer_start(&d->pause, load_on_pause_over, l->pause_ms, 0);
	else if (now < l->until_ns && l->failures < 1000)
		load_send(d);
	else
		l->running--;
}

static void load_send(struct load_desk *d)
{
	struct load *l = d->load;
	struct st_err err = { 0 };

	arena_init(&d->mem, 8u << 20);
	d->sent_ns = uv_hrtime();
	if (client_start(d->client, l->method, l->requests[l->next++ % l->n_requests], &l->options,
			 &d->mem, load_on_done, d, &d->call, &err) != ST_OK) {
		(void)fprintf(stderr, "load: %s\n", err.message);
		exit(1);
	}
}

static void load_read(struct load *l, struct arena *mem)
{
	char *line = NULL;
	size_t size = 0;
	struct st_err err = { 0 };

	l->requests = arena_array(mem, ProtobufCMessage *, LOAD_REQUESTS_MAX);
	while (l->n_requests < LOAD_REQUESTS_MAX && getline(&line, &size, stdin) > 0) {
		ProtobufCMessage *msg = message_new(l->method->in->desc, mem);

		must(msg != NULL);
		if (json_read(slice_str(line), msg, mem, &err) != ST_OK) {
			(void)fprintf(stderr, "load: %s: %s\n", err.field, err.message);
			exit(1);
		}
		l->requests[l->n_requests++] = msg;
	}
	free(line);
	if (l->n_requests == 0)
		exit(2);
}

static int load_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double load_percentile(const struct load *l, double p)
{
	return l->n_samples == 0 ? 0
				 : l->samples_us[(size_t)((double)(l->n_samples - 1) * p)] / 1000.0;
}

static void load_print(struct load *l)
{
	double seconds = (double)(l->until_ns - l->from_ns) / 1e9;

	qsort(l->samples_us, l->n_samples, sizeof(*l->samples_us), load_compare);
	printf("%.0f %.3f %.3f %zu %zu\n", (double)l->n_samples / seconds, load_percentile(l, 0.5),
	       load_percentile(l, 0.99), l->n_samples, l->failures);
	if (l->failures > 0)
		(void)fprintf(stderr, "load: %zu failed, the last: %s\n", l->failures,
			      l->last_error.message);
}

static void load_start_next(struct load *l)
{
	struct load_desk *d = &l->desks[l->started];
	struct st_err err = { 0 };

	if (l->started == l->n_desks)
		return;
	l->started++;
	l->running++;
	d->load = l;
	(void)uv_timer_init(&l->loop, &d->pause);
	d->pause.data = d;
	if (client_new(&l->loop, l->profile, &d->client, &err) != ST_OK) {
		(void)fprintf(stderr, "load: %s\n", err.message);
		exit(1);
	}
	load_send(d);
}

static void load_run(struct load *l)
{
	l->desks = calloc(l->n_desks, sizeof(*l->desks));
	must(l->desks != NULL);
	l->until_ns = l->from_ns = UINT64_MAX;
	for (unsigned i = 0; i < LOAD_DIALLING && i < l->n_desks; i++)
		load_start_next(l);
	while (l->running > 0)
		(void)uv_run(&l->loop, UV_RUN_ONCE);
	load_print(l);
	for (unsigned i = 0; i < l->n_desks; i++)
		client_free(l->desks[i].client);
	free(l->desks);
}

int main(int argc, char **argv)
{
	static struct load l;
	struct arena mem;
	struct profile profile;
	struct st_err err = { 0 };

	if (argc < 5 || (l.method = rpc_find(argv[2])) == NULL) {
		(void)fprintf(stderr, "usage: load PROFILE METHOD CLIENTS SECONDS [PROPERTY "
				      "[PAUSE_MS]] < requests.jsonl\n");
		return 2;
	}
	arena_init(&mem, LOAD_ARENA);
	l.options.property = argc > 5 ? argv[5] : NULL;
	l.pause_ms = argc > 6 ? strtoul(argv[6], NULL, 10) : 0;
	if (profile_load(argv[1], &mem, &profile, &err) != ST_OK) {
		(void)fprintf(stderr, "load: %s\n", err.message);
		return 1;
	}
	l.samples_us = calloc(LOAD_SAMPLES_MAX, sizeof(*l.samples_us));
	must(l.samples_us != NULL && uv_loop_init(&l.loop) == 0);
	load_read(&l, &mem);
	l.profile = &profile;
	l.n_desks = (unsigned)strtoul(argv[3], NULL, 10);
	l.seconds = (unsigned)strtoul(argv[4], NULL, 10);
	load_run(&l);
	free(l.samples_us);
	arena_fini(&mem);
	return l.failures > 0;
}
