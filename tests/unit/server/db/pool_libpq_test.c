/* What becomes of units when libpq, the loop or the allocator says no at any one place: the linker
 * puts the functions below between them and the pool. Whatever is told as done is stored, and
 * nothing else is; the next unit is served. */
#include "server/db/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

SQL(add, 0, 2, "insert into thing (id, name) values ($1::int, $2) returning id");
SQL(count, 1, 0, "select count(*) as n from thing");
SQL(set_scope, 2, 1, "select set_config('steward.scope', $1, true)");
SQL(scope, 3, 0, "select current_setting('steward.scope', true) as scope");
SQL(copy_out, 4, 0, "copy thing to stdout");
SQL(far, 200, 0, "select 7 as n"); /* its number makes the table of statements grow */

#define READS 9 /* one more than share a Sync */
#define MOST 400u

/* ---- who says no ---- */

/* Counts while armed; the call with this number fails. */
static unsigned fail_at, n_calls;
static bool has_failed;
/* The next answers: none at all, or this instead. */
static bool silent;
static ExecStatusType lie;
static unsigned lie_at;

static bool refuses(void)
{
	if (fail_at == 0 || ++n_calls != fail_at)
		return false;
	has_failed = true;
	return true;
}

static void arm(unsigned n)
{
	fail_at = n;
	n_calls = 0;
	has_failed = false;
}

/* Every one of them by the same pattern: its name, what it gives when it refuses, how it is
 * declared, how it is called. */
#define WRAP(type, name, refused, declared, passed)                  \
	type __real_##name declared;                                 \
	type __wrap_##name declared;                                 \
	type __wrap_##name declared                                  \
	{                                                            \
		return refuses() ? (refused) : __real_##name passed; \
	}

WRAP(int, PQsendPrepare, 0,
     (PGconn * pg, const char *name, const char *text, int n, const Oid *types),
     (pg, name, text, n, types))
WRAP(int, PQsendQueryPrepared, 0,
     (PGconn * pg, const char *name, int n, const char *const *values, const int *lens,
      const int *formats, int format),
     (pg, name, n, values, lens, formats, format))
WRAP(int, PQsendQueryParams, 0,
     (PGconn * pg, const char *text, int n, const Oid *types, const char *const *values,
      const int *lens, const int *formats, int format),
     (pg, text, n, types, values, lens, formats, format))
WRAP(int, PQsendFlushRequest, 0, (PGconn * pg), (pg))
WRAP(int, PQpipelineSync, 0, (PGconn * pg), (pg))
WRAP(int, PQflush, -1, (PGconn * pg), (pg))
WRAP(int, uv_poll_start, UV_EBADF, (uv_poll_t * poll, int events, uv_poll_cb cb),
     (poll, events, cb))
WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))

PGresult *__real_PQgetResult(PGconn *pg);
PGresult *__wrap_PQgetResult(PGconn *pg);
PGresult *__wrap_PQgetResult(PGconn *pg)
{
	PGresult *res;

	if (silent)
		return NULL;
	res = __real_PQgetResult(pg);
	if (res == NULL || lie_at == 0 || --lie_at > 0)
		return res;
	PQclear(res);
	return PQmakeEmptyPGresult(pg, lie);
}

/* ---- one of each kind ---- */

struct scene {
	struct trial *reads[READS], *own, *far, *plain, *asked, *dry, *vetoed;
	int first; /* of its four numbers */
};

/* Numbers as text, for as long as the test runs. */
static const char *text_of(int n)
{
	static char texts[100][8];

	assert_in_range(n, 0, 99);
	(void)snprintf(texts[n], sizeof(texts[n]), "%d", n);
	return texts[n];
}

/* Whether a unit has memory is asked elsewhere. */
static void rows_add_next(struct trial *t)
{
	unsigned at = fail_at;

	fail_at = 0;
	trial_add(t, &add, text_of(t->value), "of the first's rows");
	fail_at = at;
}

static void rows_veto(struct trial *t)
{
	(void)st_fail(&t->unit.err, ST_FAILED_PRECONDITION, "VETO", NULL, "no");
}

static struct trial *adding(struct rig *r, int id)
{
	struct trial *t = trial_new(r);

