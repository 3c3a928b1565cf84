#include "tests/unit/common/session_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/envelope.pb-c.h"
#include "tests/unit/common/check.h"

#define TEXT_MAX 24

static struct end *end_of(struct session *s)
{
	return s->owner;
}

static void end_note(struct end *e, const char *what, uint32_t stream, const struct slice *message)
{
	size_t left = sizeof e->events - e->n_events;
	char *at = e->events + e->n_events;
	int n;

	if (e->silent)
		return;
	if (message == NULL)
		n = snprintf(at, left, "%s %u; ", what, stream);
	else if (message->len <= TEXT_MAX)
		n = snprintf(at, left, "%s %u %zu:%.*s; ", what, stream, message->len,
			     (int)message->len,
			     message->len > 0 ? (const char *)message->data : "");
	else
		n = snprintf(at, left, "%s %u %zu; ", what, stream, message->len);
	assert_true(n > 0 && (size_t)n < left);
	e->n_events += (size_t)n;
	if (message != NULL && message->len > TEXT_MAX) {
		buf_release(&e->rig->received);
		assert_int_equal(buf_append(&e->rig->received, message->data, message->len), ST_OK);
	}
}

static void rig_on_hello(struct session *s, struct slice message)
{
	struct end *e = end_of(s);

	end_note(e, "hello", 0, &message);
	if (s->role == SESSION_SERVER && !e->no_welcome)
		assert_int_equal(session_send_hello(s, slice_str("welcome")), ST_OK);
}

static void rig_on_request(struct session *s, uint32_t stream, struct slice message)
{
	struct end *e = end_of(s);

	assert_true(session_stream_open(s, stream));
	end_note(e, "request", stream, &message);
	if (e->on_request != NULL)
		e->on_request(e, stream, message);
}

static void rig_on_response(struct session *s, uint32_t stream, struct slice message, bool end)
{
	struct end *e = end_of(s);

	assert_int_equal(session_stream_open(s, stream), !end);
	end_note(e, end ? "response+end" : "response", stream, &message);
	if (e->on_response != NULL)
		e->on_response(e, stream, message, end);
}

static void rig_on_message(struct session *s, uint32_t stream, struct slice message)
{
	struct end *e = end_of(s);

	end_note(e, "message", stream, &message);
	if (e->on_message != NULL)
		e->on_message(e, stream, message);
	if (!e->no_grant)
		assert_int_equal(session_grant(s, stream, 1), ST_OK);
}

static void rig_on_status(struct session *s, uint32_t stream, struct slice message)
{
	assert_false(session_stream_open(s, stream));
	end_note(end_of(s), "status", stream, &message);
}

static void rig_on_cancel(struct session *s, uint32_t stream)
{
	end_note(end_of(s), "cancel", stream, NULL);
}

static void rig_on_credit(struct session *s, uint32_t stream)
{
	struct end *e = end_of(s);

	end_note(e, "credit", stream, NULL);
	if (e->on_credit != NULL)
		e->on_credit(e, stream);
}

static void rig_on_pong(struct session *s, const uint8_t payload[8])
{
	struct slice bytes = slice_of(payload, 8);

	end_note(end_of(s), "pong", 0, &bytes);
}

static void rig_on_goaway(struct session *s, struct slice message)
{
	end_note(end_of(s), "goaway", 0, &message);
}

static void rig_on_error(struct session *s, struct slice message)
{
	Steward__Fatal *fatal = steward__fatal__unpack(NULL, message.len, message.data);
	struct slice reason;

	assert_non_null(fatal);
	reason = slice_str(fatal->reason);
	end_note(end_of(s), "error", (uint32_t)fatal->code, &reason);
	steward__fatal__free_unpacked(fatal, NULL);
}

static void rig_on_glitches(struct session *s)
{
	end_of(s)->warnings++;
}

static const struct session_ops rig_ops = {
	.on_glitches = rig_on_glitches,
	.on_hello = rig_on_hello,
	.on_request = rig_on_request,
	.on_response = rig_on_response,
	.on_message = rig_on_message,
	.on_status = rig_on_status,
	.on_cancel = rig_on_cancel,
	.on_credit = rig_on_credit,
	.on_pong = rig_on_pong,
	.on_goaway = rig_on_goaway,
	.on_error = rig_on_error,
};

static uint64_t rig_mono_ms(struct clock *c)
{
	return container_of(c, struct rig, clock)->now_ms;
}

static int64_t rig_wall_us(struct clock *c)
{
	return (int64_t)container_of(c, struct rig, clock)->now_ms * 1000;
}

void rig_init(struct rig *r, size_t out_max)
{
	*r = (struct rig){ .clock = { rig_mono_ms, rig_wall_us }, .now_ms = 1000 };
	r->client.rig = r->server.rig = r;
	buf_init(&r->received, SESSION_MESSAGE_MAX);
	session_init(&r->client.s, SESSION_CLIENT, &rig_ops, &r->client, &r->clock, out_max);
	session_init(&r->server.s, SESSION_SERVER, &rig_ops, &r->server, &r->clock, out_max);
}

