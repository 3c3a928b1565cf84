#include "server/net/conn.h"

#include <string.h>

#include "common/log.h"
#include "proto/envelope.pb-c.h"
#include "server/net/net_impl.h"

#define HANDSHAKE_MS 5000u
#define HELLO_MS 10000u
#define FRAME_MS 30000u
#define PING_MS 60000u
#define SILENCE_MS (3 * PING_MS)
#define STALL_MS 30000u
#define HARD_WAIT_MS 10000u
#define CLOSE_MS 5000u
#define REFUSE_MS 2000u
#define ENROLMENT_MS 120000u
#define FAREWELL_MS 2000u
#define GLITCH_RECONNECT_MS 1000u
#define PRESSED_STALL_MS 2000u
#define OFFENCES_MAX 200u
#define OFFENCES_MS 10000u

#define HARD_WAIT_BYTES (4u << 20)

#define BIT(n) (1u << (n))

static const uint8_t farewell_ping[8] = { 'f', 'a', 'r', 'e', 'w', 'e', 'l', 'l' };
static const uint8_t alive_ping[8] = { 'a', 'l', 'i', 'v', 'e' };

static const struct {
	const char *name;
	unsigned next; /* states it may go to */
} conn_states[] = {
	[CONN_HANDSHAKE] = { "handshake", BIT(CONN_HELLO) | BIT(CONN_CLOSING) | BIT(CONN_CLOSED) },
	[CONN_HELLO] = { "hello", BIT(CONN_LOGIN) | BIT(CONN_CLOSING) | BIT(CONN_CLOSED) },
	[CONN_LOGIN] = { "login", BIT(CONN_OPEN) | BIT(CONN_CLOSING) | BIT(CONN_CLOSED) },
	[CONN_OPEN] = { "open", BIT(CONN_LOGIN) | BIT(CONN_CLOSING) | BIT(CONN_CLOSED) },
	[CONN_CLOSING] = { "closing", BIT(CONN_CLOSED) },
	[CONN_CLOSED] = { "closed", 0 },
};

static void conn_on_credit(struct session *session, uint32_t stream);

/* ---- states ---------------------------------------------------------------------------------- */

void conn_move(struct conn *c, enum conn_state to)
{
	must((conn_states[c->state].next & BIT(to)) != 0);
	log_debug("conn=%llu port=%d state=%s>%s", (unsigned long long)c->info.number,
		  c->listener->port, conn_states[c->state].name, conn_states[to].name);
	c->state = to;
	c->state_ms = conn_now(c);
}

bool conn_is_live(const struct conn *c)
{
	return c->state < CONN_CLOSING;
}

uint64_t conn_now(const struct conn *c)
{
	return clock_mono_ms(c->listener->clock);
}

void conn_close(struct conn *c, const struct st_err *why)
{
	bool stranger = c->state == CONN_HANDSHAKE;

	if (!conn_is_live(c))
		return;
	if (why != NULL)
		st_keep_first(&c->why, why);
	conn_move(c, CONN_CLOSING);
	c->close_by_ms = c->state_ms + (stranger ? REFUSE_MS : CLOSE_MS);
	conn_touch(c);
}

void conn_abort(struct conn *c, const struct st_err *err)
{
	if (!conn_is_live(c))
		return;
	session_abort(&c->session, err);
	conn_close(c, err);
}

void conn_touch(struct conn *c)
{
	if (c->state != CONN_CLOSED && list_empty(&c->dirty_link))
		list_push(&c->listener->dirty, &c->dirty_link);
}

void conn_settle(struct conn *c)
{
	if (conn_is_live(c)) {
		if (c->session.dead)
			conn_close(c, &c->session.err);
		else if (c->farewell == FAREWELL_LAST && c->session.n_streams == 0)
			conn_close(c, NULL);
	}
	conn_flush(c);
	conn_gate(c);
	if (c->starved && conn_is_live(c) &&
	    session_waiting(&c->session) <= c->session.out_max / 2) {
		c->starved = false;
		conn_on_credit(&c->session, 0);
	}
}

/* Every call into the session ends here: some errors have made it dead. Returns what it was given.
 */
static enum st_code conn_after(struct conn *c, enum st_code code)
{
	if (c->session.dead)
		conn_close(c, &c->session.err);
	conn_touch(c);
	return code;
}

/* ---- what is logged -------------------------------------------------------------------------- */

void conn_log_open(const struct conn *c)
{
	log_info("conn=%llu port=%d peer=%s device=%s event=open%s",
		 (unsigned long long)c->info.number, c->listener->port, c->info.peer,
		 c->info.device[0] != '\0' ? c->info.device : "-",
		 c->info.renew_only ? " certificate=expired" : "");
}

