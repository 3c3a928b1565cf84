#include "tests/fault/relay.h"

#include <stdlib.h>
#include <string.h>

#include "common/list.h"

#define PACKET_BYTES 1400
#define QUEUE_PACKETS 256 /* behind them the sender is not read */
#define BACKLOG 256
#define RTO_MIN_MS 200u /* before TCP sends again what was lost; doubled each time */

struct packet {
	struct list link;
	uint64_t due_us;
	size_t len, sent; /* len 0: the sender has ended */
	char data[PACKET_BYTES];
};

/* One direction of a connection. */
struct leg {
	struct relay_conn *conn;
	enum relay_way way;
	uv_tcp_t *in, *out;
	uv_timer_t timer;
	uv_write_t write;
	uv_shutdown_t shutdown;
	struct list queue;
	unsigned queued;
	uint64_t free_us; /* when the line has room for the next packet */
	uint64_t last_due_us;
	bool writing, paused, ended, cut;
	char read_buf[PACKET_BYTES];
};

struct relay_conn {
	struct list link;
	struct relay *relay;
	uv_tcp_t client, daemon;
	uv_connect_t connect;
	struct leg legs[2];
	bool connected, closing;
	unsigned handles; /* not yet closed */
};

struct relay {
	uv_loop_t *loop;
	struct relay_options options;
	struct sockaddr_in to;
	uv_tcp_t listener;
	bool listening;
	struct list conns;
	uint64_t random;
	uint64_t passed[2];
	bool armed, was_cut;
	enum relay_way cut_way;
	uint64_t cut_after;
	unsigned cuts;
};

static void leg_pump(struct leg *leg);

/* splitmix64: the same seed, the same losses. */
static unsigned relay_dice(struct relay *r)
{
	uint64_t z = (r->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % 100);
}

/* ---- the end of a connection ---- */

static void conn_on_close(uv_handle_t *handle)
{
	struct relay_conn *c = handle->data;

	if (--c->handles > 0)
		return;
	for (int i = 0; i < 2; i++) {
		struct list *node;

		while ((node = list_pop(&c->legs[i].queue)) != NULL)
			free(container_of(node, struct packet, link));
	}
	list_remove(&c->link);
	free(c);
}

static void conn_close(struct relay_conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->client, conn_on_close);
	uv_close((uv_handle_t *)&c->daemon, conn_on_close);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&c->legs[i].timer, conn_on_close);
}

static void conn_cut(struct relay_conn *c)
{
	if (!c->closing)
		c->relay->cuts++;
	conn_close(c);
}

/* ---- sending ---- */

static void leg_on_timer(uv_timer_t *timer)
{
	struct relay_conn *c = timer->data;

	leg_pump(timer == &c->legs[RELAY_UP].timer ? &c->legs[RELAY_UP] : &c->legs[RELAY_DOWN]);
}

/* How much of the next packet may go now. */
static size_t leg_portion(struct leg *leg, const struct packet *p)
{
	const struct relay *r = leg->conn->relay;
	size_t n = p->len - p->sent;

	if (r->options.bytewise)
		n = 1;
	if (r->armed && r->cut_way == leg->way && r->passed[leg->way] + n > r->cut_after)
		n = (size_t)(r->cut_after - r->passed[leg->way]);
	return n;
}

/* Was that the byte behind which the line breaks? */
static bool leg_reaches_cut(struct leg *leg)
{
	struct relay *r = leg->conn->relay;

	if (!r->armed || r->cut_way != leg->way || r->passed[leg->way] < r->cut_after)
		return false;
	r->armed = false;
	r->was_cut = true;
	return true;
}

static void leg_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void leg_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct relay_conn *c = handle->data;
	struct leg *leg = &c->legs[handle == (uv_handle_t *)&c->client ? RELAY_UP : RELAY_DOWN];

	(void)suggested;
	*buf = uv_buf_init(leg->read_buf, sizeof(leg->read_buf));
}

static void leg_on_write(uv_write_t *req, int status)
{
	struct leg *leg = req->data;

	leg->writing = false;
	if (leg->conn->closing)
		return;
	if (leg->cut)
		conn_cut(leg->conn);
	else if (status < 0)
		conn_close(leg->conn);
	else if (leg->conn->relay->options.bytewise)
		/* libuv answers several writes in one turn; a timer comes once. */
		(void)uv_timer_start(&leg->timer, leg_on_timer, 0, 0);
	else
		leg_pump(leg);
}

