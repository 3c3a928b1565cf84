#include "server/rpc/group.h"

#include <stdlib.h>

#include "common/turns.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/answer.h"
#include "server/rpc/app.h"
#include "server/rpc/audit.h"
#include "server/rpc/run.h"

#define GROUP_MAX 32u              /* ops of a group */
#define GROUP_READS 4u             /* groups of audited reads that a line has in flight */
#define GROUP_BODY_MAX (16u << 10) /* bytes of a request that shares */
#define GROUP_ARENA_MAX (24u << 20)
/* What a told answer may have more than the stored one: secrets, trace id, "replayed". */
#define GROUP_ANSWER_SPARE 8192u

/* Ops of one scope that wait. It exists while there are some, waiting or in flight. */
struct group_line {
	struct list link;     /* of all lines */
	struct turns waiting; /* devices take turns */
	unsigned in_flight;   /* groups */
	unsigned max;         /* ops of the next group */
	bool writes;
	char scope[];
};

struct group {
	struct db_unit unit;
	struct arena mem;        /* statements, values and rows, until the last op has left */
	struct group_line *line; /* NULL: it goes beside */
	struct op *ops[GROUP_MAX];
	unsigned n, refs;
};

static bool group_writes(const struct op *op)
{
	return op->method->rpc_class == STEWARD__CLASS__WRITE;
}

static void group_unref(struct group *g)
{
	if (--g->refs > 0)
		return;
	arena_fini(&g->mem);
	free(g);
}

void group_leave(struct op *op)
{
	if (op->group != NULL)
		group_unref(op->group);
	op->group = NULL;
}

static void group_take(struct group *g, struct op *op)
{
	must(g->n < GROUP_MAX && op->group == NULL);
	g->ops[g->n++] = op;
	g->refs++;
	op->group = g;
}

/* ---- what is sent ---- */

static bool group_add_claim(struct group *g)
{
	struct db_call *call = db_add(&g->unit, &sql_core_claim);
	const char *device[GROUP_MAX], *key[GROUP_MAX], *method[GROUP_MAX], *print[GROUP_MAX];

	if (call == NULL)
		return false;
	for (unsigned i = 0; i < g->n; i++) {
		device[i] = g->ops[i]->ctx.v[CTX_device];
		key[i] = g->ops[i]->ctx.v[CTX_key];
		method[i] = g->ops[i]->method->name;
		print[i] = run_fingerprint_hex(g->ops[i], &g->mem);
	}
	db_bind(call, "claim_device", bind_array(&g->mem, device, g->n));
	db_bind(call, "claim_key", bind_array(&g->mem, key, g->n));
	db_bind(call, "claim_method", bind_array(&g->mem, method, g->n));
	db_bind(call, "claim_fingerprint", bind_array(&g->mem, print, g->n));
	return !g->mem.refused;
}

static enum st_code group_build(struct group *g)
{
	bool writes = group_writes(g->ops[0]);

	if (writes && !group_add_claim(g))
		return run_no_memory(g->ops[0]);
	for (unsigned i = 0; i < g->n; i++) {
		ST_TRY(run_add(g->ops[i], &g->unit));
		if (!writes)
			ST_TRY(audit_add_read(g->ops[i], &g->unit));
	}
	return g->mem.refused ? run_no_memory(g->ops[0]) : ST_OK;
}

/* ---- what is stored with the rows ---- */

struct group_finish {
	struct audit_row audits[GROUP_MAX];
	struct slice answers[GROUP_MAX];
	struct feed_rows feed;
};

/* Whom or what a change concerns: what the change feed is told of, else what the reply is about. */
static void group_entity(struct op *op, const struct feed_rows *feed, size_t from,
			 struct audit_row *audit)
{
	const char *id = feed->n == from ? answer_id(op) : NULL;

	if (feed->n > from)
		audit->property = feed->property[from];
	if (feed->n == from + 1) {
		audit->entity = feed->entity[from];
		audit->entity_id = feed->id[from];
		if (feed->number[from] != NULL)
			audit->number = feed->number[from];
	} else if (id != NULL) {
		audit->entity = op->method->cap;
		audit->entity_id = id;
	}
}

static enum st_code group_collect_op(struct op *op, struct group_finish *f, unsigned i)
{
	size_t from = f->feed.n;

	/* The database keeps each statement's time only; all together are counted here. */
	if (clock_mono_ms(op->app->services.clock) >= op->deadline_ms) {
		op_fail(op, ST_DEADLINE_EXCEEDED, NULL, NULL,
			"it took too long; nothing was changed");
		return op->err.code;
	}
	ST_TRY(run_take_rows(op));
	if (op->envelope->dry_run)
		return ST_OK;
	ST_TRY(answer_feed(op, &f->feed, &op->err));
	op->fed = f->feed.property + from; /* stays where it is when the columns move on */
	op->n_fed = f->feed.n - from;
	ST_TRY(answer_pack(op, true, &f->answers[i], &op->err));
	if (f->answers[i].len > SESSION_MESSAGE_MAX - GROUP_ANSWER_SPARE) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE", NULL,
			"the answer is larger than a message may be: ask for less at a time");
		return op->err.code;
	}
	if (!audit_of(op, &f->audits[i]))
		return run_no_memory(op);
	group_entity(op, &f->feed, from, &f->audits[i]);
	return ST_OK;
}