void rig_open(struct rig *r)
{
	rig_init(r, 16u << 20);
	assert_int_equal(session_send_hello(&r->client.s, slice_str("hi")), ST_OK);
	rig_carry(r, SIZE_MAX);
	session_set_phase(&r->server.s, PHASE_OPEN);
	assert_string_equal(end_events(&r->server), "hello 0 2:hi; ");
	assert_string_equal(end_events(&r->client), "hello 0 7:welcome; ");
}

void rig_close(struct rig *r)
{
	session_fini(&r->client.s);
	session_fini(&r->server.s);
	buf_fini(&r->received);
}

void end_carry(struct end *from, struct end *to, size_t step)
{
	struct slice all = buf_peek(&from->s.out);
	uint8_t *copy = malloc(all.len + 1); /* exactly as long: a read beyond shows */
	size_t len = all.len;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, all.data, len);
	buf_consume(&from->s.out, len);
	for (size_t at = 0; at < len;) {
		size_t n = len - at < step ? len - at : step;
		bool dead = to->s.dead;
		enum st_code code = session_feed(&to->s, slice_of(copy + at, n));

		assert_int_equal(code == ST_OK, !to->s.dead);
		if (dead || to->s.dead)
			break;
		at += n;
	}
	free(copy);
}

void rig_carry(struct rig *r, size_t step)
{
	while (r->client.s.out.len > 0 || r->server.s.out.len > 0) {
		end_carry(&r->client, &r->server, step);
		end_carry(&r->server, &r->client, step);
	}
}

const char *end_events(struct end *e)
{
	static char text[sizeof e->events];

	memcpy(text, e->events, sizeof text);
	e->n_events = 0;
	e->events[0] = 0;
	return text;
}

static void end_describe(const struct frame *f, char *out, size_t size)
{
	const struct frame_rule *rule = frame_rule(f->type);
	Steward__Fatal *fatal;

	assert_non_null(rule);
	if (f->type == FRAME_CREDIT) {
		snprintf(out, size, "CREDIT %u bytes=%u messages=%u; ", f->stream,
			 frame_u32(f->payload.data), frame_u32(f->payload.data + 4));
	} else if (f->type == FRAME_ERROR) {
		fatal = steward__fatal__unpack(NULL, f->payload.len, f->payload.data);
		assert_non_null(fatal);
		assert_true(strlen(fatal->message) > 10);
		snprintf(out, size, "ERROR %s; ", fatal->reason);
		steward__fatal__free_unpacked(fatal, NULL);
	} else {
		snprintf(out, size, "%s%s%s %u %zu; ", rule->name,
			 f->flags & FRAME_MORE ? "+MORE" : "",
			 f->flags & FRAME_END_STREAM ? "+END" : "", f->stream, f->payload.len);
	}
}

const char *end_frames(struct end *e)
{
	size_t n = 0;

	e->frames[0] = 0;
	while (e->s.out.len > 0) {
		struct st_err err = { 0 };
		struct frame f;
		size_t used;

		assert_int_equal(frame_parse(PHASE_OPEN, buf_peek(&e->s.out), &f, &used, &err),
				 ST_OK);
		assert_true(used > 0);
		end_describe(&f, e->frames + n, sizeof e->frames - n);
		n += strlen(e->frames + n);
		buf_consume(&e->s.out, used);
	}
	return e->frames;
}

enum st_code end_frame(struct end *e, uint8_t type, uint8_t flags, uint32_t stream,
		       struct slice payload)
{
	uint8_t *bytes = malloc(FRAME_HEADER + payload.len);
	enum st_code code;

	assert_non_null(bytes);
	frame_header(bytes, type, flags, (uint32_t)payload.len, stream);
	if (payload.len > 0)
		memcpy(bytes + FRAME_HEADER, payload.data, payload.len);
	code = session_feed(&e->s, slice_of(bytes, FRAME_HEADER + payload.len));
	assert_int_equal(code == ST_OK, !e->s.dead);
	free(bytes);
	return code;
}

enum st_code end_credit(struct end *e, uint32_t stream, uint32_t bytes, uint32_t messages)
{
	uint8_t payload[8];

	frame_put_u32(payload, bytes);
	frame_put_u32(payload + 4, messages);
	return end_frame(e, FRAME_CREDIT, 0, stream, slice_of(payload, sizeof payload));
}

uint32_t rig_request(struct rig *r, const char *message)
{
	uint32_t stream = 0;

	assert_int_equal(session_send_request(&r->client.s, slice_str(message), &stream), ST_OK);
	end_carry(&r->client, &r->server, SIZE_MAX);
	assert_true(session_stream_open(&r->server.s, stream));
	end_events(&r->server);
	return stream;
}

struct slice rig_bytes(size_t len, unsigned seed)
{
	static uint8_t bytes[(5u << 20) + 256];

	assert_true(len <= 5u << 20);
	if (bytes[1] == 0)
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)(i * 2654435761u >> 13 ^ i);
	return slice_of(bytes + seed % 256, len);
}
