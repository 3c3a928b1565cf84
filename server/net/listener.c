#include "server/net/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/uuid.h"
#include "server/net/net_impl.h"

#define BACKLOG 4096
#define ACCEPT_TURN 64u /* sockets taken before others get their turn */
#define PAUSE_MS 100u
#define SWEEP_MS 1000u
#define SWEEP_CLOSING_MS 50u
#define YOUNG_MAX 256u
#define YOUNG_PER_ADDRESS 32u
#define SILENT_MS 250u          /* a stranger who has said nothing may be lost after this long */
#define SPOKEN_MS 2000u         /* one who has: a round trip and what either end needs */
#define LOG_STRANGERS 10u       /* lines about strangers in one second */
#define WAITING_MAX (32u << 20) /* bytes for all clients */
#define SPREAD_MS 1u            /* clients sent away come back spread over this long each */
#define SPREAD_MAX_MS 60000u

/* ---- admission ------------------------------------------------------------------------------- */

/*
 * May this stranger be sent away for another? Not while he or we are at it: in a rush of honest
 * clients every place would be taken from somebody whose handshake is half done, and nobody would
 * ever get in. He has had his chance when the loop has looked at his socket and found nothing, and
 * has been waited for.
 */
static bool listener_may_lose(const struct listener *l, const struct conn *c, uint64_t now)
{
	uint64_t patience = c->spoken ? SPOKEN_MS : SILENT_MS;

	return now - c->fed_ms >= patience && l->turn - c->fed_turn >= 2 &&
	       c->session.n_streams == 0;
}

/* The first of the strangers (of this address; NULL: of any) who may be lost, if there are as many
 * as may be. *ret_full: there are. */
static struct conn *listener_surplus(const struct listener *l, const uint8_t *address, unsigned max,
				     bool *ret_full)
{
	uint64_t now = clock_mono_ms(l->clock);
	struct conn *first = NULL;
	unsigned n = 0;

	list_each(node, (struct list *)&l->young)
	{
		struct conn *c = container_of(node, struct conn, young_link);

		if (address != NULL && memcmp(c->address, address, sizeof(c->address)) != 0)
			continue;
		if (first == NULL && listener_may_lose(l, c, now))
			first = c;
		n++;
	}
	*ret_full = n >= max;
	return first;
}

/*
 * Strangers are few at a time. When there are too many, the one who has kept silent longest goes:
 * an honest client speaks at once and has shaken hands some milliseconds later, whoever floods the
 * door without a certificate has to stand there to do harm. False: nobody can be sent away, so the
 * newcomer must.
 */
static bool listener_make_room(struct listener *l, const struct sockaddr_storage *peer)
{
	uint8_t address[16];
	struct st_err err = { 0 };
	struct conn *c;
	bool full;

	conn_address_key(peer, address);
	c = listener_surplus(l, address, YOUNG_PER_ADDRESS, &full);
	if (!full) {
		c = listener_surplus(l, NULL, YOUNG_MAX, &full);
		/* Those who had to go are counted until their handles are closed. */
		full = full || l->n_conns - l->n_leaving >= l->max_conns;
	}
	if (!full || c == NULL)
		return !full;
	(void)st_fail(&err, ST_UNAVAILABLE, "CROWDED", NULL,
		      "too many strangers are at the door, and this one says nothing");
	l->n_refused++;
	listener_on_known(l, c);
	l->n_leaving++;
	c->leaving = true;
	conn_cut(c, &err);
	return true;
}

static void listener_admit(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct st_err err = { 0 };

	if (!listener_make_room(l, peer)) {
		l->n_refused++;
		(void)close(fd);
		return;
	}
	if (conn_new(l, fd, peer, &err) != ST_OK)
		l->n_refused++;
}

static void listener_on_readable(uv_poll_t *poll, int status, int events);

static void listener_on_pause_over(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	(void)uv_poll_start(&l->poll, UV_READABLE, listener_on_readable);
}

/* Descriptors or memory are out: the socket stays readable, so looking away is what keeps us from
 * spinning. */
static void listener_pause(struct listener *l)
{
	l->n_pauses++;
	(void)uv_poll_stop(&l->poll);
	(void)uv_timer_start(&l->pause, listener_on_pause_over, PAUSE_MS, 0);
}

static void listener_on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	for (unsigned i = 0; i < ACCEPT_TURN; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(l->fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			listener_admit(l, fd, &peer);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			listener_pause(l);
			return;
		}
		/* Anything else belongs to the one connection that was not taken: accept(2). */
	}
}

