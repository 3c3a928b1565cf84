#pragma once
/*
 * How the client library is put together; for client/lib only.
 *
 *   IDLE -> OPENING -> GREETING -> [RENEWING] -> OPEN -> CLOSING -> IDLE
 *
 * Calls wait in client->calls until the connection has come as far as they need: OPEN for calls of
 * the device, logged in (auth.Resume) for all others. Callbacks note what happened and call
 * client_pump(); ended calls move to client->ended and are handed out at one place,
 * client_settle().
 */
#include "client/lib/client.h"
#include "client/lib/line.h"
#include "common/list.h"
#include "common/session.h"

enum client_state {
	CLIENT_IDLE,
	CLIENT_OPENING,  /* lookup, TCP, TLS */
	CLIENT_GREETING, /* HELLO sent */
	CLIENT_RENEWING, /* device.Renew under way, nothing else is sent */
	CLIENT_OPEN,
	CLIENT_CLOSING,
};

enum call_state { CALL_WAITING, CALL_SENT, CALL_ENDED };

struct call {
	struct list link;
	struct client *client;
	const struct rpc_method *m; /* NULL: a PING */
	struct arena *mem;
	struct slice envelope; /* the packed Request */
	enum call_state state;
	uint32_t stream;
	unsigned sent;            /* times it went out */
	unsigned failed_connects; /* since it went out first */
	uint64_t deadline_ms, retry_at_ms;
	uint64_t sent_us;
	bool write, needs_login, internal, cancelled;
	struct st_err last; /* why the last attempt failed */
	bool (*on_message)(void *arg, const ProtobufCMessage *msg); /* NULL: unary */
	void (*done)(void *arg, struct call_result *r);
	void *arg;
	struct call_result result;
};

/* Where to connect and as whom. */
struct client_target {
	const char *host;
	int port;
	bool enrolling; /* the enrolment port: no certificate, no login, no renewal */
};

struct client {
	uv_loop_t *loop;
	struct client_target target;
	const struct profile *profile; /* NULL when enrolling */
	struct arena mem;              /* as long as the client */
	const char *cert_pem, *key_pem, *token;
	struct tls_context *ctx;
	enum client_state state;
	bool greeted; /* this connection has seen its WELCOME */
	bool known;   /* so has an earlier one */
	bool leaving; /* GOAWAY came, and no WELCOME since */
	bool logged_in, resuming, draining, timer_open, session_open, renew_tried;
	struct session session;
	struct line line;
	struct st_err why; /* why the last connection ended */
	uv_timer_t timer;
	struct list calls, ended;
	struct client_server server;
	uint64_t opened_us, greeted_us;
	uint64_t connect_at_ms; /* not before */
};

/* client.c */
enum st_code client_make(uv_loop_t *loop, const struct client_target *target,
			 struct tls_context *ctx, struct client **ret,
			 struct st_err *err) ST_MUSTCHECK;
/* Looks at everything from the loop's next turn on. */
void client_wake(struct client *c);
/* Ends the connection; what was sent is tried again or ends. */
void client_drop(struct client *c, const struct st_err *why);
/* A new certificate counts from the next connection on. */
enum st_code client_use_pair(struct client *c, const char *key_pem, const char *cert_pem,
			     struct st_err *err) ST_MUSTCHECK;

/* call.c */
enum st_code call_new(struct client *c, const struct rpc_method *m, const ProtobufCMessage *request,
		      const struct call_options *o, struct arena *mem, struct call **ret,
		      struct st_err *err) ST_MUSTCHECK;
/* Puts it in the queue. */
void call_enqueue(struct call *call);
void call_send(struct call *call);
/* A whole answer came. */
void call_on_response(struct call *call, struct slice message, bool end);
void call_on_message(struct call *call, struct slice message);
void call_on_status(struct call *call, struct slice message);
/* This attempt failed: waits for the next one or ends. 'answered': the server said so itself. */
void call_attempt_failed(struct call *call, const struct st_err *why, bool answered);
/* Moves it to client->ended. */
void call_end(struct call *call, const struct st_err *err);
/* When it ends without an answer. */
uint64_t call_deadline(const struct call *call);
void call_timed_out(struct call *call);

/* renew.c */
/* Is it time for a new certificate, and was that not tried yet? */
bool renew_is_due(const struct client *c);
/* True if a renewal was started; client_pump() goes on when it has ended. */
bool renew_start(struct client *c);
/* resume.c */
void resume_start(struct client *c);
/* Without a login to take up, calls that need one fail before anything is sent. */
void resume_refuse_strangers(struct client *c);
/* Follows logins and logouts that calls of the user bring about. */
void resume_note(struct client *c, const struct rpc_method *m);

/* retry.c: pure. How long to wait before the next attempt, or -1: no further one. */
struct retry_case {
	bool write;
	bool answered; /* the server answered this itself */
	bool greeted;  /* the connection had come as far as WELCOME */
	bool known;    /* an earlier one had */
	bool leaving;  /* the server said that it goes and is to be looked for again */
	bool login;    /* a call that proves identity is not repeated against a throttle */
	unsigned sent, failed_connects;
	enum st_code code;
	const char *reason;
	uint32_t retry_after_ms;
};
int retry_wait_ms(const struct retry_case *r);
