#include "common/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/session_impl.h"
#include "proto/envelope.pb-c.h"

/* Room kept free in 'out' for the last word. */
#define SESSION_ERROR_ROOM 1024u

void session_init(struct session *s, enum session_role role, const struct session_ops *ops,
		  void *owner, struct clock *clock, size_t out_max)
{
	*s = (struct session){
		.role = role,
		.phase = PHASE_HELLO,
		.ops = ops,
		.owner = owner,
		.out_max = out_max,
		.message_max = SESSION_MESSAGE_MAX,
		.send_bytes = SESSION_CONNECTION_BYTES,
		.recv_bytes = SESSION_CONNECTION_BYTES,
		.clock = clock,
		.last_heard_ms = clock_mono_ms(clock),
	};
	buf_init(&s->in, FRAME_HEADER + frame_cap(PHASE_OPEN));
	buf_init(&s->out, out_max + SESSION_ERROR_ROOM);
	list_init(&s->streams);
}

void session_fini(struct session *s)
{
	must(!s->feeding);
	list_each(node, &s->streams)
		session_stream_free(s, container_of(node, struct session_stream, link));
	buf_fini(&s->in);
	buf_fini(&s->out);
}

void session_set_phase(struct session *s, enum frame_phase phase)
{
	s->phase = phase;
}

size_t session_waiting(const struct session *s)
{
	return s->out.len + s->pending;
}

struct session_stream *session_stream_find(const struct session *s, uint32_t id)
{
	list_each(node, &s->streams)
	{
		struct session_stream *st = container_of(node, struct session_stream, link);

		if (st->id == id)
			return st;
	}
	return NULL;
}

struct session_stream *session_stream_new(struct session *s, uint32_t id)
{
	struct session_stream *st = calloc(1, sizeof *st);

	if (st == NULL)
		return NULL;
	st->id = id;
	st->send_bytes = st->recv_bytes = SESSION_STREAM_BYTES;
	st->send_messages = st->recv_messages = SESSION_STREAM_MESSAGES;
	buf_init(&st->part, SESSION_MESSAGE_MAX);
	buf_init(&st->pending, SESSION_MESSAGE_MAX);
	buf_init(&st->status, SESSION_CHUNK);
	list_push(&s->streams, &st->link);
	s->n_streams++;
	s->last_stream = id;
	return st;
}

void session_part_drop(struct session *s, struct session_stream *st)
{
	s->parts -= st->part.len;
	st->part_type = 0;
	buf_release(&st->part);
}

void session_pending_drop(struct session *s, struct session_stream *st)
{
	s->pending -= st->pending.len;
	buf_release(&st->pending);
}

void session_stream_free(struct session *s, struct session_stream *st)
{
	session_part_drop(s, st);
	session_pending_drop(s, st);
	buf_fini(&st->part);
	buf_fini(&st->pending);
	buf_fini(&st->status);
	list_remove(&st->link);
	s->n_streams--;
	free(st);
}

bool session_stream_open(const struct session *s, uint32_t stream)
{
	const struct session_stream *st = session_stream_find(s, stream);

	return st != NULL && (s->role == SESSION_CLIENT || !st->ended_by_us);
}

/* The ERROR frame goes into the room that is kept for it; without memory nothing can be said. */
static void session_say_why(struct session *s)
{
	Steward__Fatal fatal = STEWARD__FATAL__INIT;
	uint8_t frame[SESSION_ERROR_ROOM];
	size_t len;

	fatal.has_code = true;
	fatal.code = (int32_t)s->err.code;
	fatal.reason = s->err.reason;
	fatal.message = s->err.message;
	len = protobuf_c_message_get_packed_size(&fatal.base);
	must(FRAME_HEADER + len <= sizeof frame);
	frame_header(frame, FRAME_ERROR, 0, (uint32_t)len, 0);
	protobuf_c_message_pack(&fatal.base, frame + FRAME_HEADER);
	(void)buf_append(&s->out, frame, FRAME_HEADER + len);
}

void session_abort(struct session *s, const struct st_err *err)
{
	if (s->dead)
		return;
	s->dead = true;
	s->err = *err;
	session_say_why(s);
}

enum st_code session_die(struct session *s, enum st_code code, const char *reason, const char *fmt,
			 ...)
{
	struct st_err err = { 0 };
	char sentence[sizeof err.message];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	(void)st_fail(&err, code, reason, NULL, "%s", sentence);
	session_abort(s, &err);
	return code;
}

enum st_code session_offence(struct session *s, const char *sentence)
{
	return session_die(s, ST_INVALID_ARGUMENT, "PROTOCOL_ERROR", "%s", sentence);
}

enum st_code session_glitch(struct session *s, unsigned weight)
{
	bool warned = s->glitches >= SESSION_GLITCH_WARN;

	s->glitches += weight;
	if (s->glitches < SESSION_GLITCH_MAX) {
		if (s->glitches >= SESSION_GLITCH_WARN && !warned && s->ops->on_glitches != NULL)
			s->ops->on_glitches(s);
		return ST_OK;
	}
	return session_die(s, ST_RESOURCE_EXHAUSTED, "TOO_MANY_GLITCHES",
			   "too many small offences against the protocol");
}

enum st_code session_grant(struct session *s, uint32_t stream, uint32_t messages)
{
	struct session_stream *st = session_stream_find(s, stream);

	if (s->dead)
		return s->err.code;
	if (st == NULL || st->ended_by_peer)
		return ST_OK;
	if (messages > SESSION_STREAM_MESSAGES - st->recv_messages - st->grant_due)
		return ST_FAILED_PRECONDITION;
	/* Given back in lots: a frame for every message would double the traffic of small ones. The
	 * peer cannot run dry by it, because below the half everything due is given at once. */
	st->grant_due += messages;
	if (st->grant_due == 0 || st->recv_messages > SESSION_STREAM_MESSAGES / 2)
		return ST_OK;
	messages = st->grant_due;
	st->recv_messages += messages;
	st->grant_due = 0;
	return session_put_credit(s, stream, 0, messages);
}
