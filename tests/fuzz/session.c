/*
 * One end of a session against a peer that does anything. First byte: which end, and what its owner
 * does. Then steps: a byte that says what, and what it needs (see step()). After each step the
 * session must be within its limits.
 */
#include "common/session.h"

#include <string.h>

#include "tests/fuzz/target.h"

#define OUT_MAX (1u << 20)

struct peer {
	struct session s;
	struct clock clock;
	uint64_t now_ms;
	unsigned habits; /* bits: answer at once, end at once, grant, abort at the fourth event */
	unsigned events;
	const uint8_t *data;
	size_t left;
};

static const uint8_t filler[70000];

static uint64_t peer_mono_ms(struct clock *c)
{
	return container_of(c, struct peer, clock)->now_ms;
}

static int64_t peer_wall_us(struct clock *c)
{
	return (int64_t)container_of(c, struct peer, clock)->now_ms * 1000;
}

static void event(struct peer *p)
{
	struct st_err err = { .code = ST_INTERNAL };

	if ((p->habits & 8) != 0 && ++p->events == 4)
		session_abort(&p->s, &err);
}

/* Reads all of a message, so that a sanitizer sees if it is not there. */
static void look_at(struct slice message)
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < message.len; i++)
		sum = (uint8_t)(sum + message.data[i]);
}

static void on_hello(struct session *s, struct slice message)
{
	look_at(message);
	if (s->role == SESSION_SERVER)
		(void)session_send_hello(s, slice_str("welcome"));
	event(s->owner);
}

static void on_request(struct session *s, uint32_t stream, struct slice message)
{
	struct peer *p = s->owner;

	if ((p->habits & 1) != 0)
		(void)session_send_response(s, stream, message, (p->habits & 2) != 0);
	look_at(message);
	event(p);
}

static void on_response(struct session *s, uint32_t stream, struct slice message, bool end)
{
	must(end != session_stream_open(s, stream));
	look_at(message);
	event(s->owner);
}

static void on_message(struct session *s, uint32_t stream, struct slice message)
{
	struct peer *p = s->owner;

	if ((p->habits & 4) != 0)
		(void)session_grant(s, stream, 1);
	look_at(message);
	event(p);
}

static void on_status(struct session *s, uint32_t stream, struct slice message)
{
	must(!session_stream_open(s, stream));
	look_at(message);
	event(s->owner);
}

static void on_cancel(struct session *s, uint32_t stream)
{
	struct peer *p = s->owner;

	must(session_stream_open(s, stream));
	if ((p->habits & 2) != 0)
		(void)session_send_status(s, stream, slice_str("cancelled"));
	event(p);
}

static void on_credit(struct session *s, uint32_t stream)
{
	while (session_may_send(s, stream) && !s->dead)
		if (session_send_message(s, stream, slice_of(filler, 5000)) != ST_OK)
			break;
	event(s->owner);
}

static void on_pong(struct session *s, const uint8_t payload[8])
{
	look_at(slice_of(payload, 8));
	event(s->owner);
}

static void on_text(struct session *s, struct slice message)
{
	look_at(message);
	event(s->owner);
}

static const struct session_ops ops = {
	.on_hello = on_hello,
	.on_request = on_request,
	.on_response = on_response,
	.on_message = on_message,
	.on_status = on_status,
	.on_cancel = on_cancel,
	.on_credit = on_credit,
	.on_pong = on_pong,
	.on_goaway = on_text,
	.on_error = on_text,
};

static unsigned take(struct peer *p)
{
	if (p->left == 0)
		return 0;
	p->left--;
	return *p->data++;
}

static unsigned take16(struct peer *p)
{
	unsigned high = take(p);

	return high << 8 | take(p);
}

static void feed(struct peer *p, const uint8_t *bytes, size_t len)
{
	enum st_code code = session_feed(&p->s, slice_of(bytes, len));

	must((code == ST_OK) == !p->s.dead);
}

/* A frame with a good header and a payload of zeros or of bytes that follow. */
static void feed_frame(struct peer *p)
{
	uint8_t header[FRAME_HEADER];
	unsigned type = take(p), flags = take(p), stream = take16(p), len = take16(p);

	if (len < p->left && (flags & 4) != 0) {
		frame_header(header, (uint8_t)type, (uint8_t)(flags & 3), len, stream);
		feed(p, header, sizeof header);
		feed(p, p->data, len);
		p->data += len;
		p->left -= len;
	} else {
		frame_header(header, (uint8_t)type, (uint8_t)(flags & 3), len, stream);
		feed(p, header, sizeof header);
		feed(p, filler, len);
	}
}

