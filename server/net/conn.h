#pragma once
/*
 * One client's connection: socket, TLS, protocol session. Bytes in, requests out; knows no SQL and no users.
 *
 * What is above gives a struct conn_service. A request is answered exactly once with conn_respond(), or for a
 * stream with conn_respond(end=false), conn_send()..., conn_end(). Answers to streams that are gone are
 * dropped silently, so the service need not track that.
 *
 * States: handshake -> hello -> login -> open -> closing -> closed (conn.c draws them). A connection dies when
 * the handshake takes 5 s, HELLO 10 s, nothing is heard for 3 ping intervals, more than 4 MiB wait to be
 * written for 10 s. Reading stops while more than 1 MiB waits to be written.
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
	/* TLS is up; the device in its certificate ("" on the enrolment port) and the certificate's SHA-256. Non-OK: closed. */
	enum st_code (*opened)(void *arg, struct conn *c, struct st_err *err);
	/* HELLO came; put the packed WELCOME into *ret (borrowed until return). */
	enum st_code (*hello)(void *arg, struct conn *c, struct slice hello, struct slice *ret, struct st_err *err);
	/* A whole Request envelope; 'message' lives until return. */
	void (*request)(void *arg, struct conn *c, uint32_t stream, struct slice message);
	/* A message of an open stream (uploads); grant with conn_grant(). */
	void (*message)(void *arg, struct conn *c, uint32_t stream, struct slice message);
	void (*cancel)(void *arg, struct conn *c, uint32_t stream);
	/* conn_may_send() may have become true. */
	void (*credit)(void *arg, struct conn *c, uint32_t stream);
	/* The connection is gone; conn->user is the service's to release. Nothing may be called on c afterwards. */
	void (*closed)(void *arg, struct conn *c);
};

/* What the service may look at and keep its own pointer in. */
struct conn_info {
	uint64_t number;        /* for the log: conn=12 */
	char peer[64];          /* address */
	char device[UUID_TEXT]; /* "" on the enrolment port */
	uint8_t fingerprint[32];
	bool renew_only;        /* its certificate has expired: only device.Renew is possible */
	void *user;             /* the service's */
};
struct conn_info *conn_info(struct conn *c);

void conn_set_open(struct conn *c);  /* somebody logged in: larger frames */
void conn_set_login(struct conn *c); /* logged out again */
void conn_respond(struct conn *c, uint32_t stream, struct slice response, bool end);
bool conn_may_send(struct conn *c, uint32_t stream);
/* False: no credit; wait for the service's credit(). */
bool conn_send(struct conn *c, uint32_t stream, struct slice message);
void conn_end(struct conn *c, uint32_t stream, struct slice status);
void conn_grant(struct conn *c, uint32_t stream, uint32_t messages);
/* Says why (Fatal) and closes after flushing. */
void conn_abort(struct conn *c, const struct st_err *err);
/* How many requests it has running; at 32 further ones are refused by the service. */