void conn_log_close(struct conn *c)
{
	struct listener *l = c->listener;

	if (!c->opened && l->log_left == 0) {
		l->n_unlogged++; /* strangers must not fill the log */
		return;
	}
	if (!c->opened)
		l->log_left--;
	log_info("conn=%llu port=%d peer=%s device=%s event=close code=%s why=%s ms=%llu",
		 (unsigned long long)c->info.number, l->port, c->info.peer,
		 c->info.device[0] != '\0' ? c->info.device : "-", st_code_name(c->why.code),
		 LOGQ(c->why.code == ST_OK ? "done" : c->why.message),
		 (unsigned long long)(conn_now(c) - c->born_ms));
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* Fills in who the certificate says it is. */
static enum st_code conn_identify(struct conn *c, struct st_err *err)
{
	int64_t left = 0;

	if (c->listener->enrolment)
		return ST_OK;
	if (!tls_peer_device(&c->tls, c->info.device) ||
	    !tls_peer_fingerprint(&c->tls, c->info.fingerprint, &left))
		return st_fail(err, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED", NULL,
			       "the certificate names no device");
	c->info.renew_only = left < 0;
	return ST_OK;
}

void conn_on_ready(struct conn *c)
{
	const struct conn_service *s = c->listener->service;
	struct st_err err = { 0 };

	conn_move(c, CONN_HELLO);
	if (conn_identify(c, &err) != ST_OK || s->opened(s->arg, c, &err) != ST_OK) {
		conn_abort(c, &err);
		return;
	}
	c->opened = true;
	if (!c->listener->enrolment)
		listener_on_known(c->listener, c);
	conn_log_open(c);
}

/* ---- what the session tells ------------------------------------------------------------------ */

static void conn_on_hello(struct session *session, struct slice message)
{
	struct conn *c = session->owner;
	const struct conn_service *s = c->listener->service;
	struct slice welcome = { 0 };
	struct st_err err = { 0 };

	if (!conn_is_live(c))
		return;
	if (s->hello(s->arg, c, message, &welcome, &err) != ST_OK) {
		conn_abort(c, &err);
		return;
	}
	if (!conn_is_live(c))
		return;
	conn_move(c, CONN_LOGIN);
	(void)conn_after(c, session_send_hello(session, welcome));
}

/* What the connection itself answers to a request, without the service. */
static void conn_refuse(struct conn *c, uint32_t stream, enum st_code code, const char *reason,
			const char *sentence)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;
	uint8_t packed[256];

	r.has_code = true;
	r.code = code;
	r.reason = (char *)reason;
	r.message = (char *)sentence;
	must(steward__response__get_packed_size(&r) <= sizeof(packed));
	(void)conn_after(c, session_send_response(
				    &c->session, stream,
				    slice_of(packed, steward__response__pack(&r, packed)), true));
}

static void conn_on_request(struct session *session, uint32_t stream, struct slice message)
{
	struct conn *c = session->owner;
	const struct conn_service *s = c->listener->service;

	if (!conn_is_live(c))
		return;
	if (c->farewell == FAREWELL_LAST)
		conn_refuse(c, stream, ST_UNAVAILABLE, "GOING_AWAY",
			    "the server is going away: connect again in a moment");
	else
		s->request(s->arg, c, stream, message);
}

static void conn_on_message(struct session *session, uint32_t stream, struct slice message)
{
	struct conn *c = session->owner;
	const struct conn_service *s = c->listener->service;

	if (conn_is_live(c) && s->message != NULL)
		s->message(s->arg, c, stream, message);
}

static void conn_on_cancel(struct session *session, uint32_t stream)
{
	struct conn *c = session->owner;
	const struct conn_service *s = c->listener->service;

	if (conn_is_live(c) && s->cancel != NULL)
		s->cancel(s->arg, c, stream);
}

static void conn_on_credit(struct session *session, uint32_t stream)
{
	struct conn *c = session->owner;
	const struct conn_service *s = c->listener->service;

	if (conn_is_live(c) && s->credit != NULL)
		s->credit(s->arg, c, stream);
}

static void conn_on_error(struct session *session, struct slice message)
{
	struct conn *c = session->owner;
	struct st_err err;

	/* Its words are not repeated: they are a stranger's, and our log is ours. */
	(void)st_fail(&err, ST_CANCELLED, "CLIENT_GAVE_UP", NULL,
		      "the client reported a fault and left");
	conn_close(c, &err);
}

/* ---- farewell -------------------------------------------------------------------------------- */

