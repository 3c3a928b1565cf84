#pragma once
/*
 * One connection that does what it is told and nothing else: nothing is repeated, no credit is
 * given back, no login is taken up. For tests of what the daemon does when calls overlap, come
 * twice, come wrong, or are given up.
 *
 *   struct wire *w = wire_open(rig, rig_desk(rig));
 *   wire_login(w, "clerk");
 *   uint32_t call = wire_call(w, &(struct wire_call){ .method = "case.Note", ... });
 *   assert_int_equal(wire_answer(w, call)->code, ST_OK);
 *
 * What is waited for must come within ten seconds, or the test fails. Everything lives until
 * wire_close().
 */
#include "proto/envelope.pb-c.h"
#include "proto/event.pb-c.h"
#include "tests/support/rig.h"

struct wire;

/* At the work port, with the certificate of the profile in 'dir'. */
struct wire *wire_open(struct rig *rig, const char *dir);
/* At the rig's own desk, logged in with PEOPLE_PASSWORD. */
struct wire *wire_desk(struct rig *rig, const char *login);
/* Without a farewell, whatever is under way. */
void wire_close(struct wire *w);
/* Logs in with PEOPLE_PASSWORD; must succeed. */
void wire_login(struct wire *w, const char *login);

struct wire_call {
	const char *method;   /* NULL: none is named */
	const char *request;  /* JSON with ' for "; NULL: "{}" */
	const char *property; /* NULL: none named */
	struct uuid key;      /* zero: a new one, for writes */
	bool no_key, dry_run;
	size_t short_key; /* bytes cut off the key */
	uint32_t timeout_ms;
	const char *reason, *confirm;
	size_t padding; /* bytes of an unknown field behind the body */
};

/* Queues a request and gives its stream. It goes out when something is waited for, together with
 * the requests of other connections. */
uint32_t wire_call(struct wire *w, const struct wire_call *call);
/* The same, and waits for the answer. */
const Steward__Response *wire_ask(struct wire *w, const struct wire_call *call);
/* Sends what is queued now. */
void wire_push(struct wire *w);
/* Waits for the answer to a request (a stream's first word included). */
const Steward__Response *wire_answer(struct wire *w, uint32_t stream);
/* The body of an answer as JSON. */
const json_t *wire_body(struct wire *w, const char *method, const Steward__Response *r);
bool wire_answered(const struct wire *w, uint32_t stream);
/* The same, or NULL when the connection ended first. */
const Steward__Response *wire_outcome(struct wire *w, uint32_t stream);
/* Looks what has come without waiting for anything. False: the connection has ended. */
bool wire_poll(struct wire *w);

/* A watch, opened: the answer was OK. */
uint32_t wire_watch(struct wire *w, const char *property, const char *request);
/* Waits until this many messages have come in all; gives the last. */
const Steward__Event__Change *wire_change(struct wire *w, uint32_t stream, size_t count);
/* How many came so far, also of another stream than a watch. */
size_t wire_changes(const struct wire *w, uint32_t stream);
/* The message before last, and so on: 0 is the first. Must have come. */
const Steward__Event__Change *wire_change_at(const struct wire *w, uint32_t stream, size_t i);
/* Lets the server send this many more. */
void wire_grant(struct wire *w, uint32_t stream, uint32_t messages);
void wire_cancel(struct wire *w, uint32_t stream);
/* Waits for the stream's end. */
const Steward__Status *wire_status(struct wire *w, uint32_t stream);
/* Waits until the server has ended the connection; why it says it did. */
const struct st_err *wire_lost(struct wire *w);
