#pragma once
/*
 * The other end of a client under test: a listener in the same loop that speaks TLS and steward/1
 * and does what the test says. Certificates are made once per program, the profile once per test,
 * in a directory of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include "client/lib/internal.h"
#include "common/pki.h"
#include "common/session.h"
#include "common/tls.h"
#include "proto/envelope.pb-c.h"

struct rig;
struct rig_conn;

struct rig_conn {
	struct list link;
	struct rig *rig;
	unsigned number; /* 1 is the first connection */
	uv_tcp_t tcp;
	struct tls tls;
	struct session session;
	bool closing;
};

struct rig {
	uv_loop_t loop;
	struct arena mem;
	uv_tcp_t listener;
	struct tls_context *ctx;
	struct list conns;
	unsigned connections;
	unsigned resumes;   /* auth.Resume calls answered */
	bool refuse_resume; /* with UNAUTHENTICATED */
	struct profile profile;
	char dir[64];
	struct pki_pair root;
	/* What the test does with a request; everything in 'rq' lives until it returns. */
	void (*on_request)(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			   const Steward__Request *rq);
	/* Before WELCOME is sent; false: the test has dealt with HELLO. */
	bool (*on_hello)(struct rig *rig, struct rig_conn *conn);
	void (*on_cancel)(struct rig *rig, uint32_t stream);
	void *arg;
	unsigned requests;   /* other than auth.Resume */
	struct uuid keys[8]; /* of the first requests */
};

/* cmocka fixtures: *state is a struct rig with a profile enrolled for 'days' (default 89) and a
 * login. */
int rig_setup(void **state);
int rig_teardown(void **state);
/* Makes the profile's certificate good for so many days. */
void rig_certify(struct rig *rig, int days);
/* Listens for work, or for enrolment. */
void rig_listen(struct rig *rig, const char *alpn);
void rig_stop_listening(struct rig *rig);
struct client *rig_client(struct rig *rig);

void rig_answer(struct rig_conn *conn, uint32_t stream, const ProtobufCMessage *body, bool end);
void rig_refuse(struct rig_conn *conn, uint32_t stream, enum st_code code, const char *reason,
		uint32_t retry_after_ms);
void rig_send_response(struct rig_conn *conn, uint32_t stream, Steward__Response *r, bool end);
void rig_flush(struct rig_conn *conn);
/* The line breaks. */
void rig_cut(struct rig_conn *conn);
/* Runs the loop until *flag. */
void rig_run(struct rig *rig, const bool *flag);

/* How a call that was started ended. */
struct rig_outcome {
	uv_loop_t *loop;
	bool done;
	struct call_result r;
};
/* For client_start(): notes it in the struct rig_outcome 'arg', and ends the turn of the loop. */
void rig_done(void *arg, struct call_result *r);
/* A request with one field set, if 'field' is not NULL. */
ProtobufCMessage *rig_request(struct rig *rig, const char *method, const char *field,
			      const char *text);
/* on_request: answers case.Open with the request's own summary and the number of the connection. */
void rig_open_case(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		   const Steward__Request *rq);
