#include "common/session_impl.h"

#define SESSION_PING_STRIKES 3  /* early pings in a row that are nearly forgiven */
#define SESSION_PING_WEIGHT 10u /* of every one beyond */

/* Largest message the peer may make us put together now. */
static size_t session_message_cap(const struct session *s)
{
	size_t cap = s->message_max < SESSION_MESSAGE_MAX ? s->message_max : SESSION_MESSAGE_MAX;

	if (s->role == SESSION_SERVER && s->phase != PHASE_OPEN && cap > frame_cap(s->phase))
		cap = frame_cap(s->phase);
	return cap;
}

/* The connection's share of 'len' bytes that came. What was used goes back in lots of half the
 * window. */
static enum st_code session_charge_connection(struct session *s, size_t len)
{
	int64_t used;

	if ((int64_t)len > s->recv_bytes)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "CREDIT_EXCEEDED",
				   "more bytes came than the connection has credit for");
	s->recv_bytes -= (int64_t)len;
	used = SESSION_CONNECTION_BYTES - s->recv_bytes;
	if (used < SESSION_CONNECTION_BYTES / 2)
		return ST_OK;
	s->recv_bytes += used;
	return session_put_credit(s, 0, used, 0);
}

static enum st_code session_charge_stream(struct session *s, struct session_stream *st, size_t len)
{
	if ((int64_t)len > st->recv_bytes)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "CREDIT_EXCEEDED",
				   "more bytes came than stream %u has credit for", st->id);
	st->recv_bytes -= (int64_t)len;
	return ST_OK;
}

static enum st_code session_return_bytes(struct session *s, struct session_stream *st)
{
	int64_t used = SESSION_STREAM_BYTES - st->recv_bytes;

	if (st->ended_by_peer || used < SESSION_STREAM_BYTES / 2)
		return ST_OK;
	st->recv_bytes += used;
	return session_put_credit(s, st->id, used, 0);
}

/* Hands a whole message on. The stream may be gone afterwards. */
static void session_deliver(struct session *s, struct session_stream *st, uint8_t type,
			    struct slice message, bool end)
{
	const struct session_ops *ops = s->ops;
	uint32_t id = st->id;

	if (s->role == SESSION_SERVER && type == FRAME_REQUEST) {
		st->delivered = true;
		if (ops->on_request != NULL)
			ops->on_request(s, id, message);
	} else if (type == FRAME_RESPONSE) {
		if (end)
			session_stream_free(s, st);
		if (ops->on_response != NULL)
			ops->on_response(s, id, message, end);
	} else if (ops->on_message != NULL) {
		ops->on_message(s, id, message);
	}
}

/* Adds a part to the stream's message; with the last one the message is complete. */
static enum st_code session_part(struct session *s, struct session_stream *st, uint8_t type,
				 const struct frame *f)
{
	bool end = (f->flags & FRAME_END_STREAM) != 0, more = (f->flags & FRAME_MORE) != 0;
	size_t len = f->payload.len;
	struct buf whole;

	if (end && s->role == SESSION_SERVER)
		st->ended_by_peer = true;
	if (st->part.len + len > session_message_cap(s))
		return session_die(s, ST_RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE",
				   "a message may have %zu bytes now, this one has more",
				   session_message_cap(s));
	if (!more && st->part.len == 0) {
		st->part_type = 0;
		session_deliver(s, st, type, f->payload, end);
		return s->dead ? s->err.code : ST_OK;
	}
	if (s->role == SESSION_SERVER && s->parts + len > SESSION_PARTS_MAX)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE",
				   "too many long messages at a time");
	if (buf_append(&st->part, f->payload.data, len) != ST_OK)
		return session_die(s, ST_RESOURCE_EXHAUSTED, NULL, "there is no memory left");
	s->parts += len;
	st->part_type = type;
	if (more)
		return ST_OK;
	/* The message outlives its stream: the callback may end it. */
	whole = st->part;
	buf_init(&st->part, SESSION_MESSAGE_MAX);
	s->parts -= whole.len;
	st->part_type = 0;
	session_deliver(s, st, type, buf_peek(&whole), end);
	buf_fini(&whole);
	return s->dead ? s->err.code : ST_OK;
}

