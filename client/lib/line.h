#pragma once
/*
 * A line to the daemon: name lookup, TCP, TLS. Plaintext in, plaintext out; knows no frames.
 *
 *   line_open() -> on_ready() -> line_send() / on_bytes() ... -> on_closed()
 *
 * on_closed() comes exactly once after a line_open() that returned OK, from the loop, when no
 * handle is left: then the line may be opened again or its memory go. Nothing else is called after
 * line_close().
 */
#include <netdb.h>

#include <uv.h>

#include "common/err.h"
#include "common/slice.h"
#include "common/tls.h"

#define LINE_READ_BYTES 65536

struct line;

struct line_ops {
	void (*on_ready)(struct line *l); /* the peer is proven, the protocol agreed */
	void (*on_bytes)(struct line *l, struct slice plain);
	/* 'why': what ended it; OK after line_close() without a reason. */
	void (*on_closed)(struct line *l, const struct st_err *why);
};

struct line {
	uv_loop_t *loop;
	const struct line_ops *ops;
	void *owner;
	const char *host; /* borrowed until closed */
	int port;
	uv_getaddrinfo_t resolve;
	struct addrinfo *addrs, *addr; /* all found; the one being tried */
	struct addrinfo numeric_info;  /* where the host is an address */
	struct sockaddr_storage numeric;
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	struct buf sending; /* ciphertext handed to libuv */
	struct tls tls;
	struct tls_context *ctx; /* borrowed */
	struct st_err why;
	unsigned pending; /* requests and handles libuv still holds */
	bool resolving, tcp_open, tls_open, writing, ready, closing;
	uint64_t bytes_in, bytes_out;
	char read_buf[LINE_READ_BYTES];
};

/* Starts. 'l' may be uninitialised. */
enum st_code line_open(struct line *l, uv_loop_t *loop, const char *host, int port,
		       struct tls_context *ctx, const struct line_ops *ops, void *owner,
		       struct st_err *err) ST_MUSTCHECK;
/* Only after on_ready(). */
enum st_code line_send(struct line *l, struct slice plain) ST_MUSTCHECK;
/* Ends it; the first reason stays. What was sent before is flushed if the socket takes it at once.
 */
void line_close(struct line *l, const struct st_err *why);
