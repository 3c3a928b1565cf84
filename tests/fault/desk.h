#pragma once
/*
 * A desk for the fault runs: one login at one property, calls in JSON, and the patience of a person
 * who repeats what was not answered, under the same key.
 *
 *   desk_init() -> desk_open() -> desk_call() or desk_insist() ... -> desk_close() -> desk_fini()
 */
#include <stdbool.h>

#include <jansson.h>
#include <uv.h>

#include "client/lib/client.h"

struct desk {
	uv_loop_t *loop;
	struct arena mem; /* as long as the desk */
	struct profile profile;
	struct client *client;
	const char *property;
};

struct desk_answer {
	struct st_err err;
	json_t *reply; /* of the caller; NULL on failure */
	unsigned tries;
	bool replayed;
};

/* The profile is read once; 'port' 0: its own. A message and false on failure. */
bool desk_init(struct desk *d, uv_loop_t *loop, const char *profile, int port,
	       const char *property);
void desk_fini(struct desk *d);
/* A new client; connects with the first call. */
bool desk_open(struct desk *d);
void desk_close(struct desk *d);

/* Lets the loop run on for so long. */
void desk_pause(uv_loop_t *loop, unsigned ms);
/* A key as the client library makes them. */
struct uuid desk_key(void);
/* A request from JSON with ' for ". Aborts on one that does not fit: the test is wrong then. */
ProtobufCMessage *desk_request(const struct rpc_method *m, const char *request, struct arena *mem);
/* One call, as the client library makes it: with its own repetitions. */
enum st_code desk_call(struct desk *d, const char *method, const char *request, struct uuid key,
		       struct desk_answer *ret);
/* Repeats it as long as that is what the answer asks for, at most 'tries' times. */
enum st_code desk_insist(struct desk *d, const char *method, const char *request, struct uuid key,
			 unsigned tries, struct desk_answer *ret);
/* Logs in and remembers the login in the profile, as the command line does. */
enum st_code desk_login(struct desk *d, const char *login, const char *password, unsigned tries,
			struct st_err *err);
/* Text at a path of names ("order.number"); "" where there is none. */
const char *desk_text(const json_t *json, const char *path);