static enum st_code session_on_hello(struct session *s, const struct frame *f)
{
	if (s->hello_done)
		return session_offence(s, "the greeting came twice");
	if (s->role == SESSION_CLIENT && !s->hello_sent)
		return session_offence(s, "WELCOME came without HELLO");
	s->hello_done = true;
	s->phase = s->role == SESSION_SERVER ? PHASE_LOGIN : PHASE_OPEN;
	if (s->ops->on_hello != NULL)
		s->ops->on_hello(s, f->payload);
	return ST_OK;
}

static enum st_code session_on_request(struct session *s, const struct frame *f)
{
	struct session_stream *st;

	if (f->stream <= s->last_stream)
		return session_offence(s,
				       "the number of a new stream must be higher than all before");
	if (s->n_streams >= SESSION_STREAMS_MAX)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS",
				   "at most %d streams may be open", SESSION_STREAMS_MAX);
	st = session_stream_new(s, f->stream);
	if (st == NULL)
		return session_die(s, ST_RESOURCE_EXHAUSTED, NULL, "there is no memory left");
	return session_part(s, st, FRAME_REQUEST, f);
}

/* May a new message begin on this stream now? */
static enum st_code session_begin_message(struct session *s, struct session_stream *st,
					  const struct frame *f)
{
	if (s->role == SESSION_CLIENT && !st->answered)
		return session_offence(s, "a stream begins with RESPONSE");
	if (s->role == SESSION_CLIENT && (f->flags & FRAME_END_STREAM) != 0)
		return session_offence(s, "a stream of messages ends with STATUS");
	if (st->recv_messages <= 0)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "CREDIT_EXCEEDED",
				   "more messages came than stream %u has credit for", st->id);
	st->recv_messages--;
	return ST_OK;
}

static enum st_code session_on_data(struct session *s, const struct frame *f)
{
	struct session_stream *st = session_stream_find(s, f->stream);
	uint8_t type;

	ST_TRY(session_charge_connection(s, f->payload.len));
	if (st == NULL) {
		/* The client cannot know yet that the stream was ended. */
		if (s->role == SESSION_SERVER && f->stream <= s->last_stream)
			return ST_OK;
		return session_offence(s, "DATA came on a stream that is not open");
	}
	if (s->role == SESSION_SERVER && (st->ended_by_peer || st->cancelled))
		return session_offence(s, "DATA came after the end of what the client sends");
	ST_TRY(session_charge_stream(s, st, f->payload.len));
	type = st->part_type;
	if (type == 0)
		ST_TRY(session_begin_message(s, st, f));
	else if (f->payload.len == 0)
		return session_offence(s, "a part of a message is empty");
	else if (s->role == SESSION_CLIENT && type == FRAME_DATA &&
		 (f->flags & FRAME_END_STREAM) != 0)
		return session_offence(s, "a stream of messages ends with STATUS");
	if ((f->flags & FRAME_END_STREAM) == 0)
		ST_TRY(session_return_bytes(s, st));
	return session_part(s, st, type != 0 ? type : FRAME_DATA, f);
}

/* client: what the server sends on a stream, RESPONSE or STATUS. */
static enum st_code session_on_answer(struct session *s, const struct frame *f)
{
	struct session_stream *st = session_stream_find(s, f->stream);

	if (st == NULL)
		return session_offence(s, "an answer came on a stream that is not open");
	/* Once it was told that nobody wants the rest, the server may leave a message unfinished.
	 */
	if (st->part_type != 0 && !(st->cancelled && f->type == FRAME_STATUS))
		return session_offence(s, "an answer came in the middle of a message");
	if (f->type == FRAME_STATUS) {
		session_stream_free(s, st);
		if (s->ops->on_status != NULL)
			s->ops->on_status(s, f->stream, f->payload);
		return ST_OK;
	}
	if (st->answered)
		return session_offence(s, "RESPONSE came twice");
	st->answered = true;
	return session_part(s, st, FRAME_RESPONSE, f);
}

