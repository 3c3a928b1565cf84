/*
 * The daemon against one connection's bytes: the real port, connection, session, dispatcher, access
 * and capabilities of a daemon, in one process with the fuzzer. Two things are missing.
 *
 * TLS is off (plain_tls.c): behind it nothing of an input would arrive. The certificate's device is
 * there as soon as bytes come.
 *
 * The database is away, as it is during an outage: the pool is the real one, but nobody listens
 * where it connects. A database at each execution would be a thousand times slower, and what one
 * input stores would change what the next one meets. So every call goes as far as its unit: it is
 * walked, unpacked, judged by device, login, scope, limits and hooks, its unit is built and bound;
 * then the pool refuses it and the refusal is packed and sent. What follows a commit is proven in
 * tests/cap and tests/fault.
 *
 * First byte of an input: who is connected (as whom()), and whether he reads what is answered. The
 * rest: what he sends. When he has left nothing may be left of him.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/db/sql_stmts.h"
#include "server/net/net_impl.h"
#include "server/rpc/access_state.h"
#include "server/rpc/app.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/feed.h"
#include "server/rpc/peer.h"
#include "server/rpc/secret.h"
#include "tests/fuzz/plain_tls.h"
#include "tests/fuzz/target.h"

#define PROPERTY "SUN"
#define TURNS_MAX 10000 /* of the loop until an input must be done with */
#define OP_TIMEOUT_MS 10000

enum who { EVERY_ROLE, NOBODY_YET, RENEW_ONLY, ENROLLING, WHO };

struct rig {
	struct app app; /* first: what ops see */
	uv_loop_t loop;
	struct arena mem;
	struct clock clock;
	struct pki_pair root;
	struct conn_service real, service;
	struct listener *work, *enrol;
	struct tls_context *tls;
	struct caller *everybody;
	enum who who;
	unsigned settled; /* units that came back while the pool was made */
};

static struct rig rig;

/* ---- a daemon without a database ------------------------------------------------------------- */

/* Time stands still, so that an input does the same each time. */
static uint64_t rig_mono_ms(struct clock *c)
{
	return 1000000;
}

static int64_t rig_wall_us(struct clock *c)
{
	return 1800000000000000;
}

/* A login that holds every role everywhere; in the daemon it would be a row of session_facts(). */
static struct caller *rig_everybody(void)
{
	struct caller *c = calloc(1, sizeof(*c));

	must(c != NULL);
	list_init(&c->link);
	c->access = rig.app.services.access;
	c->refs = 1;
	(void)strcpy(c->user, "0190aaaa-0000-7000-8000-00000000000a");
	(void)strcpy(c->session, "0190aaaa-0000-7000-8000-00000000000b");
	(void)strcpy(c->device, PLAIN_DEVICE);
	(void)strcpy(c->login, "everybody");
	c->name = strdup("Everybody");
	c->totp = true;
	c->expires_ms = c->idle_limit_ms = INT64_MAX;
	c->proved_ms = (int64_t)rig_mono_ms(NULL);
	c->grants = calloc(1, sizeof(*c->grants));
	must(c->name != NULL && c->grants != NULL);
	c->grants[0].roles = UINT32_MAX;
	c->n_grants = 1;
	return c;
}

/* As after the first look at the database: one property, nobody shut out. */
static void rig_know_property(struct access *a)
{
	static struct access_property sun = { .id = 1, .code = PROPERTY, .name = "Sunny Gardens" };

	a->epoch = 1;
	a->properties = &sun;
	a->n_properties = 1;
}

static void rig_on_unit(struct db_unit *u)
{
	must(u->err.code == ST_UNAVAILABLE);
	rig.settled++;
}

/* Until three attempts of each connection have failed, and units are refused at once. */
static void rig_lose_database(void)
{
	struct pool *p = rig.app.services.pool;

	for (unsigned kind = 0; kind < POOL_KINDS; kind++) {
		struct db_unit u;

		do {
			unsigned before = rig.settled;

			db_unit_init(&u, &rig.mem, rig_on_unit, NULL);
			must(db_add(&u, &sql_core_scope_read) != NULL);
			if (pool_submit(p, (enum pool_kind)kind, &u) != ST_OK)
				break;
			while (rig.settled == before)
				(void)uv_run(&rig.loop, UV_RUN_ONCE);
		} while (true);
	}
}

static void rig_request(void *arg, struct conn *c, uint32_t stream, struct slice message)
{
	struct peer *p = peer_of(c);

	if (rig.who == EVERY_ROLE && p->caller == NULL)
		peer_set_caller(p, caller_ref(rig.everybody));
	rig.real.request(arg, c, stream, message);
}

static void rig_cut(void *arg, struct caller *caller, const struct st_err *why)
{
}

static void rig_cut_device(void *arg, const char *device, const struct st_err *why)
{
}

