#include "tests/support/seat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/json.h"
#include "tests/support/people.h"

#define SEAT_ARENA (64u << 20)

struct seat {
	struct rig *rig;
	struct arena mem;
	struct profile profile;
	struct client *client;
};

static void seat_connect(struct seat *s)
{
	struct st_err err = { 0 };

	if (client_new(rig_loop(s->rig), &s->profile, &s->client, &err) != ST_OK)
		fail_msg("a seat at %s: %s", s->profile.dir, err.message);
}

struct seat *seat_new(struct rig *rig, const char *dir)
{
	struct seat *s = calloc(1, sizeof(*s));
	struct st_err err = { 0 };

	assert_non_null(s);
	s->rig = rig;
	arena_init(&s->mem, SEAT_ARENA);
	if (profile_load(dir, &s->mem, &s->profile, &err) != ST_OK)
		fail_msg("a seat at %s: %s", dir, err.message);
	s->profile.token = NULL;
	seat_connect(s);
	return s;
}

void seat_free(struct seat *s)
{
	client_free(s->client);
	arena_fini(&s->mem);
	free(s);
}

void seat_reconnect(struct seat *s)
{
	client_free(s->client);
	seat_connect(s);
}

void seat_remember(struct seat *s, const char *token)
{
	s->profile.token = token != NULL ? arena_strdup(&s->mem, token) : NULL;
	seat_reconnect(s);
}

static void seat_drop(void *json)
{
	json_decref(json);
}

static struct rig_result seat_vcall(struct seat *s, const char *method,
				    const struct call_options *more, const char *fmt, va_list ap)
{
	const struct rpc_method *m = rpc_find(method);
	struct call_options o = more != NULL ? *more : (struct call_options){ 0 };
	char *text = arena_vprintf(&s->mem, fmt, ap);
	struct rig_result ret = { 0 };
	struct call_result r;
	ProtobufCMessage *msg;
	struct st_err err = { 0 };

	assert_true(m != NULL && text != NULL);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	msg = message_new(m->in->desc, &s->mem);
	if (json_read(slice_str(text), msg, &s->mem, &err) != ST_OK)
		fail_msg("%s: %s %s", method, err.field, err.message);
	(void)client_call(s->client, m, msg, &o, &s->mem, &r);
	ret.err = r.err;
	ret.key = r.key;
	ret.replayed = r.replayed;
	ret.dry_run = r.dry_run;
	ret.violations = r.n_violations;
	if (r.reply != NULL) {
		json_t *json = json_of_message(r.reply, m->out, &s->mem);

		assert_true(json != NULL && arena_defer(&s->mem, seat_drop, json));
		ret.reply = json;
	}
	return ret;
}

struct rig_result seat_call(struct seat *s, const char *method, const struct call_options *more,
			    const char *fmt, ...)
{
	struct rig_result r;
	va_list ap;

	va_start(ap, fmt);
	r = seat_vcall(s, method, more, fmt, ap);
	va_end(ap);
	return r;
}

const json_t *seat_ok(struct seat *s, const char *method, const char *fmt, ...)
{
	struct rig_result r;
	va_list ap;

	va_start(ap, fmt);
	r = seat_vcall(s, method, NULL, fmt, ap);
	va_end(ap);
	if (r.err.code != ST_OK)
		fail_msg("%s: %s %s", method, r.err.reason, r.err.message);
	return r.reply;
}

struct rig_result seat_refused(struct seat *s, const char *method, enum st_code code,
			       const char *reason, const char *fmt, ...)
{
	struct rig_result r;
	va_list ap;

	va_start(ap, fmt);
	r = seat_vcall(s, method, NULL, fmt, ap);
	va_end(ap);
	if (r.err.code != code || (reason != NULL && strcmp(r.err.reason, reason) != 0))
		fail_msg("%s: expected %s %s, got %s %s %s", method, st_code_name(code),
			 reason != NULL ? reason : "", st_code_name(r.err.code), r.err.reason,
			 r.err.message);
	return r;
}

const json_t *seat_login(struct seat *s, const char *login)
{
	const json_t *reply = seat_ok(s, "auth.Login", "{'login': '%s', 'password': '%s'}", login,
				      PEOPLE_PASSWORD);

	s->profile.token = arena_strdup(&s->mem, rig_text(reply, "token"));
	return reply;
}

void seat_enrol(struct rig *rig, const char *name, const char *at, char dir[SEAT_DIR])
{
	struct seat *admin = seat_new(rig, rig_desk(rig));
	const struct profile *desk = &admin->profile;
	struct st_err err = { 0 };
	struct rig_result r;
	char request[200];

	(void)snprintf(dir, SEAT_DIR, "%s-%s", rig_desk(rig), name);
	(void)snprintf(request, sizeof(request), "{'name': '%s', 'at': '%s'}", name, at);
	r = rig_call(rig, "admin", NULL, "device.Invite", request, NULL);
	if (r.err.code != ST_OK)
		fail_msg("inviting %s: %s", name, r.err.message);
	if (client_enrol(rig_loop(rig), dir, desk->server, desk->port, desk->enrol_port,
			 rig_text(r.reply, "token"), NULL, &err) != ST_OK)
		fail_msg("enrolling %s: %s", name, err.message);
	seat_free(admin);
}

void seat_code(const char *secret, char out[8])
{
	char command[200];
	FILE *from;

	(void)snprintf(command, sizeof(command), "oathtool --totp -b %s", secret);
	from = popen(command, "r");
	assert_non_null(from);
	assert_non_null(fgets(out, 8, from));
	assert_int_equal(pclose(from), 0);
	out[strcspn(out, "\n")] = '\0';
}