static void group_bind_audits(struct group *g, struct db_call *call, const struct group_finish *f)
{
	const char *column[GROUP_MAX];

#define X(name)                                \
	for (unsigned i = 0; i < g->n; i++)    \
		column[i] = f->audits[i].name; \
	db_bind(call, "audit_" #name, bind_array(&g->mem, column, g->n));
	AUDIT_COLUMNS(X)
#undef X
}

static void group_bind_feed(struct group *g, struct db_call *call, const struct feed_rows *feed)
{
#define X(name) db_bind(call, "feed_" #name, bind_array(&g->mem, feed->name, feed->n));
	FEED_COLUMNS(X)
#undef X
}

static bool group_add_answer(struct group *g, const struct op *op, struct slice answer)
{
	struct db_call *call = db_add(&g->unit, &sql_core_answer);

	if (call == NULL)
		return false;
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "key", op->ctx.v[CTX_key]);
	db_bind_bytes(call, "response", answer.data, answer.len);
	return true;
}

static enum st_code group_finish(struct group *g)
{
	struct group_finish *f = arena_new(&g->mem, struct group_finish);
	struct db_call *call;

	if (f == NULL)
		return run_no_memory(g->ops[0]);
	f->feed.mem = &g->mem;
	for (unsigned i = 0; i < g->n; i++)
		if (group_collect_op(g->ops[i], f, i) != ST_OK) {
			st_keep_first(&g->unit.err, &g->ops[i]->err);
			return g->unit.err.code;
		}
	if (g->unit.rollback)
		return ST_OK;
	call = db_add(&g->unit, &sql_core_finish);
	if (call == NULL)
		return run_no_memory(g->ops[0]);
	group_bind_audits(g, call, f);
	group_bind_feed(g, call, &f->feed);
	for (unsigned i = 0; i < g->n; i++)
		if (!group_add_answer(g, g->ops[i], f->answers[i]))
			return run_no_memory(g->ops[0]);
	return g->mem.refused ? run_no_memory(g->ops[0]) : ST_OK;
}

/* The rows of all are back and the transaction is open: the answers are made and stored there. */
static void group_on_rows(struct db_unit *u)
{
	struct group *g = u->owner;

	if (group_finish(g) != ST_OK)
		st_keep_first(&u->err, &g->ops[0]->err);
}

/* ---- lines ---- */

static struct group_line *group_line_of(struct app *app, const struct op *op)
{
	size_t len = strlen(op->scope_csv);
	struct group_line *line;

	list_each(node, &app->groups.lines)
	{
		line = container_of(node, struct group_line, link);
		if (line->writes == group_writes(op) && strcmp(line->scope, op->scope_csv) == 0)
			return line;
	}
	line = calloc(1, sizeof(*line) + len + 1);
	if (line == NULL)
		return NULL;
	turns_init(&line->waiting);
	list_init(&line->link);
	list_push(&app->groups.lines, &line->link);
	line->max = GROUP_MAX;
	line->writes = group_writes(op);
	memcpy(line->scope, op->scope_csv, len + 1);
	return line;
}

static void group_on_done(struct db_unit *u);

static struct group *group_new(struct group_line *line)
{
	struct group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	arena_init(&g->mem, GROUP_ARENA_MAX);
	g->refs = 1;
	g->line = line;
	return g;
}

/* Its ops have their turn again, one by one, before those that came later. */
static void group_part(struct group *g)
{
	g->line->max = 1;
	for (unsigned i = g->n; i-- > 0;) {
		struct op *op = g->ops[i];

		group_leave(op);
		op->err = (struct st_err){ 0 };
		op->alone = true;
		turns_push_again(&g->line->waiting, &op->group_link, op->source);
	}
}

/* Not run at all; without an error of its own there was no memory. */
static void group_end(struct op *op)
{
	op->waiting = false;
	if (op->err.code == ST_OK)
		(void)run_no_memory(op);
	op_finish(op);
}

/* True: it is on its way. Else its op has ended, or its ops wait again. */
static bool group_fly(struct group *g)
{
	struct op *op = g->ops[0];
	enum st_code code;

	db_unit_init(&g->unit, &g->mem, group_on_done, g);
	g->unit.source = op->source;
	g->unit.deadline_ms = op->deadline_ms;
	g->unit.rollback = op->envelope->dry_run;
	g->unit.read_only = !group_writes(op);
	g->unit.on_rows = group_writes(op) ? group_on_rows : NULL;
	code = group_build(g);
	if (code == ST_OK) {
		code = pool_submit(op->app->services.pool,
				   op->method->slow ? POOL_SLOW : POOL_WRITE, &g->unit);
		if (code == ST_OK)
			return true;
		for (unsigned i = 0; i < g->n; i++)
			op_fail_submit(g->ops[i], code);
	}
	if (g->n > 1)
		group_part(g);
	else
		group_end(op);
	return false;
}

