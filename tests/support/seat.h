#pragma once
/*
 * A seat at a machine: one connection on which nobody is logged in yet. For tests of logging in,
 * which the rig does for all others.
 */
#include "tests/support/rig.h"

struct seat;

/* At the machine with this profile directory. */
struct seat *seat_new(struct rig *rig, const char *dir);
void seat_free(struct seat *s);
/* Calls; at no property in particular. */
struct rig_result seat_call(struct seat *s, const char *method, const struct call_options *more,
			    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Must succeed; gives the reply. */
const json_t *seat_ok(struct seat *s, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Must fail so; gives the result. 'reason' NULL: any. */
struct rig_result seat_refused(struct seat *s, const char *method, enum st_code code,
			       const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Logs in with PEOPLE_PASSWORD, remembering the token; must succeed. */
const json_t *seat_login(struct seat *s, const char *login);
/* From now on the seat takes up this login again when it connects anew; NULL: none. */
void seat_remember(struct seat *s, const char *token);
/* Breaks the line; the next call connects anew. */
void seat_reconnect(struct seat *s);

/* Invites and enrols another machine; writes its profile directory, which dies with the rig. */
#define SEAT_DIR 200
void seat_enrol(struct rig *rig, const char *name, const char *at, char dir[SEAT_DIR]);
/* The six digits an authenticator shows now, computed by oathtool. */
void seat_code(const char *secret, char out[8]);