void listener_on_known(struct listener *l, struct conn *c)
{
	if (list_empty(&c->young_link))
		return;
	list_remove(&c->young_link);
	l->n_young--;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* What strangers did, in one line a second at most. */
static void listener_log(struct listener *l)
{
	if (l->n_refused > 0 || l->n_unlogged > 0 || l->n_pauses > 0)
		log_warn("port=%d event=flood dropped=%u unlogged=%u pauses=%u conns=%u "
			 "strangers=%u",
			 l->port, l->n_refused, l->n_unlogged, l->n_pauses, l->n_conns, l->n_young);
	l->n_refused = l->n_unlogged = l->n_pauses = 0;
	l->log_left = LOG_STRANGERS;
}

/* What waits for each client is limited, but not low enough for thousands that fetch nothing. */
static void listener_weigh(struct listener *l)
{
	size_t all = 0;
	bool was = l->pressed;

	list_each(node, &l->conns) all += conn_waiting(container_of(node, struct conn, link));
	l->pressed = all > WAITING_MAX;
	if (l->pressed && !was)
		log_warn("port=%d event=pressed waiting=%zu conns=%u", l->port, all, l->n_conns);
	if (was && !l->pressed)
		list_each(node, &l->conns)
			conn_touch(container_of(node, struct conn, link)); /* to read again */
}

void listener_sweep(struct listener *l)
{
	uint64_t now = clock_mono_ms(l->clock);
	bool over = l->closing && now >= l->close_by_ms;
	struct st_err err = { 0 };

	if (over)
		(void)st_fail(&err, ST_UNAVAILABLE, "GOING_AWAY", NULL,
			      "the server went away before the client had finished");
	listener_weigh(l);
	list_each(node, &l->conns)
	{
		struct conn *c = container_of(node, struct conn, link);

		if (over)
			conn_cut(c, &err);
		else
			conn_sweep(c, now);
	}
	listener_log(l);
}

static void listener_on_sweep(uv_timer_t *timer)
{
	listener_sweep(timer->data);
}

/* Whatever was left to be done. */
static void listener_settle(struct listener *l)
{
	for (struct list *node = list_pop(&l->dirty); node != NULL; node = list_pop(&l->dirty))
		conn_settle(container_of(node, struct conn, dirty_link));
}

/* Runs before the loop waits. */
static void listener_on_prepare(uv_prepare_t *prepare)
{
	struct listener *l = prepare->data;

	l->turn++;
	listener_settle(l);
}

/* ---- beginning ------------------------------------------------------------------------------- */

static enum st_code listener_address(const struct listener_options *o, struct sockaddr_storage *ret,
				     struct st_err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (o->port < 0 || o->port > 65535)
		return st_fail(err, ST_INVALID_ARGUMENT, NULL, "port", "%d is not a port", o->port);
	if (uv_ip4_addr(o->host, o->port, (struct sockaddr_in *)ret) != 0 &&
	    uv_ip6_addr(o->host, o->port, (struct sockaddr_in6 *)ret) != 0)
		return st_fail(err, ST_INVALID_ARGUMENT, NULL, "host",
			       "'%s' is not a numeric address", o->host);
	return ST_OK;
}

/* A bound socket that listens, and its port. */
static enum st_code listener_bind(const struct listener_options *o, int *ret_fd, int *ret_port,
				  struct st_err *err)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	const int on = 1, off = 0;
	int fd;

	ST_TRY(listener_address(o, &at, err));
	fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return st_fail(err, ST_UNAVAILABLE, "SOCKET", NULL, "no socket: %s",
			       strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* The next daemon may listen before this one has drained. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (at.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		(void)st_fail(err, ST_UNAVAILABLE, "SOCKET", NULL,
			      "cannot listen on %s port %d: %s", o->host, o->port, strerror(errno));
		(void)close(fd);
		return ST_UNAVAILABLE;
	}
	*ret_fd = fd;
	*ret_port = ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
						  : ((struct sockaddr_in6 *)&at)->sin6_port);
	return ST_OK;
}

static void listener_start(struct listener *l)
{
	/* None of these can fail: they only link into the loop. */
	(void)uv_timer_init(l->loop, &l->sweep);
	(void)uv_timer_init(l->loop, &l->pause);
	(void)uv_prepare_init(l->loop, &l->prepare);
	l->poll.data = l->sweep.data = l->pause.data = l->prepare.data = l;
	(void)uv_timer_start(&l->sweep, listener_on_sweep, SWEEP_MS, SWEEP_MS);
	(void)uv_prepare_start(&l->prepare, listener_on_prepare);
	(void)uv_poll_start(&l->poll, UV_READABLE, listener_on_readable);
}