static void group_fill(struct group *g)
{
	struct list *next;

	do {
		group_take(g, container_of(turns_pop(&g->line->waiting), struct op, group_link));
		next = turns_peek(&g->line->waiting);
	} while (g->n < g->line->max && !g->ops[0]->alone && next != NULL &&
		 !container_of(next, struct op, group_link)->alone);
}

/* Sends what may go now. A line in which nobody is left is gone afterwards. */
static void group_go(struct group_line *line)
{
	unsigned most = line->writes ? 1 : GROUP_READS;

	line->in_flight++; /* of ours: ops that end meanwhile may bring new ones */
	while (line->in_flight <= most && turns_peek(&line->waiting) != NULL) {
		struct group *g = group_new(line);

		if (g == NULL) {
			group_end(container_of(turns_pop(&line->waiting), struct op, group_link));
			continue;
		}
		group_fill(g);
		if (group_fly(g))
			line->in_flight++;
		group_unref(g);
	}
	line->in_flight--;
	if (line->in_flight > 0 || turns_peek(&line->waiting) != NULL)
		return;
	list_remove(&line->link);
	free(line);
}

static void group_on_done(struct db_unit *u)
{
	struct group *g = u->owner;
	/* The connection's end is everybody's; what else it was is found out one by one. */
	bool part = g->n > 1 && u->err.code != ST_OK && u->err.code != ST_UNAVAILABLE &&
		    !u->unknown;

	g->refs++;
	if (g->line != NULL) {
		g->line->in_flight--;
		if (part)
			group_part(g);
		else if (g->line->max < GROUP_MAX)
			g->line->max *= 2;
		group_go(g->line); /* the database works while the answers are sent */
	}
	for (unsigned i = 0; i < g->n && !part; i++) {
		g->ops[i]->waiting = false;
		run_judge(g->ops[i], u);
	}
	group_unref(g);
}

/* ---- those that wait too long ---- */

static void group_on_timer(uv_timer_t *timer);

static void group_watch(struct group_lines *gl, const struct op *op)
{
	uint64_t now = clock_mono_ms(op->app->services.clock);

	if (op->deadline_ms >= gl->timer_ms)
		return;
	gl->timer_ms = op->deadline_ms;
	(void)uv_timer_start(&gl->timer, group_on_timer,
			     op->deadline_ms > now ? op->deadline_ms - now : 0, 0);
}

/* Has it waited too long? For what has not, the timer is set. */
static bool group_match_late(struct list *item, void *arg)
{
	struct op *op = container_of(item, struct op, group_link);

	if (op->deadline_ms <= clock_mono_ms(op->app->services.clock))
		return true;
	group_watch(arg, op);
	return false;
}

static void group_on_timer(uv_timer_t *timer)
{
	struct group_lines *gl = timer->data;
	struct list late;
	struct list *node;

	list_init(&late);
	gl->timer_ms = UINT64_MAX;
	list_each(line, &gl->lines)
	{
		turns_take(&container_of(line, struct group_line, link)->waiting, group_match_late,
			   gl, &late);
	}
	while ((node = list_pop(&late)) != NULL) {
		struct op *op = container_of(node, struct op, group_link);

		op_fail(op, ST_DEADLINE_EXCEEDED, "QUEUE_TIMEOUT", NULL,
			"the server had too much to do and could not begin in time; nothing was "
			"changed");
		group_end(op);
	}
}

void group_lines_init(struct group_lines *gl, uv_loop_t *loop)
{
	list_init(&gl->lines);
	gl->timer_ms = UINT64_MAX;
	(void)uv_timer_init(loop, &gl->timer); /* cannot fail */
	gl->timer.data = gl;
}

/* ---- from outside ---- */

static bool group_may_share(const struct op *op)
{
	return !op->method->slow && !op->method->access_change && !op->envelope->dry_run &&
	       op->body.len <= GROUP_BODY_MAX;
}

void group_submit(struct op *op)
{
	struct group_line *line = group_may_share(op) ? group_line_of(op->app, op) : NULL;
	struct group *g;

	op->waiting = true;
	if (line != NULL) {
		turns_push(&line->waiting, &op->group_link, op->source);
		group_watch(&op->app->groups, op);
		group_go(line);
		return;
	}
	g = group_new(NULL);
	if (g == NULL) {
		group_end(op);
		return;
	}
	group_take(g, op);
	(void)group_fly(g);
	group_unref(g);
}