static void feed_raw(struct peer *p)
{
	size_t len = take(p);

	if (len > p->left)
		len = p->left;
	feed(p, p->data, len);
	p->data += len;
	p->left -= len;
}

static void send(struct peer *p)
{
	unsigned what = take(p), stream = take(p), len = take16(p);
	struct slice message = slice_of(filler, len);
	bool server = p->s.role == SESSION_SERVER;
	uint32_t opened;

	switch (what % 8) {
	case 0:
		(void)session_send_hello(&p->s, slice_str("hello"));
		break;
	case 1:
		if (server)
			(void)session_send_response(&p->s, stream, message, (what & 8) != 0);
		else
			(void)session_send_request(&p->s, message, &opened);
		break;
	case 2:
		(void)session_send_message(&p->s, stream, message);
		break;
	case 3:
		if (server)
			(void)session_send_status(&p->s, stream, message);
		else
			(void)session_send_cancel(&p->s, stream);
		break;
	case 4:
		(void)session_send_ping(&p->s, filler);
		break;
	case 5:
		(void)session_grant(&p->s, stream, len);
		break;
	case 6:
		session_set_phase(&p->s, what & 8 ? PHASE_OPEN : PHASE_LOGIN);
		break;
	case 7:
		if (server)
			(void)session_send_goaway(&p->s, slice_str("bye"));
		break;
	}
}

static void step(struct peer *p)
{
	unsigned what = take(p);

	switch (what % 5) {
	case 0:
		feed_raw(p);
		break;
	case 1:
		feed_frame(p);
		break;
	case 2:
		send(p);
		break;
	case 3:
		p->now_ms += take(p) * 100;
		break;
	case 4:
		buf_consume(&p->s.out, p->s.out.len); /* written */
		break;
	}
}

/* What waits to be sent consists of frames that the other end would take. */
static void check_out(const struct session *s)
{
	struct slice out = buf_peek(&s->out);

	while (out.len > 0) {
		struct st_err err = { 0 };
		struct frame f;
		size_t used;

		must(frame_parse(PHASE_OPEN, out, &f, &used, &err) == ST_OK && used > 0);
		must(f.payload.len <= SESSION_CHUNK);
		must((frame_rule(f.type)->who &
		      (s->role == SESSION_SERVER ? FRAME_BY_SERVER : FRAME_BY_CLIENT)) != 0);
		out.data += used;
		out.len -= used;
	}
}

static void check(const struct session *s)
{
	size_t parts = 0, pending = 0;
	unsigned n = 0;

	list_each(node, &s->streams)
	{
		const struct session_stream *st = container_of(node, struct session_stream, link);

		parts += st->part.len;
		pending += st->pending.len;
		n++;
		must(st->send_bytes >= 0 && st->recv_bytes >= 0 && st->send_messages >= 0);
		must(st->recv_messages >= 0 &&
		     st->recv_messages + st->grant_due <= SESSION_STREAM_MESSAGES);
	}
	must(n == s->n_streams && n <= SESSION_STREAMS_MAX);
	must(parts == s->parts && pending == s->pending);
	must(s->role == SESSION_CLIENT || parts <= SESSION_PARTS_MAX);
	must(s->send_bytes >= 0 && s->recv_bytes >= 0);
	must(s->in.len <= FRAME_HEADER + frame_cap(PHASE_OPEN));
	must(s->out.len <= s->out_max + 1024);
	must(s->dead == (s->err.code != ST_OK));
	check_out(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer p = { .clock = { peer_mono_ms, peer_wall_us }, .now_ms = 1000 };
	unsigned first;

	p.data = data;
	p.left = size;
	first = take(&p);
	p.habits = first >> 1;
	session_init(&p.s, first & 1 ? SESSION_SERVER : SESSION_CLIENT, &ops, &p, &p.clock,
		     OUT_MAX);
	while (p.left > 0) {
		step(&p);
		check(&p.s);
	}
	session_fini(&p.s);
	return 0;
}