/* Streams above 'last' will not be served. */
static void conn_send_goaway(struct conn *c, uint32_t last)
{
	uint64_t now = conn_now(c);
	Steward__Goaway g = STEWARD__GOAWAY__INIT;
	uint8_t packed[512];

	g.has_last_stream = g.has_code = g.has_reconnect_after_ms = g.has_hard_stop_ms = true;
	g.last_stream = last;
	g.code = c->unwelcome ? ST_RESOURCE_EXHAUSTED : ST_UNAVAILABLE;
	g.reconnect_after_ms = c->reconnect_ms;
	g.hard_stop_ms = c->listener->close_by_ms > now ? (uint32_t)(c->listener->close_by_ms - now)
							: 0;
	g.message = c->unwelcome ? (char *)"too many small offences against the protocol: finish, "
					   "then connect again"
				 : (char *)"the server is going away: finish, then connect again";
	must(steward__goaway__get_packed_size(&g) <= sizeof(packed));
	(void)conn_after(c,
			 session_send_goaway(&c->session,
					     slice_of(packed, steward__goaway__pack(&g, packed))));
}

void conn_part(struct conn *c, uint32_t reconnect_after_ms)
{
	struct st_err err = { 0 };

	c->reconnect_ms = reconnect_after_ms;
	(void)st_fail(&err, ST_UNAVAILABLE, "GOING_AWAY", NULL,
		      "the server is going away: connect again in a moment");
	switch (c->state) {
	case CONN_HANDSHAKE:
		conn_cut(c, &err);
		break;
	case CONN_HELLO:
		conn_abort(c, &err);
		break;
	case CONN_LOGIN:
	case CONN_OPEN:
		conn_send_goaway(c, FRAME_STREAM_MAX);
		if (conn_is_live(c))
			(void)conn_after(c, session_send_ping(&c->session, farewell_ping));
		c->farewell = FAREWELL_WARNED;
		c->warned_ms = conn_now(c);
		break;
	default:
		break;
	}
}

/* Three quarters of what a client may do wrong are used up: it is asked to leave, as by a port that
 * closes. A decent one whose clock or line plays tricks begins anew; of another one, the rest of
 * what it may do wrong ends the connection at once. */
static void conn_on_glitches(struct session *session)
{
	struct conn *c = session->owner;

	if ((c->state != CONN_LOGIN && c->state != CONN_OPEN) || c->farewell != FAREWELL_NONE)
		return;
	c->unwelcome = true;
	conn_part(c, GLITCH_RECONNECT_MS);
}

/* Whatever the client had sent before it read the warning has arrived. */
static void conn_part_last(struct conn *c)
{
	c->farewell = FAREWELL_LAST;
	conn_send_goaway(c, c->session.last_stream);
}

static void conn_on_pong(struct session *session, const uint8_t payload[8])
{
	struct conn *c = session->owner;

	if (conn_is_live(c) && c->farewell == FAREWELL_WARNED &&
	    memcmp(payload, farewell_ping, 8) == 0)
		conn_part_last(c);
}

const struct session_ops conn_session_ops = {
	.on_hello = conn_on_hello,
	.on_request = conn_on_request,
	.on_message = conn_on_message,
	.on_cancel = conn_on_cancel,
	.on_credit = conn_on_credit,
	.on_pong = conn_on_pong,
	.on_glitches = conn_on_glitches,
	.on_error = conn_on_error,
};

/* ---- limits of time -------------------------------------------------------------------------- */

static void conn_expire(struct conn *c, const char *reason, const char *sentence)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, ST_DEADLINE_EXCEEDED, reason, NULL, "%s", sentence);
	if (c->state == CONN_HANDSHAKE)
		conn_cut(c, &err);
	else
		conn_abort(c, &err);
}

/* Bytes that the client does not fetch, or gives no credit for. */
static void conn_sweep_waiting(struct conn *c, uint64_t now)
{
	size_t waiting = conn_waiting(c), all = waiting + c->session.pending;
	uint64_t stall_ms = c->listener->pressed ? PRESSED_STALL_MS : STALL_MS;
	struct st_err err = { 0 };

	if (all == 0 || all < c->queued)
		c->moved_ms = now;
	c->queued = all;
	if (waiting <= HARD_WAIT_BYTES)
		c->waited_ms = 0;
	else if (c->waited_ms == 0)
		c->waited_ms = now;
	if ((c->waited_ms != 0 && now - c->waited_ms >= HARD_WAIT_MS) ||
	    (all > 0 && now - c->moved_ms >= stall_ms)) {
		(void)st_fail(&err, ST_RESOURCE_EXHAUSTED, "SLOW_READER", NULL,
			      "the client does not fetch its answers");
		conn_cut(c, &err); /* it would not read our reasons either */
	}
}