static void leg_on_shutdown(uv_shutdown_t *req, int status)
{
	struct leg *leg = req->data;
	struct relay_conn *c = leg->conn;

	if (status < 0 || (c->legs[RELAY_UP].ended && c->legs[RELAY_DOWN].ended))
		conn_close(c);
}

static void leg_drop(struct leg *leg, struct packet *p)
{
	list_remove(&p->link);
	free(p);
	leg->queued--;
	if (leg->paused && leg->queued < QUEUE_PACKETS / 2 && !leg->conn->closing) {
		leg->paused = false;
		(void)uv_read_start((uv_stream_t *)leg->in, leg_alloc, leg_on_read);
	}
}

/* The sender has ended; so do we, towards the other one. */
static void leg_end(struct leg *leg)
{
	leg->ended = true;
	leg->shutdown.data = leg;
	if (uv_shutdown(&leg->shutdown, (uv_stream_t *)leg->out, leg_on_shutdown) != 0)
		conn_close(leg->conn);
}

static void leg_write(struct leg *leg, struct packet *p, size_t n)
{
	uv_buf_t b = uv_buf_init(p->data + p->sent, (unsigned)n);

	/* libuv may keep the bytes until the write is done, the packet stays as long. */
	leg->write.data = leg;
	leg->writing = true;
	p->sent += n;
	leg->conn->relay->passed[leg->way] += n;
	leg->cut = leg_reaches_cut(leg);
	if (uv_write(&leg->write, (uv_stream_t *)leg->out, &b, 1, leg_on_write) != 0)
		conn_close(leg->conn);
}

static void leg_pump(struct leg *leg)
{
	struct relay_conn *c = leg->conn;

	while (!c->closing && c->connected && !leg->writing && !list_empty(&leg->queue)) {
		struct packet *p = container_of(leg->queue.next, struct packet, link);
		uint64_t now = uv_hrtime() / 1000;

		if (p->due_us > now) {
			(void)uv_timer_start(&leg->timer, leg_on_timer,
					     (p->due_us - now) / 1000 + 1, 0);
			return;
		}
		if (p->len == 0) {
			leg_drop(leg, p);
			leg_end(leg);
		} else if (p->sent == p->len) {
			leg_drop(leg, p);
		} else if (leg_reaches_cut(leg)) {
			conn_cut(c); /* nothing more may pass, this one came too late */
		} else {
			leg_write(leg, p, leg_portion(leg, p));
		}
	}
}

/* ---- receiving ---- */

static uint64_t leg_due(struct leg *leg, size_t len)
{
	struct relay *r = leg->conn->relay;
	uint64_t now = uv_hrtime() / 1000, due;
	uint64_t pause = RTO_MIN_MS + r->options.rtt_ms;

	if (leg->free_us < now)
		leg->free_us = now;
	if (r->options.rate_kbit > 0)
		leg->free_us += len * 8000u / r->options.rate_kbit;
	due = leg->free_us + r->options.rtt_ms * 500u;
	for (; relay_dice(r) < r->options.stall_percent; pause *= 2)
		due += pause * 1000;
	if (due > leg->last_due_us)
		leg->last_due_us = due;
	return leg->last_due_us; /* in order: what was lost holds up what comes behind it */
}

static void leg_take(struct leg *leg, const char *data, size_t len)
{
	struct packet *p = malloc(sizeof(*p));

	if (p == NULL) {
		conn_close(leg->conn);
		return;
	}
	p->len = len;
	p->sent = 0;
	p->due_us = leg_due(leg, len);
	memcpy(p->data, data, len);
	list_push(&leg->queue, &p->link);
	if (++leg->queued >= QUEUE_PACKETS) {
		leg->paused = true;
		(void)uv_read_stop((uv_stream_t *)leg->in);
	}
	leg_pump(leg);
}

static void leg_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct relay_conn *c = stream->data;
	struct leg *leg = &c->legs[stream == (uv_stream_t *)&c->client ? RELAY_UP : RELAY_DOWN];

	if (n == UV_EOF)
		leg_take(leg, "", 0);
	else if (n < 0)
		conn_close(c);
	else if (n > 0)
		leg_take(leg, buf->base, (size_t)n);
}

/* ---- connections ---- */

