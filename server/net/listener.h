#pragma once
/*
 * Ports: the work port (device certificate required) and the enrolment port (none yet). A listener
 * owns its connections; closing it sends GOAWAY, waits for running requests until the deadline,
 * then cuts. Floods: at most 'max_conns' connections, of them 256 strangers (whose handshake is not
 * done; on the enrolment port all) and 32 of one address. When one more comes, one who has said
 * nothing for a while makes room, if there is any.
 */
#include <uv.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/tls.h"
#include "server/net/conn.h"

struct listener_options {
	const char *host; /* numeric address */
	int port;         /* 0: any free one */
	struct tls_context
		*tls;   /* borrowed until listener_set_tls() or the end of listener_close() */
	bool enrolment; /* speaks steward-enroll/1 */
	unsigned max_conns;
	struct clock *clock;
	const struct conn_service *service;
};

enum st_code listener_new(uv_loop_t *loop, const struct listener_options *o, struct listener **ret,
			  struct st_err *err) ST_MUSTCHECK;
int listener_port(const struct listener *l);
unsigned listener_conns(const struct listener *l);
/* Calls fn for every live connection; fn may abort it. */
void listener_each(struct listener *l, void (*fn)(struct conn *c, void *arg), void *arg);
/* New certificate for connections from now on. */
void listener_set_tls(struct listener *l, struct tls_context *tls);
/* What a timer does each second: limits of time, pings. Tests that move the clock call it
 * themselves. */
void listener_sweep(struct listener *l);
/* Stop accepting, GOAWAY, wait for streams to end up to grace_ms, cut; then cb from the loop, when
 * all is gone and the listener is freed. */
void listener_close(struct listener *l, unsigned grace_ms, void (*cb)(void *), void *arg);
