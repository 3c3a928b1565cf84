#pragma once
/*
 * The inside of connections and ports, for the files of this directory only.
 *
 *   handshake --TLS up--> hello --WELCOME sent--> login <--somebody logged in or out--> open
 *       |                   |                       |                                    |
 *       +-------------------+-----------------------+------------------------------------+
 *       |  refused, aborted, drained, client said goodbye
 *       v
 *    closing   nothing is read any more (it is thrown away), what waits is written, then our half
 * of the |      socket is shut, then we wait for the client's half: a socket that is closed with
 * unread bytes |      would be reset, and the client would never learn why it was turned away
 *       v
 *    closed    the handle is being closed; from its callback the service learns and all is freed
 *
 * From every state: a broken socket or a limit of time leads to closed at once. conn_move() is the
 * only place that changes the state.
 *
 * Nothing is written from inside a call: who has changed something puts the connection on its
 * port's list (conn_touch), and before the loop waits again conn_settle() does what is due. So
 * answers that become ready in one turn of the loop share a record and a system call, and no
 * callback ever meets a connection that vanished under it.
 *
 * Files: conn.c states, session, limits, what the service calls; conn_io.c socket and TLS;
 * listener.c port.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/list.h"
#include "common/session.h"
#include "common/tls.h"
#include "server/net/conn.h"
#include "server/net/listener.h"

#define NET_SCRATCH (64u << 10) /* one read of a socket */

enum conn_state {
	CONN_HANDSHAKE,
	CONN_HELLO,
	CONN_LOGIN,
	CONN_OPEN,
	CONN_CLOSING,
	CONN_CLOSED,
};

/* How far the farewell has come, of a closing port or of a client that offends too often. */
enum conn_farewell {
	FAREWELL_NONE,
	FAREWELL_WARNED, /* GOAWAY for all streams and a PING are out: what crosses them is still
			    served */
	FAREWELL_LAST, /* GOAWAY with the last stream served; closes when its streams have ended */
};

struct conn {
	struct conn_info info;
	struct listener *listener;
	struct list link;       /* listener->conns */
	struct list young_link; /* listener->young, until it is no stranger any more */
	struct list dirty_link; /* listener->dirty */
	uint8_t state;          /* enum conn_state */
	uint8_t farewell;       /* enum conn_farewell */
	bool opened;            /* the service knows it, so it must hear of its end */
	bool reading, writing;
	bool starved;               /* conn_send() found no room */
	bool spoken;                /* any byte came */
	bool leaving;               /* had to make room for another */
	bool notified;              /* close_notify is queued */
	bool fin;                   /* our half is shut */
	bool eof;                   /* the client's half is shut */
	uint8_t address[16];        /* who counts as one source */
	uint64_t born_ms, state_ms; /* since when it exists, is in its state */
	uint64_t heard_ms;          /* when plaintext last came */
	uint64_t fed_ms, fed_turn;  /* when bytes last came, encrypted or not; in which turn */
	uint64_t pinged_ms;
	uint64_t offences_ms; /* since when they are counted */
	unsigned offences;
	uint64_t moved_ms;     /* when the socket last took bytes, or nothing was left to take */
	uint64_t waited_ms;    /* since when more than the hard limit waits; 0: it does not */
	uint64_t frame_ms;     /* since when a frame is incomplete; 0: none is */
	uint64_t warned_ms;    /* of FAREWELL_WARNED */
	uint32_t reconnect_ms; /* what the farewell asks the client to wait */
	bool unwelcome;        /* it is for its offences that it is asked to leave */
	size_t queued;         /* what waited at the last sweep */
	size_t thrown;         /* bytes thrown away while closing */
	uint64_t close_by_ms;
	struct tls tls;
	struct session session;
	struct st_err why; /* the first reason to close */
	struct buf sent;   /* what libuv is writing */
	uv_write_t write_req;
	uv_shutdown_t shutdown_req;
	uv_tcp_t tcp;
};

struct listener {
	uv_loop_t *loop;
	struct tls_context *tls;
	struct clock *clock;
	const struct conn_service *service;
	bool enrolment;
	unsigned max_conns;
	int fd, port;
	uv_poll_t poll;
	uv_timer_t sweep, pause;
	uv_prepare_t prepare;
	struct list conns, young, dirty;
	unsigned n_conns, n_young;
	unsigned n_leaving; /* of n_conns: had to make room, their handles are being closed */
	uint64_t next_number;
	unsigned log_left;  /* lines about strangers that may still be written before the next sweep
			     */
	unsigned n_refused; /* connections dropped since the last sweep */
	unsigned n_pauses;  /* times accepting was paused since the last sweep */
	unsigned n_unlogged; /* strangers' ends that were not written since the last sweep */
	bool pressed;        /* more waits to be written than may for all together */
	bool closing, finishing;
	uint64_t turn;    /* of the loop */
	unsigned handles; /* of our own, still open while finishing */
	uint64_t close_by_ms;
	void (*on_closed)(void *arg);
	void *on_closed_arg;
	uint8_t scratch[NET_SCRATCH];
};

/* ---- conn.c ---- */

extern const struct session_ops conn_session_ops;

void conn_move(struct conn *c, enum conn_state to);
/* Neither closing nor closed. */
bool conn_is_live(const struct conn *c);
uint64_t conn_now(const struct conn *c);
/* Begins the end; what waits is still written. 'why' NULL or ST_OK: in peace. The first reason
 * stays. */
void conn_close(struct conn *c, const struct st_err *why);
/* Something has changed: conn_settle() will look at it before the loop waits again. */
void conn_touch(struct conn *c);
void conn_settle(struct conn *c);
/* TLS is up: introduces the connection to the service. */
void conn_on_ready(struct conn *c);
/* Judges the limits of time. */
void conn_sweep(struct conn *c, uint64_t now);
/* The port closes: says farewell in the way the state calls for. */
void conn_part(struct conn *c, uint32_t reconnect_after_ms);
/* One line when it begins, one when it ends. */
void conn_log_open(const struct conn *c);
void conn_log_close(struct conn *c);

/* ---- conn_io.c ---- */

/* Takes the socket in any case. On success the connection is on the listener's lists. */
enum st_code conn_new(struct listener *l, int fd, const struct sockaddr_storage *peer,
		      struct st_err *err) ST_MUSTCHECK;
/* The bytes of an address that make one source: IPv4 all, IPv6 the network's 64 bits. */
void conn_address_key(const struct sockaddr_storage *sa, uint8_t out[16]);
/* Writes as much as the socket takes; when closing and done, shuts our half. */
void conn_flush(struct conn *c);
/* Reads or not, as what waits to be written allows. */
void conn_gate(struct conn *c);
/* Bytes of all stages that wait to be written; not those that wait for credit. */
size_t conn_waiting(const struct conn *c);
/* Ends it now, whatever waits. */
void conn_cut(struct conn *c, const struct st_err *why);

/* ---- listener.c ---- */

/* The connection is known well enough not to count as a stranger. */
void listener_on_known(struct listener *l, struct conn *c);
/* The connection's memory is about to go. */
void listener_on_gone(struct listener *l, struct conn *c);
