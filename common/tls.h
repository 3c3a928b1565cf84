#pragma once
/*
 * TLS 1.3 without any I/O: ciphertext in, plaintext out, and back. OpenSSL is met here and in the
 * daemon's certificate authority, nowhere else. TLS 1.3 only, no tickets, no early data, no
 * compression; ALPN is required on both sides and checked after the handshake.
 *
 *   tls_context_new(...) once      tls_init(&t, ctx, ...) per connection
 *   tls_feed(&t, ciphertext)  -> tls_state(), then tls_read() until it gives 0
 *   tls_write(&t, plaintext)
 *   t.out holds ciphertext to send: the owner writes and consumes it
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define ALPN_WORK "steward/1"
#define ALPN_ENROL "steward-enroll/1"

struct tls_context; /* certificate, key, trust, ALPN of one listener or one client profile */

enum tls_peer_check {
	TLS_PEER_REQUIRED, /* the peer's certificate must be signed by our root */
	TLS_PEER_PINNED,   /* client only: the chain's root must have this SPKI SHA-256 */
	TLS_PEER_NONE,     /* server only: enrolment port */
};

struct tls_options {
	bool server;
	/* File contents; NULL on an enrolling client. Certificates behind the first are sent along,
	 * a self-signed one only with TLS_PEER_NONE: an enrolling device needs the root for its
	 * pin, all others have it. */
	const char *cert_pem, *key_pem;
	const char *root_pem; /* trusted; NULL with TLS_PEER_PINNED or TLS_PEER_NONE */
	const char *alpn;     /* the one protocol spoken here */
	/* client: name or address the server's certificate must carry; NULL: any */
	const char *host;
	enum tls_peer_check peer;
	/* TLS_PEER_PINNED: 16 bytes, first half of SHA-256 over the root's SPKI */
	const uint8_t *pin;
	/* server: a device certificate this long expired is let in; tls_peer_fingerprint() tells
	 * (renewal only) */
	int expired_grace_days;
};

enum st_code tls_context_new(const struct tls_options *o, struct tls_context **ret,
			     struct st_err *err) ST_MUSTCHECK;
/* NULL is fine; live connections keep their share. */
void tls_context_free(struct tls_context *ctx);

struct tls {
	void *ssl;               /* SSL * */
	struct tls_context *ctx; /* its share of it */
	struct buf in;           /* ciphertext not yet decrypted */
	struct buf out;          /* ciphertext to send */
	bool ready;              /* handshake done, ALPN and peer checked */
	bool closed;             /* close_notify came (err is ST_OK), or a fatal error */
	struct st_err err;
};

/* The struct must stay where it is until tls_fini(). */
enum st_code tls_init(struct tls *t, struct tls_context *ctx, struct st_err *err) ST_MUSTCHECK;
void tls_fini(struct tls *t);
/* Takes ciphertext, moves the handshake on. On an error an alert may wait in t->out. */
enum st_code tls_feed(struct tls *t, struct slice in) ST_MUSTCHECK;
/* client: makes the first flight. */
enum st_code tls_start(struct tls *t) ST_MUSTCHECK;
/* Plaintext into 'out'; 0: none for now (look at t->closed). */
size_t tls_read(struct tls *t, uint8_t *out, size_t max);
/* Has a part of a record come, with the rest still missing? */
bool tls_partial(const struct tls *t);
enum st_code tls_write(struct tls *t, struct slice plain) ST_MUSTCHECK;
/* Queues close_notify. */
void tls_shutdown(struct tls *t);

/* After t->ready: the device's UUID in the peer's URI SAN urn:steward:device:<uuid>; false: none.
 */
bool tls_peer_device(const struct tls *t, char out[37]);
/* The peer's certificate: DER bytes' SHA-256, and seconds until it expires (negative: expired). */
bool tls_peer_fingerprint(const struct tls *t, uint8_t out[32], int64_t *ret_seconds_left);
