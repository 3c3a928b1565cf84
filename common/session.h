#pragma once
/*
 * One end of a steward/1 connection, without any I/O: bytes in, bytes and events out. Both ends use
 * it, tests and fuzzers drive it byte by byte. It keeps the rules of the protocol: order of frames,
 * stream numbers, credit, reassembly, pings; it knows nothing of methods or users.
 *
 *   session_init(&s, role, ops, owner)
 *   session_feed(&s, bytes)            -> calls ops, appends to s.out
 *   session_send_...(&s, ...)          -> appends to s.out
 *   owner writes buf_peek(&s.out) and consumes it
 *   session_fini(&s)
 *
 * s.dead tells that the session is over: an ERROR frame waits in s.out (unless the magic was wrong
 * or the peer sent ERROR itself: then nothing is said), the owner flushes it and closes. An error
 * of session_feed() always means that. What a session_send_...() refuses leaves the session as it
 * was, unless s.dead is set:
 *
 *   FAILED_PRECONDITION  not now: no greeting yet, no credit, answered already, ended
 *   NOT_FOUND            no such stream is open: it has ended meanwhile, or never was
 *   RESOURCE_EXHAUSTED   requests: all streams are taken; messages: too much waits to be written
 *   INVALID_ARGUMENT     the message is longer than messages may be
 *   UNAVAILABLE          requests: the server is about to leave, or the numbers are used up
 *
 * Life of a stream: client sends REQUEST (opens) -> server answers with RESPONSE+END_STREAM
 * (unary), or RESPONSE, DATA..., STATUS+END_STREAM (server stream). CANCEL asks for the end; the
 * stream counts until the server has ended it, so that a cancelled stream still occupies its place.
 * After CANCEL the client sends nothing on the stream; a request that is not complete by then is
 * answered by the session itself (CANCELLED) and never reaches the owner.
 *
 * A message longer than a frame goes on in DATA frames of its stream: every part but the last has
 * FRAME_MORE, the last has END_STREAM if the stream ends with it. Parts are sent 16 KiB at a time.
 * Credit: DATA frames of a sender cost bytes (stream and connection); a DATA frame that begins a
 * message costs one message. Parts that lack credit wait in the session. The receiver gives bytes
 * back as soon as it has put them together, messages when its owner has dealt with them
 * (session_grant).
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/frame.h"
#include "common/list.h"

#define SESSION_STREAMS_MAX 64
#define SESSION_STREAM_BYTES (64u << 10)
#define SESSION_STREAM_MESSAGES 32u
#define SESSION_CONNECTION_BYTES (1u << 20)
#define SESSION_MESSAGE_MAX (4u << 20)

enum session_role { SESSION_CLIENT, SESSION_SERVER };

struct session;

/* What happened. Called only from session_feed(). Slices live until the callback returns. NULL
 * slots are ignored. */
struct session_ops {
	/* server: HELLO arrived; answer with session_send_welcome(). client: WELCOME arrived. */
	void (*on_hello)(struct session *s, struct slice message);
	/* server: a whole request opened 'stream'. */
	void (*on_request)(struct session *s, uint32_t stream, struct slice message);
	/* client: the answer to 'stream'; end: nothing follows. */
	void (*on_response)(struct session *s, uint32_t stream, struct slice message, bool end);
	/* a whole message of a stream; grant it back when dealt with */
	void (*on_message)(struct session *s, uint32_t stream, struct slice message);
	/* client: the stream ended with this status */
	void (*on_status)(struct session *s, uint32_t stream, struct slice message);
	/* server: the client wants no more of this stream */
	void (*on_cancel)(struct session *s, uint32_t stream);
	/* credit came: session_may_send() may have become true for this stream (0: for all) */
	void (*on_credit)(struct session *s, uint32_t stream);
	void (*on_pong)(struct session *s, const uint8_t payload[8]);
	void (*on_goaway)(struct session *s, struct slice message);
	/* the peer's small offences have reached SESSION_GLITCH_WARN: comes once */
	void (*on_glitches)(struct session *s);
	/* the peer said the connection is beyond repair */
	void (*on_error)(struct session *s, struct slice message);
};

struct session_stream {
	struct list link;
	uint32_t id;
	bool delivered;     /* server: the whole request went to the owner */
	bool answered;      /* RESPONSE was sent (server), has begun to come (client) */
	bool ended_by_us;   /* the owner gave its last; parts of it may still wait for credit */
	bool ended_by_peer; /* server: the client said that it sends no more */
	bool cancelled;
	uint8_t part_type;  /* type of the message being put together, 0: none */
	struct buf part;    /* its bytes so far */
	struct buf pending; /* the rest of a message, waiting for credit */
	bool pending_end;   /* its last part ends the stream */
	bool status_waits;  /* 'status' follows when 'pending' is sent */
	struct buf status;
	int64_t send_bytes; /* credit we may still use */
	int64_t send_messages;
	int64_t recv_bytes; /* credit the peer may still use */
	int64_t recv_messages;
	uint32_t grant_due; /* messages dealt with, not yet given back */
};

