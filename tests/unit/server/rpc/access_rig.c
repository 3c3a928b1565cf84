#include "tests/unit/server/rpc/access_rig.h"

#include <stdio.h>
#include <string.h>

#include "server/db/pool.h"
#include "server/db/sql_stmts.h"

const struct rpc_method by_clerk = { .name = "case.Open",
				     .cap = "case",
				     .roles = ROLE(CLERK) | ROLE(ADMINISTRATOR),
				     .access = STEWARD__ACCESS__BY_ROLE };
const struct rpc_method at_one = { .name = "case.Open",
				   .cap = "case",
				   .roles = ROLE(CLERK) | ROLE(ADMINISTRATOR),
				   .access = STEWARD__ACCESS__BY_ROLE,
				   .needs_property = true };
const struct rpc_method by_manager = { .name = "case.Delete",
				       .cap = "case",
				       .roles = ROLE(MANAGER) | ROLE(BUILDING_STEWARD),
				       .access = STEWARD__ACCESS__BY_ROLE };
const struct rpc_method by_anybody = { .name = "auth.Whoami",
				       .cap = "auth",
				       .access = STEWARD__ACCESS__LOGGED_IN };
const struct rpc_method by_admin = { .name = "user.Grant",
				     .cap = "user",
				     .roles = ROLE(ADMINISTRATOR),
				     .access = STEWARD__ACCESS__BY_ROLE,
				     .access_change = true };

struct fake *fake;

enum st_code pool_submit(struct pool *p, enum pool_kind kind, struct db_unit *u)
{
	assert_int_equal(kind, POOL_WRITE); /* a replica may lag behind */
	assert_null(fake->unit);
	if (fake->away)
		return ST_UNAVAILABLE;
	fake->unit = u;
	fake->units++;
	return ST_OK;
}

static uint64_t fake_mono(struct clock *c)
{
	return fake->now_ms;
}

static PGresult *fake_table(int columns, const char *const *names)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc attrs[16];

	memset(attrs, 0, sizeof(attrs));
	for (int i = 0; i < columns; i++)
		attrs[i].name = (char *)names[i];
	assert_true(PQsetResultAttrs(res, columns, attrs));
	return res;
}

static void fake_row(PGresult *res, int columns, const char *const *values)
{
	int row = PQntuples(res);

	for (int i = 0; i < columns; i++)
		assert_true(PQsetvalue(res, row, i, (char *)values[i],
				       values[i] != NULL ? (int)strlen(values[i]) : -1));
}

static const char *fake_number(long n, char out[24])
{
	(void)snprintf(out, 24, "%ld", n);
	return n < 0 ? NULL : out;
}

PGresult *fake_facts(const char *ids)
{
	static const char *const names[] = { "session_id",    "user_id",     "device_id", "login",
					     "full_name",     "must_change", "totp",      "left_ms",
					     "idle_limit_ms", "idle_ms",     "proved_ms", "grants",
					     "epoch" };
	PGresult *res = fake_table(13, names);

	for (size_t i = 0; i < 2; i++) {
		const struct fake_session *s = &fake->sessions[i];
		char left[24], limit[24], idle[24], proved[24], epoch[24];

		if (s->id == NULL || s->over || strstr(ids, s->id) == NULL ||
		    (s->idle_limit_ms >= 0 && s->idle_ms >= s->idle_limit_ms))
			continue;
		fake_row(res, 13,
			 (const char *[]){ s->id, s->id, DEVICE, i == 0 ? "alice" : "bob", "A Name",
					   s->must_change ? "t" : "f", s->totp ? "t" : "f",
					   fake_number(s->left_ms, left),
					   fake_number(s->idle_limit_ms, limit),
					   fake_number(s->idle_ms, idle),
					   fake_number(s->proved_ms, proved), s->grants,
					   fake_number(fake->epoch, epoch) });
	}
	return res;
}

static PGresult *fake_properties(void)
{
	static const char *const codes[] = { "SUN", "LAK", "HILL" };
	static const char *const ids[] = { "1", "2", "3" };
	PGresult *res = fake_table(3, (const char *[]){ "id", "code", "name" });

	for (int i = 0; i < fake->n_properties; i++)
		fake_row(res, 3, (const char *[]){ ids[i], codes[i], codes[i] });
	return res;
}

