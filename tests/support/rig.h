#pragma once
/*
 * A capability test talks to a real daemon over the wire, as people of different roles. One daemon
 * per test program, on a copy of a prepared directory: properties SUN and LAK, a user named like
 * each role who holds it at SUN, `admin` (administrator everywhere) and `foreign` (manager and
 * clerk at LAK only).
 *
 *   static void case_open_gives_a_number(void **state)
 *   {
 *           const json_t *c = rig_ok(*state, "clerk", "case.Open", "{'kind': 'repair', 'summary':
 * 'tap'}");
 *
 *           assert_string_equal(rig_text(c, "state"), "new");
 *   }
 *
 * Requests are JSON with ' for ". Replies live until the test program ends. Every method called is
 * remembered; the generator's check demands that each is named in its capability's test.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "client/lib/client.h"
#include "common/err.h"
#include "common/rules.h"

struct rig;

/* Group set-up and tear-down, which checks that each change that was made left its audit row. */
int rig_up(void **state);
int rig_down(void **state);

/* What a call gave. */
struct rig_result {
	struct st_err err;   /* code, reason, message; field of the first violation */
	const json_t *reply; /* NULL on failure */
	struct uuid key;
	bool replayed, dry_run;
	size_t violations;
};

/* Calls as 'who', at property 'at' (NULL: none named). 'key' zero: a new one. */
struct rig_result rig_call(struct rig *rig, const char *who, const char *at, const char *method,
			   const char *request, const struct call_options *more);
/* At SUN; must succeed; gives the reply. 'fmt' makes the request. */
const json_t *rig_ok(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* At LAK as admin; must succeed: makes what belongs to somebody else. */
const json_t *rig_elsewhere(struct rig *rig, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* At SUN; must fail with this code; gives the result. 'field' NULL: whichever. */
struct rig_result rig_refused(struct rig *rig, const char *who, const char *method,
			      enum st_code code, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* At SUN; must succeed as a dry run; gives the reply. What is found afterwards is the caller's
 * question. */
const json_t *rig_dry(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* At SUN; must succeed twice under one key, the second time with the stored answer; gives it. */
const json_t *rig_twice(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* What an import answers to this line of its file: must have this outcome, and blame this column
 * (NULL: none). */
const json_t *rig_row(const json_t *reply, int line, const char *outcome, const char *blame);

/* Text at a path of names and numbers ("case.number", "timeline.0.verb"); fails the test when there
 * is none. */
const char *rig_text(const json_t *json, const char *path);
int64_t rig_int(const json_t *json, const char *path);
/* Is there something at the path? */
bool rig_has(const json_t *json, const char *path);
size_t rig_count(const json_t *json, const char *path);
/* The first element of a list whose 'name' is 'value', or NULL. */
const json_t *rig_find(const json_t *json, const char *path, const char *name, const char *value);

/* The profile directory of the local desk (for whoever needs a connection of his own), and the
 * loop. */
const char *rig_desk(const struct rig *rig);
uv_loop_t *rig_loop(struct rig *rig);
/* The client of a user, logged in. */
struct client *rig_client(struct rig *rig, const char *who);
/* Runs one SQL statement as the owner of the data, past every wall; for looking behind the scenes.
 * First value. */
const char *rig_sql(struct rig *rig, const char *sql);