/* A client that was heard of is alive; one that was not is asked, then given up. */
static void conn_sweep_alive(struct conn *c, uint64_t now)
{
	uint64_t since = c->heard_ms > c->pinged_ms ? c->heard_ms : c->pinged_ms;
	struct st_err err = { 0 };

	if (c->reading && now - c->heard_ms >= SILENCE_MS) {
		(void)st_fail(&err, ST_DEADLINE_EXCEEDED, "SILENCE", NULL,
			      "the client has not been heard of for %u s", SILENCE_MS / 1000);
		conn_cut(c, &err);
	} else if (now - since >= PING_MS) {
		c->pinged_ms = now;
		(void)conn_after(c, session_send_ping(&c->session, alive_ping));
	}
}

static void conn_sweep_served(struct conn *c, uint64_t now)
{
	if (c->listener->enrolment && now - c->born_ms >= ENROLMENT_MS) {
		conn_expire(c, "ENROLMENT_TIME", "enrolment took too long: begin again");
		return;
	}
	if (c->farewell == FAREWELL_WARNED && now - c->warned_ms >= FAREWELL_MS)
		conn_part_last(c);
	if (conn_is_live(c))
		conn_sweep_waiting(c, now);
	if (conn_is_live(c))
		conn_sweep_alive(c, now);
}

void conn_sweep(struct conn *c, uint64_t now)
{
	switch (c->state) {
	case CONN_HANDSHAKE:
		if (now - c->born_ms >= HANDSHAKE_MS)
			conn_expire(c, "HANDSHAKE_TIME", "the handshake took too long");
		return;
	case CONN_HELLO:
		if (now - c->state_ms >= HELLO_MS)
			conn_expire(c, "HELLO_TIME", "no HELLO came in time");
		break;
	case CONN_LOGIN:
	case CONN_OPEN:
		conn_sweep_served(c, now);
		break;
	case CONN_CLOSING:
		if (now >= c->close_by_ms)
			conn_cut(c, NULL);
		return;
	default:
		return;
	}
	if (conn_is_live(c) && c->reading && c->frame_ms != 0 && now - c->frame_ms >= FRAME_MS)
		conn_expire(c, "FRAME_TIME", "a frame took too long to arrive");
}

/* ---- what the service calls ------------------------------------------------------------------ */

struct conn_info *conn_info(struct conn *c)
{
	return &c->info;
}

unsigned conn_running(const struct conn *c)
{
	return c->session.n_streams;
}

void conn_offend(struct conn *c)
{
	uint64_t now = conn_now(c);
	struct st_err err = { 0 };

	if (now - c->offences_ms >= OFFENCES_MS) {
		c->offences_ms = now;
		c->offences = 0;
	}
	if (++c->offences < OFFENCES_MAX)
		return;
	(void)st_fail(&err, ST_RESOURCE_EXHAUSTED, "TOO_MANY_REFUSALS", NULL,
		      "%u calls were refused within %u s and the client goes on", OFFENCES_MAX,
		      OFFENCES_MS / 1000);
	conn_abort(c, &err);
}

void conn_set_open(struct conn *c)
{
	if (c->state != CONN_LOGIN)
		return;
	session_set_phase(&c->session, PHASE_OPEN);
	conn_move(c, CONN_OPEN);
}

void conn_set_login(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	session_set_phase(&c->session, PHASE_LOGIN);
	conn_move(c, CONN_LOGIN);
}

/* Answers to streams that are gone are dropped. */
static bool conn_has_stream(const struct conn *c, uint32_t stream)
{
	return conn_is_live(c) && !c->session.dead && session_stream_open(&c->session, stream);
}

void conn_respond(struct conn *c, uint32_t stream, struct slice response, bool end)
{
	enum st_code code;

	if (!conn_has_stream(c, stream))
		return;
	code = conn_after(c, session_send_response(&c->session, stream, response, end));
	if (code == ST_INVALID_ARGUMENT && conn_is_live(c))
		conn_refuse(c, stream, ST_RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE",
			    "the answer is larger than a message may be: ask for less at a time");
}

bool conn_may_send(struct conn *c, uint32_t stream)
{
	return conn_has_stream(c, stream) && !c->starved && session_may_send(&c->session, stream);
}

bool conn_send(struct conn *c, uint32_t stream, struct slice message)
{
	enum st_code code;

	must(message.len <= SESSION_MESSAGE_MAX);
	if (!conn_may_send(c, stream))
		return false;
	code = conn_after(c, session_send_message(&c->session, stream, message));
	if (code == ST_RESOURCE_EXHAUSTED && conn_is_live(c))
		c->starved = true; /* credit() comes when there is room */
	return code == ST_OK;
}

void conn_end(struct conn *c, uint32_t stream, struct slice status)
{
	if (conn_has_stream(c, stream))
		(void)conn_after(c, session_send_status(&c->session, stream, status));
}

void conn_grant(struct conn *c, uint32_t stream, uint32_t messages)
{
	if (conn_has_stream(c, stream))
		(void)conn_after(c, session_grant(&c->session, stream, messages));
}