static void rig_services(void)
{
	static const uint8_t key[32] = "no secret", pin[PKI_PIN] = "no pin";
	static const char nowhere[] = "host=/nonexistent user=nobody dbname=none";
	struct services *s = &rig.app.services;
	struct pool_options o = { .conninfo = { nowhere, nowhere, nowhere },
				  .size = { 1, 1, 1 },
				  .queue_max = 10000,
				  .clock = &rig.clock };
	struct access_hooks hooks = { .cut = rig_cut, .cut_device = rig_cut_device };
	struct st_err err = { 0 };

	s->clock = &rig.clock;
	s->root = &rig.root;
	s->pin = pin;
	must(pki_root_new("Fuzz", &rig.mem, &rig.root, &err) == ST_OK);
	must(secret_box_new(key, &s->box, &err) == ST_OK);
	must(pool_new(&rig.loop, &o, &s->pool, &err) == ST_OK);
	must(hasher_new(&rig.loop, &s->hasher, &err) == ST_OK);
	must(access_new(&rig.loop, s, &hooks, &s->access, &err) == ST_OK);
	must(feed_hub_new(&rig.app, &rig.app.feed, &err) == ST_OK);
	rig_know_property(s->access);
	rig.everybody = rig_everybody();
}

static struct listener *rig_listen(bool enrolment)
{
	struct listener_options o = {
		.host = "127.0.0.1",
		.tls = rig.tls,
		.enrolment = enrolment,
		.max_conns = 100,
		.clock = &rig.clock,
		.service = &rig.service,
	};
	struct listener *l = NULL;
	struct st_err err = { 0 };

	must(listener_new(&rig.loop, &o, &l, &err) == ST_OK);
	return l;
}

static void rig_start(void)
{
	struct st_err err = { 0 };

	log_set_level(LOG_LEVEL_ERROR);
	rig.clock = (struct clock){ rig_mono_ms, rig_wall_us };
	arena_init(&rig.mem, 16u << 20);
	must(uv_loop_init(&rig.loop) == 0);
	rig.app.loop = &rig.loop;
	rig.app.max_ops = 4096;
	rig.app.max_ops_peer = 32;
	rig.app.max_connections_device = 10;
	rig.app.op_timeout_ms = OP_TIMEOUT_MS;
	list_init(&rig.app.peers);
	for (unsigned i = 0; i < APP_CROWDS; i++)
		list_init(&rig.app.crowds[i]);
	rig_services();
	dispatch_service(&rig.app, &rig.real);
	rig.service = rig.real;
	rig.service.request = rig_request;
	must(tls_context_new(NULL, &rig.tls, &err) == ST_OK);
	rig.work = rig_listen(false);
	rig.enrol = rig_listen(true);
	rig_lose_database();
}

/* ---- one input ------------------------------------------------------------------------------- */

static void throw_away(int fd)
{
	static char scratch[64u << 10];

	while (read(fd, scratch, sizeof(scratch)) > 0)
		;
}

/* Sends all of it, in parts as the socket takes them. */
static void say(int fd, const uint8_t *data, size_t size, bool reads)
{
	size_t sent = 0;

	for (unsigned turns = 0; sent < size && turns < TURNS_MAX; turns++) {
		ssize_t n = send(fd, data + sent, size - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN)
			return; /* he was thrown out */
		(void)uv_run(&rig.loop, UV_RUN_NOWAIT);
		if (reads)
			throw_away(fd);
	}
}

/* Until everything is answered, as far as it is at once, then until nothing is left of him. */
static void leave(int fd, struct listener *l, bool reads)
{
	unsigned turns = 0;

	for (unsigned i = 0; i < 3; i++) {
		(void)uv_run(&rig.loop, UV_RUN_NOWAIT);
		if (reads)
			throw_away(fd);
	}
	(void)close(fd);
	while (listener_conns(l) > 0 || rig.app.n_ops > 0) {
		(void)uv_run(&rig.loop, UV_RUN_NOWAIT);
		must(++turns < TURNS_MAX);
	}
	must(list_empty(&rig.app.peers) && rig.app.reserved == 0 && rig.app.n_streams == 0);
	must(rig.everybody->refs == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct sockaddr_storage peer = { .ss_family = AF_INET };
	struct st_err err = { 0 };
	struct listener *l;
	bool reads;
	int fds[2];

	if (!started)
		rig_start();
	started = true;
	if (size == 0)
		return 0;
	rig.who = (enum who)(data[0] % WHO);
	reads = (data[0] & 0x80) == 0;
	plain_expired = rig.who == RENEW_ONLY;
	l = rig.who == ENROLLING ? rig.enrol : rig.work;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	must(conn_new(l, fds[0], &peer, &err) == ST_OK);
	say(fds[1], data + 1, size - 1, reads);
	leave(fds[1], l, reads);
	return 0;
}
