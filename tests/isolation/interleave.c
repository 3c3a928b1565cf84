#include "tests/isolation/interleave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDES 2
#define GATES_MAX 24
#define STEPS_MAX 64
#define RUNS_MAX 2000
#define TEXT_MAX 4000
#define POLLS_MAX 20000
#define POLL_US 300

/* Where one of the two is. */
enum place {
	SIDE_IDLE,    /* not begun */
	SIDE_RUNS,    /* on its way; never seen between two steps */
	SIDE_GATE,    /* stopped by us */
	SIDE_WAITS,   /* stopped by the other */
	SIDE_DONE,    /* has done its work, and may commit */
	SIDE_STARVED, /* the victim of a deadlock: runs again when it can be alone */
	SIDE_OVER,
};

struct side {
	PGconn *pg;
	int pid, gate; /* gate: the number of the next one */
	enum place at;
	char outcome[6]; /* "ok", or a SQLSTATE */
};

struct show {
	const struct meeting *m;
	struct side side[SIDES];
	PGconn *keeper; /* holds the gates, and looks on */
	char property[12];
	char first;
	/* The order: who went on at each step, and whether the other one could have. */
	int chosen[STEPS_MAX];
	bool other[STEPS_MAX];
	int steps, given;
	int deadlocks;
};

