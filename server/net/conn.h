#pragma once
/*
 * One client's connection: socket, TLS, protocol session. Bytes in, requests out; knows no SQL and
 * no users.
 *
 * What is above gives a struct conn_service. A request is answered exactly once with
 * conn_respond(), or for a stream with conn_respond(end=false), conn_send()..., conn_end(). Answers
 * to streams that are gone are dropped silently, so the service need not track that.
 *
 * States: handshake -> hello -> login -> open -> closing -> closed (net_impl.h draws them). A
 * connection dies when the handshake takes 5 s, HELLO 10 s, one frame 30 s, nothing is heard for 3
 * ping intervals, more than 4 MiB wait to be written for 10 s, or nothing of what waits is fetched
 * for 30 s. Reading stops while more than 1 MiB waits to be written. While more than 32 MiB wait
 * for all clients of the port, reading stops at 64 KiB, and nothing fetched for 2 s is enough to be
 * given up. On the enrolment port nobody stays longer than 2 minutes.
 */
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "common/err.h"
#include "common/session.h"
#include "common/uuid.h"

struct conn;
struct listener;

struct conn_service {
	void *arg;
	/* TLS is up; conn_info() has the device in its certificate ("" on the enrolment port) and
	 * the certificate's SHA-256. Non-OK: the client is told, the connection closes, and
	 * closed() will not be called. */
	enum st_code (*opened)(void *arg, struct conn *c, struct st_err *err);
	/* HELLO came; put the packed WELCOME into *ret (borrowed until return). */
	enum st_code (*hello)(void *arg, struct conn *c, struct slice hello, struct slice *ret,
			      struct st_err *err);
	/* A whole Request envelope; 'message' lives until return. */
	void (*request)(void *arg, struct conn *c, uint32_t stream, struct slice message);
	/* A message of an open stream (uploads); grant with conn_grant(). This one and the next two
	 * may be NULL. */
	void (*message)(void *arg, struct conn *c, uint32_t stream, struct slice message);
	void (*cancel)(void *arg, struct conn *c, uint32_t stream);
	/* conn_may_send() may have become true. */
	void (*credit)(void *arg, struct conn *c, uint32_t stream);
	/* The connection is gone; info->user is the service's to release. Nothing may be called on
	 * c afterwards. Comes from the loop, never from inside a conn_...() call, once for every
	 * opened() that gave ST_OK. */
	void (*closed)(void *arg, struct conn *c);
};

/* What the service may look at and keep its own pointer in. */
struct conn_info {
	uint64_t number;        /* for the log: conn=12 */
	char peer[64];          /* address */
	char device[UUID_TEXT]; /* "" on the enrolment port */
	uint8_t fingerprint[32];
	bool renew_only; /* its certificate has expired: only device.Renew is possible */
	void *user;      /* the service's */
};
struct conn_info *conn_info(struct conn *c);

/* All of these may be called at any time between opened() and the return of closed(), also from
 * inside the service's functions; they only note what is to be done, the bytes move at the end of
 * the loop's turn. */
void conn_set_open(struct conn *c);  /* somebody logged in: larger frames */
void conn_set_login(struct conn *c); /* logged out again */
void conn_respond(struct conn *c, uint32_t stream, struct slice response, bool end);
bool conn_may_send(struct conn *c, uint32_t stream);
/* False: no credit, or the stream is gone; wait for the service's credit(), cancel() or closed().
 */
bool conn_send(struct conn *c, uint32_t stream, struct slice message);
void conn_end(struct conn *c, uint32_t stream, struct slice status);
void conn_grant(struct conn *c, uint32_t stream, uint32_t messages);
/* Says why (Fatal) and closes after flushing. */
void conn_abort(struct conn *c, const struct st_err *err);
/* How many requests it has running; at 32 further ones are refused by the service. */
unsigned conn_running(const struct conn *c);
/* It asked for what it knows it will not get: at 200 times within ten seconds it is sent away, for
 * refusing costs time that others wait for. */
void conn_offend(struct conn *c);
