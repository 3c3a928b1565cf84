#pragma once
/*
 * A remote end that keeps no rules but those it is told to: TCP from an address of one's choice,
 * TLS or none, frames as they come. For programs that are many clients at once, honest or not; what
 * desks really do is client/lib's.
 *
 *   remote_open() -> on_connected() -> [remote_start_tls() -> on_ready()] -> remote_send() ...
 *     -> on_closed()
 *
 * on_closed() comes exactly once after remote_open() that gave true, from the loop; then it may be
 * opened again.
 */
#include <netinet/in.h>

#include <uv.h>

#include "client/lib/client.h"
#include "common/frame.h"
#include "common/tls.h"

#define REMOTE_SCRATCH (64u << 10)

struct remote;

struct remote_ops {
	void (*on_connected)(struct remote *r);
	void (*on_ready)(struct remote *r); /* TLS is up */
	void (*on_frame)(struct remote *r, const struct frame *f);
	void (*on_closed)(struct remote *r);
};

#define REMOTE_DEVICES_MAX 64

/* Shared by all of a program. */
struct remote_target {
	uv_loop_t *loop;
	const struct remote_ops *ops;
	struct arena mem;
	struct profile profiles[REMOTE_DEVICES_MAX]; /* of the first: where to connect */
	struct tls_context *tls[REMOTE_DEVICES_MAX]; /* with its certificate */
	unsigned devices;
	struct sockaddr_in at;
	unsigned sources; /* addresses to come from */
	char scratch[REMOTE_SCRATCH];
};

struct remote {
	struct remote_target *target;
	unsigned number; /* decides as which device and from which address */
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	struct tls tls;
	struct buf in;      /* of a frame that is not whole yet */
	struct buf sending; /* what libuv is writing */
	bool tls_on, connected, reading, writing, closing;
	bool deaf;       /* what comes is thrown away */
	uint32_t stream; /* last used */
};

/* 'dirs': directories of profiles, which are the devices. Prints what is wrong. */
bool remote_target_init(struct remote_target *t, uv_loop_t *loop, const struct remote_ops *ops,
			char **dirs, int n_dirs);
void remote_target_fini(struct remote_target *t);
/* As many descriptors as the system lets one have; how many that is. */
unsigned remote_raise_limit(void);

/* False: no socket is to be had; on_closed() will not come. */
bool remote_open(struct remote *r, struct remote_target *t, unsigned number);
/* Sends the ClientHello. */
void remote_start_tls(struct remote *r);
void remote_read(struct remote *r, bool on);
void remote_send(struct remote *r, enum frame_type type, uint32_t stream, struct slice payload);
/* Plaintext as it is, in a record of its own. */
void remote_send_raw(struct remote *r, struct slice plain);
void remote_send_hello(struct remote *r);
/* A whole REQUEST frame on the next stream, into 'out'; gives its length. */
size_t remote_pack_request(struct remote *r, const char *method, const char *property,
			   struct slice body, uint8_t *out, size_t max);
/* The same, sent. */
void remote_ask(struct remote *r, const char *method, const char *property, struct slice body);
/* auth.Resume with the device's token. */
void remote_resume(struct remote *r);
/* Bytes that the socket has not taken. */
size_t remote_waiting(const struct remote *r);
/* Without a farewell. */
void remote_close(struct remote *r);