static PGconn *show_connect(const char *conninfo)
{
	PGconn *pg = PQconnectdb(conninfo);

	if (PQstatus(pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(pg));
	return pg;
}

/* First value; the caller's buffer. */
static const char *show_ask(PGconn *pg, const char *sql, char out[TEXT_MAX])
{
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
	(void)snprintf(out, TEXT_MAX, "%s",
		       PQntuples(res) > 0 && PQnfields(res) > 0 ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	return out;
}

static void show_do(PGconn *pg, const char *sql)
{
	char unused[TEXT_MAX];

	(void)show_ask(pg, sql, unused);
}

/* The text with $p, $a, $b and $first put in. */
static const char *show_text(const struct show *s, const char *from, char out[TEXT_MAX])
{
	size_t n = 0;

	while (*from != '\0' && n + 16 < TEXT_MAX) {
		if (strncmp(from, "$first", 6) == 0) {
			n += (size_t)snprintf(out + n, TEXT_MAX - n, "'%c'", s->first);
			from += 6;
		} else if (from[0] == '$' && from[1] == 'p') {
			n += (size_t)snprintf(out + n, TEXT_MAX - n, "%s", s->property);
			from += 2;
		} else if (from[0] == '$' && (from[1] == 'a' || from[1] == 'b')) {
			n += (size_t)snprintf(out + n, TEXT_MAX - n, "'%s'",
					      s->side[from[1] - 'a'].outcome);
			from += 2;
		} else {
			out[n++] = *from++;
		}
	}
	assert_int_equal(*from, '\0');
	out[n] = '\0';
	return out;
}

/* ---- gates: advisory locks, held by the keeper; a statement that comes to one waits for it ----
 */

static const char gate_sql[] =
	"create or replace function public.gate() returns trigger language plpgsql as $$\n"
	"declare n int;\n"
	"begin\n"
	"  if coalesce(current_setting('gate.side', true), '') <> ''\n"
	"     and tg_table_name = any (current_setting('gate.tables')::text[]) then\n"
	"    n := current_setting('gate.n')::int;\n"
	"    perform set_config('gate.n', (n + 1)::text, true);\n"
	"    perform pg_advisory_xact_lock(2000000000 + current_setting('gate.side')::int, n);\n"
	"  end if;\n"
	"  return null;\n"
	"end $$;\n"
	"do $$\n"
	"declare t regclass;\n"
	"begin\n"
	"  for t in select c.oid from pg_class c where c.relnamespace = 'steward'::regnamespace "
	"and c.relkind = 'r' loop\n"
	"    execute format('create or replace trigger a_gate before insert or update on %s "
	"for each statement execute function public.gate()', t);\n"
	"  end loop;\n"
	"end $$;\n"
	"grant usage on schema public to steward_app";

static void gates_shut(struct show *s)
{
	char sql[200];

	show_do(s->keeper, "select pg_advisory_unlock_all()");
	(void)snprintf(sql, sizeof(sql),
		       "select count(pg_advisory_lock(2000000000 + x, n)) from generate_series(0, "
		       "1) x, generate_series(0, %d) n",
		       GATES_MAX);
	show_do(s->keeper, sql);
}

static void gate_open(struct show *s, int x)
{
	char sql[100];

	assert_true(s->side[x].gate <= GATES_MAX);
	(void)snprintf(sql, sizeof(sql), "select pg_advisory_unlock(2000000000 + %d, %d)", x,
		       s->side[x].gate++);
	show_do(s->keeper, sql);
}

/* ---- one side ---- */

/* All of it but the commit. */
static void side_begin(struct show *s, int x, const char *gates)
{
	struct side *side = &s->side[x];
	char text[TEXT_MAX], sql[TEXT_MAX + 400];

	side->gate = 0;
	(void)snprintf(sql, sizeof(sql),
		       "begin; select set_config('steward.scope', '%s', true), "
		       "set_config('gate.side', '%d', true), set_config('gate.n', '0', true), "
		       "set_config('gate.tables', '%s', true); %s",
		       s->property, x, gates, show_text(s, s->m->run[x], text));
	assert_int_equal(PQsendQuery(side->pg, sql), 1);
	side->at = SIDE_RUNS;
}

/* What came of the work: it may commit, or has ended already. */
static void side_take(struct show *s, int x)
{
	struct side *side = &s->side[x];
	const char *state = NULL;
	char kept[6] = "";
	PGresult *res;

	while ((res = PQgetResult(side->pg)) != NULL) {
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		if (state != NULL)
			(void)snprintf(kept, sizeof(kept), "%s", state);
		PQclear(res);
	}
	side->at = SIDE_DONE;
	if (kept[0] == '\0')
		return;
	show_do(side->pg, "rollback");
	(void)snprintf(side->outcome, sizeof(side->outcome), "%s", kept);
	side->at = strcmp(kept, "40P01") == 0 ? SIDE_STARVED : SIDE_OVER;
	if (side->at == SIDE_OVER && s->first == '\0')
		s->first = (char)('a' + x);
}

static void side_commit(struct show *s, int x)
{
	struct side *side = &s->side[x];

	show_do(side->pg, "commit");
	(void)snprintf(side->outcome, sizeof(side->outcome), "ok");
	side->at = SIDE_OVER;
	if (s->first == '\0')
		s->first = (char)('a' + x);
}

/* Where one is that has not ended: at a gate, behind the other, or on its way. */
static enum place side_look(struct show *s, int x)
{
	struct side *side = &s->side[x];
	char sql[400], out[TEXT_MAX];

	if (PQconsumeInput(side->pg) == 0)
		fail_msg("%s", PQerrorMessage(side->pg));
	if (!PQisBusy(side->pg)) {
		side_take(s, x);
		return side->at;
	}
	(void)snprintf(sql, sizeof(sql),
		       "select case when exists (select from pg_locks where pid = %d and not "
		       "granted and locktype = 'advisory' and classid = 2000000000 + %d) then 'g' "
		       "when %d = any (pg_blocking_pids(%d)) then 'w' else 'r' end",
		       side->pid, x, s->side[!x].pid, side->pid);
	switch (show_ask(s->keeper, sql, out)[0]) {
	case 'g':
		return SIDE_GATE;
	case 'w':
		return SIDE_WAITS;
	default:
		return SIDE_RUNS;
	}
}

/* Until neither is on its way. Two that wait for each other are no end: PostgreSQL ends one. */
static void show_settle(struct show *s)
{
	for (int i = 0; i < POLLS_MAX; i++) {
		bool moving = false;

		for (int x = 0; x < SIDES; x++) {
			struct side *side = &s->side[x];

			if (side->at == SIDE_RUNS || side->at == SIDE_WAITS ||
			    side->at == SIDE_GATE)
				side->at = side_look(s, x);
			moving = moving || side->at == SIDE_RUNS;
		}
		moving = moving || (s->side[0].at == SIDE_WAITS && s->side[1].at == SIDE_WAITS);
		/* Behind somebody who is no longer there: it is about to go on. */
		for (int x = 0; x < SIDES; x++)
			moving = moving ||
				 (s->side[x].at == SIDE_WAITS && s->side[!x].at >= SIDE_STARVED);
		if (!moving)
			return;
		(void)usleep(POLL_US);
	}
	fail_msg("%s: the two do not come to rest (%d, %d)", s->m->name, s->side[0].at,
		 s->side[1].at);
}

static void side_step(struct show *s, int x)
{
	struct side *side = &s->side[x];

	switch (side->at) {
	case SIDE_IDLE:
		side_begin(s, x, s->m->gates);
		break;
	case SIDE_GATE:
		gate_open(s, x);
		side->at = SIDE_RUNS;
		break;
	default:
		side_commit(s, x);
	}
	show_settle(s);
}

static bool side_can(const struct show *s, int x)
{
	return s->side[x].at == SIDE_IDLE || s->side[x].at == SIDE_GATE ||
	       s->side[x].at == SIDE_DONE;
}

/* ---- one order after the other ---- */

/* "abba": who went on at each step. */
static const char *show_order(const struct show *s, char out[STEPS_MAX + 1])
{
	for (int i = 0; i < s->steps; i++)
		out[i] = (char)('a' + s->chosen[i]);
	out[s->steps] = '\0';
	return out;
}

static void show_check(struct show *s, const char *sql)
{
	char text[TEXT_MAX], found[TEXT_MAX], order[STEPS_MAX + 1];

	(void)show_order(s, order);
	if (show_ask(s->keeper, show_text(s, sql, text), found)[0] != '\0')
		fail_msg("%s, in the order %s (a: %s, b: %s): %s", s->m->name, order,
			 s->side[0].outcome, s->side[1].outcome, found);
}

/* One run: the first 'given' steps are told, then whoever can goes on, a before b. */
static void show_run(struct show *s, const char *begin, const char *always)
{
	char text[TEXT_MAX];

	s->steps = 0;
	s->first = '\0';
	(void)show_ask(s->keeper, begin, text);
	(void)snprintf(s->property, sizeof(s->property), "%.11s", text);
	show_do(s->keeper, show_text(s, s->m->given, text));
	gates_shut(s);
	for (int x = 0; x < SIDES; x++) {
		s->side[x].at = SIDE_IDLE;
		s->side[x].outcome[0] = '\0';
	}
	while (side_can(s, 0) || side_can(s, 1)) {
		int i = s->steps++;

		assert_true(i < STEPS_MAX);
		if (i >= s->given)
			s->chosen[i] = !side_can(s, 0);
		s->other[i] = s->chosen[i] == 0 && side_can(s, 1);
		assert_true(side_can(s, s->chosen[i]));
		side_step(s, s->chosen[i]);
	}
	for (int x = 0; x < SIDES; x++) {
		if (s->side[x].at != SIDE_STARVED)
			continue;
		s->deadlocks++;
		if (!s->m->may_deadlock)
			fail_msg("%s, in the order %s: the two wait for each other", s->m->name,
				 show_order(s, text));
		side_begin(s, x, "{}");
		show_settle(s);
		if (s->side[x].at == SIDE_DONE)
			side_commit(s, x);
	}
	assert_int_equal(s->side[0].at, SIDE_OVER);
	assert_int_equal(s->side[1].at, SIDE_OVER);
	show_check(s, always);
	show_check(s, s->m->holds);
}

/* The next order: the last step at which b could have gone instead of a. */
static bool show_next(struct show *s)
{
	int i = s->steps - 1;

	while (i >= 0 && !s->other[i])
		i--;
	if (i < 0)
		return false;
	s->chosen[i] = 1;
	s->given = i + 1;
	return true;
}

void interleave(const char *conninfo_app, const char *conninfo_super, const char *begin,
		const char *always, const struct meeting *m)
{
	struct show s = { .m = m, .keeper = show_connect(conninfo_super) };
	int runs = 0, ok[2] = { 0 };

	show_do(s.keeper, "set client_min_messages = warning");
	show_do(s.keeper, gate_sql);
	for (int x = 0; x < SIDES; x++) {
		s.side[x].pg = show_connect(conninfo_app);
		s.side[x].pid = PQbackendPID(s.side[x].pg);
	}
	do {
		assert_true(runs++ < RUNS_MAX);
		show_run(&s, begin, always);
		for (int x = 0; x < SIDES; x++)
			ok[x] += strcmp(s.side[x].outcome, "ok") == 0;
	} while (show_next(&s));
	printf("# %s: %d orders; a succeeded in %d, b in %d", m->name, runs, ok[0], ok[1]);
	printf(s.deadlocks > 0 ? ", %d deadlocks\n" : "\n", s.deadlocks);
	(void)fflush(stdout);
	for (int x = 0; x < SIDES; x++)
		PQfinish(s.side[x].pg);
	PQfinish(s.keeper);
}