static enum st_code session_add_credit(struct session *s, int64_t *credit, uint32_t more)
{
	if (*credit + (int64_t)more > INT32_MAX)
		return session_die(s, ST_RESOURCE_EXHAUSTED, "CREDIT_EXCEEDED",
				   "credit adds up to more than 2^31-1");
	*credit += more;
	return ST_OK;
}

static enum st_code session_on_credit(struct session *s, const struct frame *f)
{
	struct session_stream *st = NULL;
	uint32_t bytes = frame_u32(f->payload.data), messages = frame_u32(f->payload.data + 4);

	if (bytes == 0 && (messages == 0 || f->stream == 0))
		ST_TRY(session_glitch(s, 1));
	if (f->stream == 0) {
		ST_TRY(session_add_credit(s, &s->send_bytes, bytes));
	} else {
		st = session_stream_find(s, f->stream);
		if (f->stream > s->last_stream)
			return session_offence(s, "CREDIT came for a stream that never was");
		if (st == NULL)
			return ST_OK; /* it has ended meanwhile */
		ST_TRY(session_add_credit(s, &st->send_bytes, bytes));
		ST_TRY(session_add_credit(s, &st->send_messages, messages));
	}
	ST_TRY(session_pump(s));
	if (s->ops->on_credit != NULL && (f->stream == 0 || session_stream_open(s, f->stream)))
		s->ops->on_credit(s, f->stream);
	return ST_OK;
}

static enum st_code session_on_cancel(struct session *s, const struct frame *f)
{
	struct session_stream *st = session_stream_find(s, f->stream);
	uint64_t now = clock_mono_ms(s->clock);

	if (s->cancels == 0 || now - s->cancels_since_ms >= SESSION_CANCELS_MS) {
		s->cancels = 0;
		s->cancels_since_ms = now;
	}
	if (++s->cancels > SESSION_CANCELS_MAX)
		ST_TRY(session_glitch(s, 1));
	if (f->stream > s->last_stream)
		return session_offence(s, "CANCEL came for a stream that never was");
	if (st == NULL || st->cancelled)
		return ST_OK;
	st->cancelled = true;
	session_part_drop(s, st);
	if (!st->delivered || st->ended_by_us)
		return session_cut_off(s, st);
	session_pending_drop(s, st);
	if (s->ops->on_cancel != NULL)
		s->ops->on_cancel(s, f->stream);
	return ST_OK;
}

static enum st_code session_on_ping(struct session *s, const struct frame *f)
{
	uint64_t now = clock_mono_ms(s->clock);
	bool early = s->pinged && now - s->last_ping_ms < SESSION_PING_MIN_MS;

	s->pinged = true;
	s->last_ping_ms = now;
	s->ping_strikes = early ? s->ping_strikes + 1 : 0;
	if (early)
		ST_TRY(session_glitch(
			s, s->ping_strikes > SESSION_PING_STRIKES ? SESSION_PING_WEIGHT : 1));
	return session_put(s, FRAME_PONG, 0, 0, f->payload);
}

static enum st_code session_on_pong(struct session *s, const struct frame *f)
{
	if (s->pings_out == 0)
		return session_glitch(s, 1);
	s->pings_out--;
	if (s->ops->on_pong != NULL)
		s->ops->on_pong(s, f->payload.data);
	return ST_OK;
}

static enum st_code session_on_goaway(struct session *s, const struct frame *f)
{
	s->going_away = true;
	if (s->ops->on_goaway != NULL)
		s->ops->on_goaway(s, f->payload);
	return ST_OK;
}

static enum st_code session_on_error(struct session *s, const struct frame *f)
{
	s->dead = true;
	(void)st_fail(&s->err, ST_UNAVAILABLE, "PEER_ERROR", NULL,
		      "the other end gave the connection up");
	if (s->ops->on_error != NULL)
		s->ops->on_error(s, f->payload);
	return s->err.code;
}