enum st_code listener_new(uv_loop_t *loop, const struct listener_options *o, struct listener **ret,
			  struct st_err *err)
{
	struct listener *l = calloc(1, sizeof(*l));
	enum st_code code;
	int r;

	if (l == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "out of memory");
	l->loop = loop;
	l->tls = o->tls;
	l->clock = o->clock;
	l->service = o->service;
	l->enrolment = o->enrolment;
	l->max_conns = o->max_conns;
	l->log_left = LOG_STRANGERS;
	list_init(&l->conns);
	list_init(&l->young);
	list_init(&l->dirty);
	code = listener_bind(o, &l->fd, &l->port, err);
	if (code != ST_OK) {
		free(l);
		return code;
	}
	r = uv_poll_init(loop, &l->poll, l->fd);
	if (r != 0) {
		(void)close(l->fd);
		free(l);
		return st_fail(err, ST_INTERNAL, "SOCKET", NULL, "cannot watch the port: %s",
			       uv_strerror(r));
	}
	listener_start(l);
	*ret = l;
	return ST_OK;
}

int listener_port(const struct listener *l)
{
	return l->port;
}

unsigned listener_conns(const struct listener *l)
{
	return l->n_conns;
}

void listener_each(struct listener *l, void (*fn)(struct conn *c, void *arg), void *arg)
{
	list_each(node, &l->conns)
	{
		struct conn *c = container_of(node, struct conn, link);

		if (c->opened && conn_is_live(c))
			fn(c, arg);
	}
}

void listener_set_tls(struct listener *l, struct tls_context *tls)
{
	l->tls = tls;
}

/* ---- end ------------------------------------------------------------------------------------- */

static void listener_free(struct listener *l)
{
	void (*on_closed)(void *arg) = l->on_closed;
	void *arg = l->on_closed_arg;

	free(l);
	on_closed(arg);
}

static void listener_on_handle_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	if (handle == (uv_handle_t *)&l->poll)
		(void)close(l->fd);
	if (--l->handles == 0 && l->finishing)
		listener_free(l);
}

static void listener_close_handle(struct listener *l, uv_handle_t *handle)
{
	l->handles++;
	uv_close(handle, listener_on_handle_closed);
}

/* When the last connection is gone nothing needs the timers any more. */
static void listener_finish(struct listener *l)
{
	if (!l->closing || l->finishing || l->n_conns > 0)
		return;
	l->finishing = true;
	listener_close_handle(l, (uv_handle_t *)&l->sweep);
	listener_close_handle(l, (uv_handle_t *)&l->pause);
	listener_close_handle(l, (uv_handle_t *)&l->prepare);
}

void listener_on_gone(struct listener *l, struct conn *c)
{
	listener_on_known(l, c);
	list_remove(&c->link);
	list_remove(&c->dirty_link);
	l->n_conns--;
	l->n_leaving -= c->leaving;
	listener_finish(l);
}

/* When a client is to come back: the more there are, the further apart. */
static uint32_t listener_spread(const struct listener *l)
{
	uint64_t span = (uint64_t)l->n_conns * SPREAD_MS;
	uint32_t chance;

	if (span > SPREAD_MAX_MS)
		span = SPREAD_MAX_MS;
	random_bytes(&chance, sizeof(chance));
	return (uint32_t)(chance % (span + 1));
}

void listener_close(struct listener *l, unsigned grace_ms, void (*cb)(void *), void *arg)
{
	must(!l->closing);
	l->closing = true;
	l->close_by_ms = clock_mono_ms(l->clock) + grace_ms;
	l->on_closed = cb;
	l->on_closed_arg = arg;
	(void)uv_timer_stop(&l->pause);
	list_each(node, &l->conns)
		conn_part(container_of(node, struct conn, link), listener_spread(l));
	listener_settle(l); /* without any grace the next turn is the last */
	(void)uv_timer_start(&l->sweep, listener_on_sweep,
			     grace_ms < SWEEP_CLOSING_MS ? grace_ms : SWEEP_CLOSING_MS,
			     SWEEP_CLOSING_MS);
	listener_close_handle(l, (uv_handle_t *)&l->poll);
	listener_finish(l);
}