static void conn_on_connect(uv_connect_t *req, int status)
{
	struct relay_conn *c = req->data;

	if (c->closing)
		return;
	if (status < 0 || uv_read_start((uv_stream_t *)&c->daemon, leg_alloc, leg_on_read) != 0) {
		conn_close(c);
		return;
	}
	(void)uv_tcp_nodelay(&c->daemon, 1);
	c->connected = true;
	leg_pump(&c->legs[RELAY_UP]);
}

static void conn_init(struct relay_conn *c, struct relay *r)
{
	uv_tcp_t *ends[2] = { &c->client, &c->daemon };

	c->relay = r;
	list_push(&r->conns, &c->link);
	for (int i = 0; i < 2; i++) {
		struct leg *leg = &c->legs[i];

		leg->conn = c;
		leg->way = (enum relay_way)i;
		leg->in = ends[i];
		leg->out = ends[1 - i];
		list_init(&leg->queue);
		/* The first packet comes behind the connection's own round trip. */
		leg->last_due_us = uv_hrtime() / 1000 + r->options.rtt_ms * 1000u;
		(void)uv_tcp_init(r->loop, ends[i]);
		(void)uv_timer_init(r->loop, &leg->timer);
		ends[i]->data = leg->timer.data = c;
		c->handles += 2;
	}
}

static void relay_on_connection(uv_stream_t *server, int status)
{
	struct relay *r = server->data;
	struct relay_conn *c = status == 0 ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return;
	conn_init(c, r);
	c->connect.data = c;
	if (uv_accept(server, (uv_stream_t *)&c->client) != 0) {
		conn_close(c);
		return;
	}
	(void)uv_tcp_nodelay(&c->client, 1);
	if (leg_reaches_cut(&c->legs[RELAY_UP]) || leg_reaches_cut(&c->legs[RELAY_DOWN]))
		conn_cut(c);
	else if (uv_tcp_connect(&c->connect, &c->daemon, (struct sockaddr *)&r->to,
				conn_on_connect) != 0 ||
		 uv_read_start((uv_stream_t *)&c->client, leg_alloc, leg_on_read) != 0)
		conn_close(c);
}

int relay_new(uv_loop_t *loop, const struct relay_options *o, struct relay **ret)
{
	struct relay *r = calloc(1, sizeof(*r));
	struct sockaddr_in any;
	int rc;

	if (r == NULL)
		return UV_ENOMEM;
	r->loop = loop;
	r->options = *o;
	r->random = o->seed;
	list_init(&r->conns);
	rc = uv_ip4_addr(o->host, o->port, &r->to);
	if (rc != 0) {
		free(r);
		return rc;
	}
	(void)uv_ip4_addr("127.0.0.1", 0, &any);
	(void)uv_tcp_init(loop, &r->listener);
	r->listener.data = r;
	r->listening = true;
	rc = uv_tcp_bind(&r->listener, (struct sockaddr *)&any, 0);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&r->listener, BACKLOG, relay_on_connection);
	if (rc != 0)
		relay_free(r);
	else
		*ret = r;
	return rc;
}

int relay_port(const struct relay *r)
{
	struct sockaddr_in at = { 0 };
	int len = sizeof(at);

	(void)uv_tcp_getsockname(&r->listener, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

void relay_cut_after(struct relay *r, enum relay_way way, uint64_t n)
{
	r->passed[RELAY_UP] = r->passed[RELAY_DOWN] = 0;
	r->cut_way = way;
	r->cut_after = n;
	r->armed = true;
	r->was_cut = false;
}

void relay_cut(struct relay *r)
{
	list_each(node, &r->conns) conn_cut(container_of(node, struct relay_conn, link));
}

uint64_t relay_passed(const struct relay *r, enum relay_way way)
{
	return r->passed[way];
}

bool relay_was_cut(const struct relay *r)
{
	return r->was_cut;
}

unsigned relay_cuts(const struct relay *r)
{
	return r->cuts;
}

static void relay_on_close(uv_handle_t *handle)
{
	struct relay *r = handle->data;

	r->listening = false;
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	uv_close((uv_handle_t *)&r->listener, relay_on_close);
	list_each(node, &r->conns) conn_close(container_of(node, struct relay_conn, link));
	while (r->listening || !list_empty(&r->conns))
		(void)uv_run(r->loop, UV_RUN_ONCE);
	free(r);
}