struct session {
	enum session_role role;
	/* How much the peer may make us hold. HELLO or WELCOME moves it on to PHASE_LOGIN (server)
	 * or PHASE_OPEN (client), the owner from there: session_set_phase(). */
	enum frame_phase phase;
	const struct session_ops *ops;
	void *owner;
	struct buf in, out;
	size_t out_max; /* more than this never waits in 'out' and in streams together */
	struct list streams;
	unsigned n_streams;
	uint32_t last_stream;           /* highest number opened so far */
	uint32_t message_max;           /* largest message put together */
	int64_t send_bytes, recv_bytes; /* credit of the connection */
	size_t parts, pending;          /* bytes in 'part' and 'pending' of all streams */
	struct clock *clock;
	uint64_t last_ping_ms;  /* the peer's */
	uint64_t last_heard_ms; /* when bytes last came */
	uint64_t cancels_since_ms;
	unsigned cancels;      /* of the peer, in the ten seconds since then */
	unsigned ping_strikes; /* pings in a row that came too early */
	unsigned pings_out;    /* ours, not yet answered */
	unsigned glitches;     /* small offences; at SESSION_GLITCH_MAX the session ends */
	bool hello_done, hello_sent, pinged, feeding, dead;
	bool going_away;   /* client: GOAWAY came */
	struct st_err err; /* why it is dead */
};

#define SESSION_CHUNK (16u << 10)     /* most payload that is sent in one frame */
#define SESSION_PARTS_MAX (16u << 20) /* server: bytes of unfinished messages of one connection */
#define SESSION_GLITCH_MAX 100
#define SESSION_GLITCH_WARN 75 /* of them: time to ask the peer to leave */
#define SESSION_PING_MIN_MS 5000
#define SESSION_CANCELS_MAX 100 /* in SESSION_CANCELS_MS */
#define SESSION_CANCELS_MS 10000

/* 'ops' and 'clock' are borrowed. The struct must stay where it is until session_fini(). */
void session_init(struct session *s, enum session_role role, const struct session_ops *ops,
		  void *owner, struct clock *clock, size_t out_max);
void session_fini(struct session *s);

/* Takes all of 'bytes'. Callbacks may send, but must not call session_fini(). */
enum st_code session_feed(struct session *s, struct slice bytes) ST_MUSTCHECK;
void session_set_phase(struct session *s, enum frame_phase phase);

/* HELLO (client) or WELCOME (server): a packed message of at most 4 KiB. The client may send
 * requests right behind it, the server nothing before it. */
enum st_code session_send_hello(struct session *s, struct slice message) ST_MUSTCHECK;
/* client: opens a stream. */
enum st_code session_send_request(struct session *s, struct slice message,
				  uint32_t *ret_stream) ST_MUSTCHECK;
/* server: answers. end = true closes the stream. */
enum st_code session_send_response(struct session *s, uint32_t stream, struct slice message,
				   bool end) ST_MUSTCHECK;
/* One message of a stream. Only when session_may_send(); otherwise FAILED_PRECONDITION. */
enum st_code session_send_message(struct session *s, uint32_t stream,
				  struct slice message) ST_MUSTCHECK;
bool session_may_send(const struct session *s, uint32_t stream);
/* server: ends a server stream with a packed Status (at most 16 KiB), behind what still waits for
 * credit. */
enum st_code session_send_status(struct session *s, uint32_t stream,
				 struct slice message) ST_MUSTCHECK;
/* client: asks for the end of a stream. Unknown or ended streams are ignored. */
enum st_code session_send_cancel(struct session *s, uint32_t stream) ST_MUSTCHECK;
enum st_code session_send_ping(struct session *s, const uint8_t payload[8]) ST_MUSTCHECK;
enum st_code session_send_goaway(struct session *s, struct slice message) ST_MUSTCHECK;
/* Says why and makes the session dead. 'code', 'reason', 'message' travel as steward.Fatal. */
void session_abort(struct session *s, const struct st_err *err);
/* The owner has dealt with 'messages' messages of a stream: the peer may send as many more. Streams
 * that are gone are ignored; more than came is FAILED_PRECONDITION. */
enum st_code session_grant(struct session *s, uint32_t stream, uint32_t messages) ST_MUSTCHECK;
/* Is the stream still open (not ended by the server)? */
bool session_stream_open(const struct session *s, uint32_t stream);
/* Bytes that wait: to be written, and for credit. */
size_t session_waiting(const struct session *s);
