#pragma once
/*
 * A real port on the loopback, a service that notes what happens, and a small client made of tls.c
 * and session.c, all on one loop. Time is the rig's: rig_pass() moves it and lets the port look at
 * its clocks.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/session.h"
#include "common/tls.h"
#include "server/net/conn.h"
#include "server/net/listener.h"
#include "tests/unit/common/tls_rig.h"

#define RIG_HELD 64

struct rig {
	struct clock clock; /* first: the port's clock is this */
	uint64_t now_ms;
	uv_loop_t loop;
	uv_timer_t watchdog, rest;
	struct keys *keys;
	struct tls_context *tls;
	struct listener *listener;
	bool listening, closed; /* its close callback came */
	struct conn_service service;
	/* what the service saw */
	unsigned opened, hellos, requests, cancels, credits, messages, gone;
	struct conn *conn;     /* the newest, NULL when it is gone */
	struct conn_info last; /* copy of what the newest was */
	struct {
		struct conn *conn;
		uint32_t stream;
	} held[RIG_HELD]; /* requests that wait for rig_answer() */
	unsigned n_held;
	bool refuse_open, refuse_hello;
	char request[64]; /* beginning of the last one */
	size_t request_len;
};

/* What a request's text makes the service do:
 *   "hold..."   kept for rig_answer()      "login"   conn_set_open(), answered
 *   "big..."    4 MiB come back            "huge"    more than a message may have
 *   "abort"     the connection is aborted  "stream"  answered, stays open
 *   "offend"    conn_offend(), answered
 *   all else    comes back as it is */

struct rig_options {
	struct tls_options tls;
	const char *host; /* NULL: 127.0.0.1 */
	unsigned max_conns;
	bool enrolment;
};

/* The work port's. */
struct rig_options rig_work(struct keys *k);
struct rig_options rig_enrol(struct keys *k);
void rig_open(struct rig *r, struct keys *k, struct rig_options o);
/* Closes the port if it still is open; all handles must have gone. */
void rig_close(struct rig *r);
/* Begins listener_close(). */
void rig_leave(struct rig *r, unsigned grace_ms);
/* Moves the clock, has the port look at it, rests. */
void rig_pass(struct rig *r, uint64_t ms);
void rig_turn(struct rig *r);
/* Turns the loop until the condition holds; a watchdog ends the test if it never does. */
#define rig_until(r, cond)           \
	do {                         \
		while (!(cond))      \
			rig_turn(r); \
	} while (0)
/* Gives what is under way 10 ms to arrive: for seeing that something does not happen. What must
 * happen is awaited with rig_until(). */
void rig_rest(struct rig *r);
/* Answers the oldest held request. */
void rig_answer(struct rig *r, const char *text);

struct client {
	struct rig *rig;
	uv_tcp_t tcp;
	uv_connect_t connect_req;
	struct tls_context *ctx;
	struct tls tls;
	struct session session;
	bool raw;  /* no TLS: bytes go as they are */
	bool open; /* has a socket that is not closing */
	bool connected, eof, reset;
	bool deaf;       /* does not read */
	uint8_t got[64]; /* raw: first bytes that came */
	size_t n_got;
	unsigned welcomes, responses, ends, messages, statuses, goaways, errors, pongs;
	size_t response_len;
	char response[200]; /* beginning of the last one */
	char error[400];    /* sentence of the ERROR frame */
	uint32_t goaway_last[4];
	int32_t goaway_code; /* of the last one */
	int32_t code;        /* of the last response, when it was a packed Response */
};

/* Connects; with TLS the handshake begins by itself. */
void client_open(struct client *c, struct rig *r, struct tls_options o);
/* From a loopback address of its own, without TLS. */
void client_open_raw(struct client *c, struct rig *r, const char *from);
/* Greets, and waits for WELCOME. */
void client_greet(struct client *c);
/* Opens, shakes hands, greets. */
void client_enter(struct client *c, struct rig *r);
uint32_t client_request(struct client *c, const char *text);
/* Plaintext of the test's own making, through TLS. */
void client_write(struct client *c, const void *data, size_t n);
/* A frame of the test's own making. */
void client_frame(struct client *c, uint8_t type, uint32_t stream, const void *payload, size_t n);
void client_write_raw(struct client *c, const void *data, size_t n);
/* Sends what waits in the session. */
void client_flush(struct client *c);
void client_listen(struct client *c, bool on);
/* The connection is at its end, whichever way. */
bool client_ended(const struct client *c);
/* Closes the socket and frees; waits until the handle is gone. */
void client_close(struct client *c);