static PGresult *fake_answer_call(struct db_call *call)
{
	char number[24];
	PGresult *res;

	if (call->stmt == &sql_access_epoch) {
		res = fake_table(1, (const char *[]){ "n" });
		fake_row(res, 1, (const char *[]){ fake_number(fake->epoch, number) });
	} else if (call->stmt == &sql_access_properties) {
		res = fake_properties();
	} else if (call->stmt == &sql_access_disabled_devices) {
		res = fake_table(1, (const char *[]){ "id" });
		if (fake->shut_out != NULL)
			fake_row(res, 1, &fake->shut_out);
	} else if (call->stmt == &sql_access_facts) {
		res = fake_facts(call->values[0].data);
	} else {
		assert_ptr_equal(call->stmt, &sql_access_touch);
		(void)snprintf(fake->touched, sizeof(fake->touched), "%s %s", call->values[0].data,
			       call->values[1].data);
		for (size_t i = 0; i < 2; i++) /* ages are small in these tests */
			if (fake->sessions[i].id != NULL &&
			    strstr(call->values[0].data, fake->sessions[i].id) != NULL)
				fake->sessions[i].idle_ms = 0;
		res = fake_table(0, NULL);
	}
	return res;
}

/* Answers the unit that waits. */
void fake_answer(void)
{
	struct db_unit *u = fake->unit;

	assert_non_null(u);
	fake->unit = NULL;
	if (fake->broken)
		(void)st_fail(&u->err, ST_UNAVAILABLE, NULL, NULL, "the database went away");
	for (struct db_call *c = u->first; c != NULL && !fake->broken; c = c->next)
		c->rows = fake_answer_call(c);
	u->on_done(u);
}

/* Answers until access is content. */
void fake_settle(void)
{
	while (fake->unit != NULL)
		fake_answer();
}

static void fake_cut(void *arg, struct caller *c, const struct st_err *why)
{
	fake->cut = c;
	fake->why = *why;
	fake->cuts++;
}

static void fake_cut_device(void *arg, const char *device, const struct st_err *why)
{
	(void)snprintf(fake->cut_device, sizeof(fake->cut_device), "%s", device);
	fake->why = *why;
}

static void fake_changed(void *arg)
{
	fake->changes++;
}

void fake_told(void *arg)
{
	fake->told++;
}

struct access_hooks fake_hooks(void)
{
	return (struct access_hooks){ fake, fake_cut, fake_cut_device, fake_changed };
}

int fake_up(void **state)
{
	static struct fake f;
	struct access_hooks hooks;
	struct st_err err = { 0 };

	memset(&f, 0, sizeof(f));
	fake = &f;
	hooks = fake_hooks();
	*state = &f;
	f.clock.mono_ms = fake_mono;
	f.now_ms = 50; /* a machine that has just been switched on */
	f.services.clock = &f.clock;
	f.epoch = 7;
	f.n_properties = 2;
	f.sessions[0] = (struct fake_session){ ALICE, "1:2", 43200000, 1800000, 0,
					       -1,    false, false,    false };
	f.sessions[1] = (struct fake_session){ BOB,  "0:8192", 43200000, 900000, 0,
					       1000, false,    true,     false };
	arena_init(&f.mem, 1 << 20);
	if (uv_loop_init(&f.loop) != 0 ||
	    access_new(&f.loop, &f.services, &hooks, &f.access, &err) != ST_OK)
		return -1;
	assert_false(access_ready(f.access));
	(void)uv_run(&f.loop, UV_RUN_NOWAIT); /* begins to look */
	fake_settle();
	assert_true(access_ready(f.access));
	return 0;
}

int fake_down(void **state)
{
	struct fake *f = *state;

	f->broken = false;
	access_close(f->access, fake_told, NULL);
	fake_settle();
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	arena_fini(&f->mem);
	return uv_loop_close(&f->loop) == 0 ? 0 : -1;
}

/* A login, as auth.Login and auth.Resume take it. */
struct caller *fake_login(const char *id)
{
	struct db_call call = { .rows = fake_facts(id) };
	struct st_err err = { 0 };
	struct caller *c = NULL;

	assert_int_equal(access_take(fake->access, &call, 0, &c, &err), ST_OK);
	PQclear(call.rows);
	return c;
}

enum st_code scope(struct caller *c, const struct rpc_method *m, const char *property,
		   struct access_scope *ret, struct st_err *err)
{
	*err = (struct st_err){ 0 };
	return access_scope(fake->access, c, m, property, &fake->mem, ret, err);
}
