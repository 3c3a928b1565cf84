#pragma once
/*
 * The client library: one connection to the daemon, calls and streams. The CLI calls it
 * synchronously (client_call), the TUI keeps the loop running and uses client_start().
 *
 *   client_new(loop, profile) -> client_call(...) ... -> client_free()
 *
 * A profile is a directory (STEWARD_HOME, else $XDG_CONFIG_HOME/steward): client.conf (server,
 * port, name), device.key, device.crt, root.crt, and session.token with the login, mode 0600.
 *
 * A device certificate with less than 30 of its 90 days left is renewed on the way, quietly: when
 * that fails the old one stays in use.
 *
 * Lost lines: a read is tried again once on a new connection; a write is tried again under the same
 * key, so it happens at most once; when the answer stays away the outcome is unknown
 * (DEADLINE_EXCEEDED, OUTCOME_UNKNOWN) and the caller is told the key.
 *
 * A server that was never reached is told of at once. One that was there before is looked for again
 * for some seconds, and until the call's deadline when it had said that it goes (GOAWAY): a restart
 * fails no call.
 */
#include <stdbool.h>

#include <uv.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"
#include "common/uuid.h"
#include "common/wire.h"

struct profile {
	char dir[400];
	char server[256];
	char name[64]; /* what this device is called, "" unknown */
	int port, enrol_port;
	char property[17];                         /* default -p, "" none */
	char printer[256];                         /* device of the receipt printer here, "" none */
	const char *root_pem, *cert_pem, *key_pem; /* in the arena given to profile_load() */
	const char *token;                         /* session token or NULL */
};

/* Where the profile is: 'name' (--profile), $STEWARD_HOME, $XDG_CONFIG_HOME/steward,
 * ~/.config/steward. */
enum st_code profile_dir(const char *name, char *out, size_t size, struct st_err *err) ST_MUSTCHECK;
/* FAILED_PRECONDITION, reason NOT_ENROLLED: there is no device here yet. */
enum st_code profile_load(const char *dir, struct arena *mem, struct profile *ret,
			  struct st_err *err) ST_MUSTCHECK;
/* Writes a file of the profile atomically, mode 0600, and makes the directory if needed. 'text'
 * NULL: removes it. */
enum st_code profile_write(const char *dir, const char *file, const char *text,
			   struct st_err *err) ST_MUSTCHECK;
/* Replaces device.key and device.crt so that a crash in between cannot leave a pair that does not
 * fit. */
enum st_code profile_write_pair(const char *dir, const char *key_pem, const char *cert_pem,
				struct st_err *err) ST_MUSTCHECK;

/* The settings of a profile and where each value came from, weakest first: built in,
 * /etc/steward/client.conf, /etc/steward/client.conf.d/ *.conf, the profile's client.conf,
 * STEWARD_* in the environment. */
enum profile_key {
	PROFILE_SERVER,
	PROFILE_PORT,
	PROFILE_ENROL_PORT,
	PROFILE_PROPERTY,
	PROFILE_NAME,
	PROFILE_PRINTER,
	PROFILE_KEYS
};
struct profile_setting {
	const char *name, *value;
	const char *origin; /* a file, "STEWARD_PORT in the environment", "built in" */
};
enum st_code profile_settings(const char *dir, struct arena *mem,
			      struct profile_setting ret[PROFILE_KEYS],
			      struct st_err *err) ST_MUSTCHECK;

struct client;

struct call_options {
	uint32_t timeout_ms;  /* 0: the method's default */
	const char *property; /* NULL or "": all where the user may */
	const char *reason, *confirm;
	bool dry_run;
	struct uuid key; /* zero: a new one is made for a write */
};

struct call_result {
	struct st_err err; /* code OK on success */
	struct uuid trace; /* names this call in the daemon's log: the request id people quote */
	struct violation *violations; /* in the arena */
	size_t n_violations;
	ProtobufCMessage *reply; /* NULL on failure */
	struct uuid key;
	bool replayed, dry_run;
	uint32_t retry_after_ms;
};

/* Does not connect yet. The profile is borrowed. */
enum st_code client_new(uv_loop_t *loop, const struct profile *p, struct client **ret,
			struct st_err *err) ST_MUSTCHECK;
/* Ends the connection and runs the loop until its handles are closed. NULL is fine. */
void client_free(struct client *c);

/* Connects if needed (TLS, HELLO, auth.Resume with the profile's token), calls, waits. Returns
 * ret->err.code. Everything in 'ret' lives in 'mem'. */
enum st_code client_call(struct client *c, const struct rpc_method *m,
			 const ProtobufCMessage *request, const struct call_options *o,
			 struct arena *mem, struct call_result *ret);

/* The same without waiting: 'done' comes once, from the loop, never before this returned OK. '*ret'
 * lives until then. */
struct call;
enum st_code client_start(struct client *c, const struct rpc_method *m,
			  const ProtobufCMessage *request, const struct call_options *o,
			  struct arena *mem, void (*done)(void *arg, struct call_result *r),
			  void *arg, struct call **ret, struct st_err *err) ST_MUSTCHECK;
/* A server stream: on_message for each; return false to stop. 'done' at its end. Runs until the end
 * (synchronous). */
enum st_code client_stream(struct client *c, const struct rpc_method *m,
			   const ProtobufCMessage *request, const struct call_options *o,
			   struct arena *mem,
			   bool (*on_message)(void *arg, const ProtobufCMessage *msg), void *arg,
			   struct call_result *ret);

/* The same without waiting. Messages live until on_message() returns; false stops the stream (then
 * 'done' says OK). */
enum st_code client_start_stream(struct client *c, const struct rpc_method *m,
				 const ProtobufCMessage *request, const struct call_options *o,
				 struct arena *mem,
				 bool (*on_message)(void *arg, const ProtobufCMessage *msg),
				 void (*done)(void *arg, struct call_result *r), void *arg,
				 struct call **ret, struct st_err *err) ST_MUSTCHECK;
/* Gives a call up. 'done' still comes, with CANCELLED; a write that was sent may have happened all
 * the same. */
void client_cancel(struct call *call);

/* What is known of the other end since the last WELCOME. */
struct client_server {
	char name[81];               /* "stewardd 0.1.0", "" before the first connection */
	uint32_t version;            /* of the protocol */
	int64_t clock_ahead_us;      /* the server's clock minus ours when it greeted */
	uint8_t epoch[16];           /* changes when the server's data was restored */
	int certificate_days;        /* until this device's certificate expires */
	double connect_ms, hello_ms; /* of the last connection: TCP and TLS; HELLO to WELCOME */
};
void client_server(const struct client *c, struct client_server *ret);

/* Enrols this machine: redeems a token at server:enrol_port, verifying it by the token's pin, and
 * writes the profile. 'name': what the device is called ("desk2"). */
enum st_code client_enrol(uv_loop_t *loop, const char *dir, const char *server, int port,
			  int enrol_port, const char *token, const char *name,
			  struct st_err *err) ST_MUSTCHECK;
/* Remembers a login for the next process (session.token), or forgets it (NULL). */
enum st_code client_save_token(struct client *c, const char *token,
			       struct st_err *err) ST_MUSTCHECK;
/* Round trip of a PING in milliseconds, negative on failure. For doctor. */
double client_ping(struct client *c, struct st_err *err);