/* Does the frame belong to its sender, and is it time for it? */
static enum st_code session_admit(struct session *s, const struct frame_rule *rule)
{
	bool server = s->role == SESSION_SERVER;
	bool greeting = rule->type == FRAME_HELLO || rule->type == FRAME_WELCOME;

	if ((rule->who & (server ? FRAME_BY_CLIENT : FRAME_BY_SERVER)) == 0)
		return session_die(s, ST_INVALID_ARGUMENT, "PROTOCOL_ERROR",
				   "a %s does not send %s", server ? "client" : "server",
				   rule->name);
	if (!s->hello_done && !greeting && rule->type != FRAME_ERROR)
		return session_die(s, ST_INVALID_ARGUMENT, "PROTOCOL_ERROR",
				   "%s came before the greeting", rule->name);
	return ST_OK;
}

static enum st_code session_take(struct session *s, const struct frame *f)
{
	const struct frame_rule *rule = frame_rule(f->type);

	if (rule == NULL)
		return ST_OK; /* from 0x80 on: of a later version, to be skipped */
	ST_TRY(session_admit(s, rule));
	switch ((enum frame_type)f->type) {
	case FRAME_HELLO:
	case FRAME_WELCOME:
		return session_on_hello(s, f);
	case FRAME_REQUEST:
		return session_on_request(s, f);
	case FRAME_DATA:
		return session_on_data(s, f);
	case FRAME_RESPONSE:
	case FRAME_STATUS:
		return session_on_answer(s, f);
	case FRAME_CREDIT:
		return session_on_credit(s, f);
	case FRAME_CANCEL:
		return session_on_cancel(s, f);
	case FRAME_PING:
		return session_on_ping(s, f);
	case FRAME_PONG:
		return session_on_pong(s, f);
	case FRAME_GOAWAY:
		return session_on_goaway(s, f);
	case FRAME_ERROR:
		return session_on_error(s, f);
	}
	return ST_OK;
}

/* Judges what stands at the front of 'in' and handles it if it is a whole frame. */
static enum st_code session_parse(struct session *s, struct slice in, size_t *ret_used)
{
	struct st_err err = { 0 };
	struct frame f;

	if (frame_parse(s->phase, in, &f, ret_used, &err) != ST_OK) {
		if (in.data[0] == FRAME_MAGIC) {
			session_abort(s, &err);
		} else {
			s->dead = true; /* no peer of ours: not a word */
			s->err = err;
		}
		return err.code;
	}
	return *ret_used > 0 ? session_take(s, &f) : ST_OK;
}

/* Takes at least one byte from the front of 'bytes'. Frames that came whole are used where they
 * are; of others never more than the one frame is kept. */
static enum st_code session_step(struct session *s, struct slice *bytes)
{
	size_t used = 0, n;

	if (s->in.len == 0) {
		ST_TRY(session_parse(s, *bytes, &used));
		n = used > 0 ? used : bytes->len;
	} else {
		n = frame_need(buf_peek(&s->in)) - s->in.len;
		if (n > bytes->len)
			n = bytes->len;
	}
	if (used == 0 && buf_append(&s->in, bytes->data, n) != ST_OK)
		return session_die(s, ST_RESOURCE_EXHAUSTED, NULL, "there is no memory left");
	bytes->data += n;
	bytes->len -= n;
	if (used > 0)
		return ST_OK;
	ST_TRY(session_parse(s, buf_peek(&s->in), &used));
	buf_consume(&s->in, used);
	return ST_OK;
}

enum st_code session_feed(struct session *s, struct slice bytes)
{
	must(!s->feeding);
	if (s->dead)
		return s->err.code;
	s->last_heard_ms = clock_mono_ms(s->clock);
	s->feeding = true;
	while (bytes.len > 0 && !s->dead)
		(void)session_step(s, &bytes);
	s->feeding = false;
	if (s->dead)
		buf_release(&s->in);
	return s->dead ? s->err.code : ST_OK;
}
