#include "common/session_impl.h"

#include "proto/envelope.pb-c.h"

enum st_code session_put(struct session *s, uint8_t type, uint8_t flags, uint32_t stream,
			 struct slice payload)
{
	size_t len = FRAME_HEADER + payload.len;
	uint8_t *room = NULL;

	if (len <= s->out_max && s->out.len <= s->out_max - len)
		room = buf_reserve(&s->out, len);
	if (room == NULL)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "WRITE_QUEUE_FULL",
				   "more waits to be sent than may wait");
	frame_header(room, type, flags, (uint32_t)payload.len, stream);
	if (payload.len > 0)
		memcpy(room + FRAME_HEADER, payload.data, payload.len);
	buf_commit(&s->out, len);
	return ST_OK;
}

enum st_code session_put_credit(struct session *s, uint32_t stream, int64_t bytes, int64_t messages)
{
	uint8_t payload[8];

	frame_put_u32(payload, (uint32_t)bytes);
	frame_put_u32(payload + 4, (uint32_t)messages);
	return session_put(s, FRAME_CREDIT, 0, stream, slice_of(payload, sizeof payload));
}

/* Would a message of this length, in parts, stay below the limit of what may wait? */
static bool session_has_room(const struct session *s, size_t len)
{
	size_t whole = len + (len / SESSION_CHUNK + 2) * FRAME_HEADER;

	return session_waiting(s) + whole <= s->out_max;
}

static int64_t session_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The next DATA frame for the front of 'rest': as much as the credit and a frame allow. *ret_n = 0:
 * no credit. */
static enum st_code session_put_part(struct session *s, struct session_stream *st,
				     struct slice rest, bool end, size_t *ret_n)
{
	int64_t n = session_min(st->send_bytes, s->send_bytes);
	uint8_t flags = end ? FRAME_END_STREAM : 0;

	n = session_min(n, session_min((int64_t)rest.len, SESSION_CHUNK));
	*ret_n = 0;
	if (n <= 0 && rest.len > 0)
		return ST_OK;
	if ((size_t)n < rest.len)
		flags = FRAME_MORE;
	st->send_bytes -= n;
	s->send_bytes -= n;
	*ret_n = (size_t)n;
	return session_put(s, FRAME_DATA, flags, st->id, slice_of(rest.data, (size_t)n));
}

/* All that was given for the stream is on its way. On a server the stream may be gone afterwards.
 */
static enum st_code session_sent(struct session *s, struct session_stream *st, bool end)
{
	if (st->status_waits) {
		ST_TRY(session_put(s, FRAME_STATUS, FRAME_END_STREAM, st->id,
				   buf_peek(&st->status)));
		end = true;
	}
	if (end && s->role == SESSION_SERVER)
		session_stream_free(s, st);
	return ST_OK;
}

/* The rest of a message whose first frame is out: DATA frames now, or later when there is credit.
 */
static enum st_code session_put_rest(struct session *s, struct session_stream *st,
				     struct slice rest, bool end)
{
	size_t n = 1;

	while (rest.len > 0 && n > 0) {
		ST_TRY(session_put_part(s, st, rest, end, &n));
		rest.data += n;
		rest.len -= n;
	}
	if (rest.len == 0)
		return session_sent(s, st, end);
	if (buf_append(&st->pending, rest.data, rest.len) != ST_OK)
		return session_die(s, ST_RESOURCE_EXHAUSTED, NULL, "there is no memory left");
	s->pending += rest.len;
	st->pending_end = end;
	return ST_OK;
}

/* A message that begins with REQUEST or RESPONSE: that frame costs no credit. */
static enum st_code session_put_message(struct session *s, struct session_stream *st, uint8_t type,
					struct slice message, bool end)
{
	size_t n = message.len < SESSION_CHUNK ? message.len : SESSION_CHUNK;
	bool more = n < message.len;