	trial_add(t, &add, text_of(id), "x");
	t->value = id + 1;
	return t;
}

static void scene_begin(struct rig *r, struct scene *s, int first)
{
	s->first = first;
	for (int i = 0; i < READS; i++) {
		s->reads[i] = trial_new(r);
		s->reads[i]->unit.share = true;
		trial_add(s->reads[i], &set_scope, text_of(i));
		trial_add(s->reads[i], &scope);
		trial_submit(s->reads[i], POOL_READ);
	}
	s->own = trial_new(r);
	trial_add(s->own, &count);
	trial_submit(s->own, POOL_READ);
	s->far = trial_new(r);
	trial_add(s->far, &far);
	trial_submit(s->far, POOL_SLOW);
	s->plain = adding(r, first);
	trial_submit(s->plain, POOL_WRITE);
	s->asked = adding(r, first + 1);
	trial_ask(s->asked, rows_add_next);
	trial_submit(s->asked, POOL_WRITE);
	s->dry = adding(r, first + 3);
	s->dry->unit.rollback = true;
	trial_submit(s->dry, POOL_WRITE);
	s->vetoed = adding(r, first + 3);
	trial_ask(s->vetoed, rows_veto);
	trial_submit(s->vetoed, POOL_WRITE);
}

static bool went_well(const struct trial *t)
{
	assert_int_equal(t->done, 1);
	return t->unit.err.code == ST_OK;
}