	ST_TRY(session_put(s, type,
			   more  ? FRAME_MORE
			   : end ? FRAME_END_STREAM
				 : 0,
			   st->id, slice_of(message.data, n)));
	if (!more)
		return session_sent(s, st, end);
	return session_put_rest(s, st, slice_of(message.data + n, message.len - n), end);
}

/* One more part of one stream. *ret_moved: something was sent. */
static enum st_code session_pump_stream(struct session *s, struct session_stream *st,
					bool *ret_moved)
{
	size_t n;

	ST_TRY(session_put_part(s, st, buf_peek(&st->pending), st->pending_end, &n));
	if (n == 0)
		return ST_OK;
	*ret_moved = true;
	s->pending -= n;
	buf_consume(&st->pending, n);
	return st->pending.len > 0 ? ST_OK : session_sent(s, st, st->pending_end);
}

/* One part of each stream in turn, so that a long message does not keep the others waiting. */
enum st_code session_pump(struct session *s)
{
	bool moved = true;

	while (moved && s->pending > 0) {
		moved = false;
		list_each(node, &s->streams)
		{
			struct session_stream *st = container_of(node, struct session_stream, link);

			if (st->pending.len > 0)
				ST_TRY(session_pump_stream(s, st, &moved));
		}
	}
	return ST_OK;
}

enum st_code session_send_hello(struct session *s, struct slice message)
{
	bool server = s->role == SESSION_SERVER;

	if (s->dead)
		return s->err.code;
	if (s->hello_sent || (server && !s->hello_done))
		return ST_FAILED_PRECONDITION;
	if (message.len > frame_cap(PHASE_HELLO))
		return ST_INVALID_ARGUMENT;
	s->hello_sent = true;
	return session_put(s, server ? FRAME_WELCOME : FRAME_HELLO, 0, 0, message);
}

/* May anything but the greeting be sent? */
static enum st_code session_may_talk(const struct session *s)
{
	if (s->dead)
		return s->err.code;
	return s->hello_sent ? ST_OK : ST_FAILED_PRECONDITION;
}

enum st_code session_send_request(struct session *s, struct slice message, uint32_t *ret_stream)
{
	struct session_stream *st;
	uint32_t id = s->last_stream == 0 ? 1 : s->last_stream + 2;

	must(s->role == SESSION_CLIENT);
	ST_TRY(session_may_talk(s));
	if (message.len > SESSION_MESSAGE_MAX)
		return ST_INVALID_ARGUMENT;
	if (s->going_away || id > FRAME_STREAM_MAX)
		return ST_UNAVAILABLE;
	if (s->n_streams >= SESSION_STREAMS_MAX || !session_has_room(s, message.len))
		return ST_RESOURCE_EXHAUSTED;
	st = session_stream_new(s, id);
	if (st == NULL)
		return ST_RESOURCE_EXHAUSTED;
	*ret_stream = id;
	return session_put_message(s, st, FRAME_REQUEST, message, false);
}

enum st_code session_send_response(struct session *s, uint32_t stream, struct slice message,
				   bool end)
{
	struct session_stream *st = session_stream_find(s, stream);

	must(s->role == SESSION_SERVER);
	ST_TRY(session_may_talk(s));
	if (st == NULL || !st->delivered)
		return ST_NOT_FOUND;
	if (st->answered || st->ended_by_us)
		return ST_FAILED_PRECONDITION;
	if (message.len > SESSION_MESSAGE_MAX)
		return ST_INVALID_ARGUMENT;
	if (!session_has_room(s, message.len))
		return session_die(s, ST_RESOURCE_EXHAUSTED, "WRITE_QUEUE_FULL",
				   "more waits to be sent than may wait");
	st->answered = true;
	st->ended_by_us = end;
	return session_put_message(s, st, FRAME_RESPONSE, message, end);
}