/* Lost in passing, and nothing else. */
static void assert_lost(const struct trial *t, bool may_be_unknown)
{
	assert_int_equal(t->done, 1);
	if (t->unit.unknown && may_be_unknown)
		assert_st(&t->unit.err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
	else
		assert_st(&t->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
}

static int stored(struct rig *r, int from, int n)
{
	char sql[100];

	(void)snprintf(sql, sizeof(sql),
		       "select count(*) from steward.thing where id >= %d and id < %d", from,
		       from + n);
	return rig_int(r, sql);
}

/* All of it is stored when it was told, nothing when it was refused, all or nothing when nobody
 * knows. */
static void check_write(struct rig *r, const struct trial *t, int from, int n)
{
	int found = stored(r, from, n);

	if (!went_well(t))
		assert_lost(t, true);
	assert_true(found == (went_well(t) ? n : 0) || (t->unit.unknown && found == n));
}

static void scene_check(struct rig *r, const struct scene *s)
{
	for (int i = 0; i < READS; i++) {
		if (went_well(s->reads[i]))
			assert_int_equal(db_int(s->reads[i]->unit.last, 0, "scope"), i);
		else
			assert_lost(s->reads[i], false);
	}
	if (!went_well(s->own))
		assert_lost(s->own, false);
	if (!went_well(s->far))
		assert_lost(s->far, true);
	check_write(r, s->plain, s->first, 1);
	check_write(r, s->asked, s->first + 1, 2);
	if (!went_well(s->dry))
		assert_lost(s->dry, false);
	if (s->vetoed->unit.err.code != ST_FAILED_PRECONDITION)
		assert_lost(s->vetoed, false);
	assert_int_equal(stored(r, s->first + 3, 1), 0);
}

static void scene_end(struct scene *s)
{
	struct trial *others[] = { s->own, s->far, s->plain, s->asked, s->dry, s->vetoed };

	for (int i = 0; i < READS; i++)
		trial_free(s->reads[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		trial_free(others[i]);
}

static void assert_serves(struct rig *r)
{
	for (int kind = 0; kind < POOL_KINDS; kind++) {
		struct trial *t = trial_new(r);

		trial_add(t, &count);
		trial_submit(t, (enum pool_kind)kind);
		trial_wait(t);
		assert_st(&t->unit.err, ST_OK, NULL);
		trial_free(t);
	}
}

static void units_bear_a_refusal_anywhere(void **state)
{
	struct rig *r = *state;
	unsigned n = 0;

	do {
		struct scene s[2];

		rig_open(r, 1, 1, 1, 100);
		scene_begin(r, &s[0], 0); /* prepares its statements */
		arm(++n);
		rig_wait_all(r);
		arm(0);
		scene_check(r, &s[0]);
		scene_begin(r, &s[1], 10);
		arm(n);
		rig_wait_all(r);
		fail_at = 0;
		scene_check(r, &s[1]);
		assert_serves(r);
		for (int i = 0; i < 2; i++)
			scene_end(&s[i]);
		rig_close(r);
	} while (has_failed && n < MOST);
	assert_in_range(n, 40, MOST - 1);
}

/* ---- answers that are none ---- */

static void answer_is(struct rig *r, unsigned at, ExecStatusType status)
{
	static int id;
	struct trial *t = adding(r, id++);

	trial_submit(t, POOL_WRITE);
	lie = status;
	lie_at = at;
	trial_wait(t);
	assert_int_equal(lie_at, 0);
	assert_lost(t, true);
	assert_true(t->unit.unknown); /* its Sync was out */
	trial_free(t);
	assert_serves(r);
}

/* A server, or something before it, that does not keep to its protocol. */
static void units_end_when_answers_come_out_of_turn(void **state)
{
	struct rig *r = *state;

	rig_open(r, 1, 1, 1, 10);
	answer_is(r, 1, PGRES_PIPELINE_SYNC); /* not even begun */
	answer_is(r, 1, PGRES_COPY_IN);
	answer_is(r, 3, PGRES_COMMAND_OK); /* after Parse and row, where the Sync is due */
	rig_close(r);
}

static void units_end_when_no_answer_comes(void **state)
{
	struct rig *r = *state;
	struct trial *t = NULL;

	rig_open(r, 1, 1, 1, 10);
	t = adding(r, 1);
	trial_submit(t, POOL_WRITE);
	silent = true;
	trial_wait(t);
	silent = false;
	assert_lost(t, true);
	trial_free(t);
	assert_serves(r);
	rig_close(r);
}

/* No statement of ours copies; one that did would end with its connection, and leave nothing. */
static void units_end_that_copy(void **state)
{
	struct rig *r = *state;
	struct trial *t;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &copy_out);
	trial_submit(t, POOL_READ);
	trial_wait(t);
	assert_lost(t, false);
	trial_free(t);
	assert_serves(r);
	rig_close(r);
}

/* ---- the pool itself ---- */

static bool nothing_left(struct rig *r)
{
	return uv_loop_alive(&r->loop) == 0;
}

static void pool_opens_or_leaves_nothing(void **state)
{
	struct rig *r = *state;
	const char *conninfo = r->pg.conninfo;
	struct pool_options o = { .conninfo = { conninfo, conninfo, conninfo },
				  .size = { 2, 1, 1 },
				  .queue_max = 10,
				  .clock = &r->clock };
	unsigned n = 0;
	enum st_code code;

	do {
		struct st_err err = { 0 };

		arm(++n);
		code = pool_new(&r->loop, &o, &r->pool, &err);
		fail_at = 0;
		if (code == ST_OK)
			break;
		assert_st(&err, ST_RESOURCE_EXHAUSTED, NULL);
		while (!nothing_left(r))
			(void)uv_run(&r->loop, UV_RUN_ONCE);
	} while (n < MOST);
	assert_int_equal(code, ST_OK);
	assert_false(has_failed);
	assert_true(n > 5); /* the pool, its memory, four connections */
	r->closed = false;
	rig_close(r);
}

static void pool_refuses_more_connections_than_it_can_hold(void **state)
{
	struct rig *r = *state;
	const char *conninfo = r->pg.conninfo;
	struct pool_options o = { .conninfo = { conninfo, conninfo, conninfo },
				  .size = { 1, 1, 1u << 20 },
				  .queue_max = 10,
				  .clock = &r->clock };
	struct st_err err = { 0 };

	assert_int_equal(pool_new(&r->loop, &o, &r->pool, &err), ST_RESOURCE_EXHAUSTED);
	assert_true(nothing_left(r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_bear_a_refusal_anywhere),
		cmocka_unit_test(units_end_when_answers_come_out_of_turn),
		cmocka_unit_test(units_end_when_no_answer_comes),
		cmocka_unit_test(units_end_that_copy),
		cmocka_unit_test(pool_opens_or_leaves_nothing),
		cmocka_unit_test(pool_refuses_more_connections_than_it_can_hold),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