enum st_code session_cut_off(struct session *s, struct session_stream *st)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;
	Steward__Status status = STEWARD__STATUS__INIT;
	ProtobufCMessage *answer = st->answered ? &status.base : &r.base;
	uint8_t packed[200];
	size_t len;

	session_pending_drop(s, st);
	if (st->status_waits)
		return session_sent(s, st, true);
	r.has_code = status.has_code = true;
	r.code = status.code = ST_CANCELLED;
	r.reason = status.reason = (char *)st_code_name(ST_CANCELLED);
	r.message = status.message = (char *)st_code_text(ST_CANCELLED);
	must(protobuf_c_message_get_packed_size(answer) <= sizeof packed);
	len = protobuf_c_message_pack(answer, packed);
	ST_TRY(session_put(s, st->answered ? FRAME_STATUS : FRAME_RESPONSE, FRAME_END_STREAM,
			   st->id, slice_of(packed, len)));
	session_stream_free(s, st);
	return ST_OK;
}

static bool session_stream_may_send(const struct session *s, const struct session_stream *st)
{
	if (st->cancelled || st->ended_by_us || (s->role == SESSION_SERVER && !st->answered))
		return false;
	return st->pending.len == 0 && st->send_messages > 0 && st->send_bytes > 0 &&
	       s->send_bytes > 0;
}

bool session_may_send(const struct session *s, uint32_t stream)
{
	const struct session_stream *st = session_stream_find(s, stream);

	return session_may_talk(s) == ST_OK && st != NULL && session_stream_may_send(s, st);
}

enum st_code session_send_message(struct session *s, uint32_t stream, struct slice message)
{
	struct session_stream *st = session_stream_find(s, stream);
	size_t n;

	ST_TRY(session_may_talk(s));
	if (st == NULL)
		return ST_NOT_FOUND;
	if (!session_stream_may_send(s, st))
		return ST_FAILED_PRECONDITION;
	if (message.len > SESSION_MESSAGE_MAX)
		return ST_INVALID_ARGUMENT;
	if (!session_has_room(s, message.len))
		return ST_RESOURCE_EXHAUSTED;
	st->send_messages--;
	if (message.len > 0)
		return session_put_rest(s, st, message, false);
	return session_put_part(s, st, message, false, &n);
}

enum st_code session_send_status(struct session *s, uint32_t stream, struct slice message)
{
	struct session_stream *st = session_stream_find(s, stream);

	must(s->role == SESSION_SERVER);
	ST_TRY(session_may_talk(s));
	if (st == NULL || !st->delivered)
		return ST_NOT_FOUND;
	if (st->ended_by_us)
		return ST_FAILED_PRECONDITION;
	if (message.len > SESSION_CHUNK)
		return ST_INVALID_ARGUMENT;
	if (buf_append(&st->status, message.data, message.len) != ST_OK)
		return session_die(s, ST_RESOURCE_EXHAUSTED, NULL, "there is no memory left");
	st->ended_by_us = st->status_waits = true;
	return st->pending.len > 0 ? ST_OK : session_sent(s, st, true);
}

enum st_code session_send_cancel(struct session *s, uint32_t stream)
{
	struct session_stream *st = session_stream_find(s, stream);

	must(s->role == SESSION_CLIENT);
	ST_TRY(session_may_talk(s));
	if (st == NULL || st->cancelled)
		return ST_OK;
	st->cancelled = true;
	session_pending_drop(s, st);
	return session_put(s, FRAME_CANCEL, 0, stream, slice_of(NULL, 0));
}

enum st_code session_send_ping(struct session *s, const uint8_t payload[8])
{
	ST_TRY(session_may_talk(s));
	s->pings_out++;
	return session_put(s, FRAME_PING, 0, 0, slice_of(payload, 8));
}

enum st_code session_send_goaway(struct session *s, struct slice message)
{
	must(s->role == SESSION_SERVER);
	ST_TRY(session_may_talk(s));
	if (message.len > frame_cap(PHASE_HELLO))
		return ST_INVALID_ARGUMENT;
	return session_put(s, FRAME_GOAWAY, 0, 0, message);
}
