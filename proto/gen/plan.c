#include "proto/gen/plan.h"

#include <string.h>

#include "proto/gen/sqlfile.h"

static const char *const ctx_names[] = {
#define X(name) [CTX_##name] = #name,
	CTX_VARS(X)
#undef X
};

static const char *ctx_list(struct gen *g)
{
	const char *list = "";

	for (size_t i = 0; i < CTX_COUNT; i++)
		list = mem_printf(g, "%s%s:ctx_%s", list, i > 0 ? ", " : "", ctx_names[i]);
	return list;
}

static void param_ctx(struct gen *g, struct method *m, const struct statement *stmt,
		      const char *name, struct sql_param *ret)
{
	for (size_t i = 0; i < CTX_COUNT; i++)
		if (strcmp(name + strlen("ctx_"), ctx_names[i]) == 0) {
			*ret = (struct sql_param){ .source = SQL_CTX, .field = (uint16_t)i };
			if (i == CTX_property)
				m->needs_property = true;
			return;
		}
	refuse(g, stmt->at, "statement %s: there is no :%s; there are %s", stmt->name, name,
	       ctx_list(g));
}

/* ":rows.title": the column of a repeated message. */
static void param_column(struct gen *g, const struct method *m, const struct statement *stmt,
			 const char *name, const char *dot, struct sql_param *ret)
{
	const struct field *list = message_find(m->in, name, (size_t)(dot - name));
	const struct field *sub;

	if (list == NULL || !list->repeated || list->sub == NULL) {
		refuse(g, stmt->at,
		       "statement %s, run by %s: :%s needs a repeated message field '%.*s' in %s",
		       stmt->name, m->name, name, (int)(dot - name), name, m->in->name);
		return;
	}
	sub = message_find(list->sub, dot + 1, strlen(dot + 1));
	if (sub == NULL || sub->sub != NULL || sub->repeated) {
		refuse(g, stmt->at,
		       "statement %s, run by %s: :%s needs a single plain field '%s' in %s",
		       stmt->name, m->name, name, dot + 1, list->sub->name);
		return;
	}
	*ret = (struct sql_param){ .source = SQL_COLUMN,
				   .field = (uint16_t)field_index(m->in, list),
				   .sub = (uint16_t)field_index(list->sub, sub) };
}

static void param_resolve(struct gen *g, struct method *m, const struct statement *stmt,
			  const char *name, struct sql_param *ret)
{
	const char *dot = strchr(name, '.');
	const struct field *f;

	if (strncmp(name, "ctx_", 4) == 0) {
		param_ctx(g, m, stmt, name, ret);
		return;
	}
	if (dot != NULL) {
		param_column(g, m, stmt, name, dot, ret);
		return;
	}
	f = message_find(m->in, name, strlen(name));
	if (f == NULL)
		refuse(g, stmt->at,
		       "statement %s, run by %s: :%s is neither a field of %s nor :ctx_...; "
		       "correct "
		       "the name or add the field",
		       stmt->name, m->name, name, m->in->name);
	else if (f->sub != NULL)
		refuse(g, stmt->at,
		       "statement %s, run by %s: :%s is a message; name one of its fields, :%s.%s",
		       stmt->name, m->name, name, name,
		       f->sub->n_fields > 0 ? f->sub->fields[0].name : "...");
	else
		*ret = (struct sql_param){ .source = SQL_FIELD,
					   .field = (uint16_t)field_index(m->in, f) };
}

static uint16_t target_resolve(struct gen *g, const struct method *m, const struct statement *stmt,
			       const char *target, size_t len)
{
	const struct field *f = len > 0 ? message_find(m->out, target, len) : NULL;

	if (len == 0 && stmt->shape == SQL_MANY)
		refuse(g, m->at,
		       "rpc %s: statement %s is :many; say where its rows go: sql: \"field=%s\"",
		       m->name, stmt->name, stmt->name);
	if (len > 0 && stmt->shape != SQL_MANY && stmt->shape != SQL_ONE &&
	    stmt->shape != SQL_MAYBE)
		refuse(g, m->at,
		       "rpc %s: statement %s is :%s and has no field to fill: write sql: \"%s\" or "
		       "make it :many",
		       m->name, stmt->name, sql_shape_name(stmt->shape), stmt->name);
	else if (len > 0 &&
		 (f == NULL || f->sub == NULL || f->repeated != (stmt->shape == SQL_MANY)))
		refuse(g, m->at, "rpc %s: rows of %s cannot go to '%.*s': it is no %s field of %s",
		       m->name, stmt->name, (int)len, target,
		       stmt->shape == SQL_MANY ? "repeated message" : "single message",
		       m->out->name);
	return f != NULL ? (uint16_t)field_index(m->out, f) : SQL_NO_TARGET;
}

static void step_add(struct gen *g, struct method *m, struct statement *stmt, const char *target,
		     size_t target_len)
{
	struct step *step = &m->steps[m->n_steps++];
	struct sql_param *params = mem_array(g, stmt->n_params, sizeof(*params));

	stmt->used = true;
	step->stmt = stmt;
	step->params = params;
	if (stmt->shape >= SQL_CALL) {
		refuse(g, m->at,
		       "rpc %s: statement %s is :%s, which only C code runs; give it another "
		       "shape",
		       m->name, stmt->name, sql_shape_name(stmt->shape));
		return;
	}
	if (stmt->shape == SQL_FEED && m->rule->class_ != STEWARD__CLASS__WRITE)
		refuse(g, m->at, "rpc %s: statement %s is :feed, so the rpc must be class: WRITE",
		       m->name, stmt->name);
	step->target = target_resolve(g, m, stmt, target, target_len);
	for (size_t i = 0; i < stmt->n_params; i++)
		param_resolve(g, m, stmt, stmt->params[i], &params[i]);
}

/* "items=case_list" or "case_list". */
static void step_named(struct gen *g, struct schema *s, struct method *m, const char *text)
{
	const char *equals = strchr(text, '=');
	const char *name = equals != NULL ? equals + 1 : text;
	struct statement *stmt = statement_find(s, name, strlen(name));

	if (stmt == NULL)
		refuse(g, m->at,
		       "rpc %s names a statement %s that does not exist: write it in "
		       "server/cap/%s.sql",
		       m->name, name, m->cap);
	else
		step_add(g, m, stmt, text, equals != NULL ? (size_t)(equals - text) : 0);
}

/* Without `sql` the statement called like the rpc serves it. With hooks there need not be one, and
 * one that only C code runs is the hooks' own. */
static void step_default(struct gen *g, struct schema *s, struct method *m)
{
	struct statement *stmt = statement_find(s, m->symbol, strlen(m->symbol));

	if (m->rule->hooks && (stmt == NULL || stmt->shape == SQL_CALL))
		return;
	if (stmt == NULL)
		refuse(g, m->at,
		       "rpc %s has neither statement nor hooks: write `-- :name %s :one` in "
		       "server/cap/%s.sql, or hooks: true",
		       m->name, m->symbol, m->cap);
	else
		step_add(g, m, stmt, "", 0);
}

static void plan_method(struct gen *g, struct schema *s, struct method *m)
{
	const Steward__RpcRule *r = m->rule;
	size_t n = r->n_sql > 0 ? r->n_sql : 1;

	if (r->class_ == STEWARD__CLASS__STREAM) {
		if (!r->hooks)
			refuse(g, m->at,
			       "rpc %s is a stream, which only C can feed: write hooks: true and "
			       "server/cap/%s.c",
			       m->name, m->cap);
		if (r->n_sql > 0)
			refuse(g, m->at,
			       "rpc %s is a stream, whose hooks run :call statements: remove sql",
			       m->name);
		return;
	}
	m->steps = mem_array(g, n, sizeof(*m->steps));
	for (size_t i = 0; i < r->n_sql; i++)
		step_named(g, s, m, r->sql[i]);
	if (r->n_sql == 0)
		step_default(g, s, m);
}

void plan_methods(struct gen *g, struct schema *s)
{
	for (size_t i = 0; i < s->n_methods; i++)
		plan_method(g, s, s->methods[i]);
}

void plan_check_unused(struct gen *g, const struct schema *s)
{
	for (size_t i = 0; i < s->n_stmts; i++) {
		const struct statement *stmt = s->stmts[i];

		if (stmt->shape < SQL_CALL && !stmt->used)
			refuse(g, stmt->at,
			       "no rpc names statement %s: add it to an rpc's sql, or remove it",
			       stmt->name);
	}
}

/* The statement of this shape that a capability has; NULL: none. */
static const struct statement *shape_of(const struct schema *s, const char *owner,
					enum sql_shape shape)
{
	for (size_t i = 0; i < s->n_stmts; i++)
		if (s->stmts[i]->shape == shape && strcmp(s->stmts[i]->owner, owner) == 0)
			return s->stmts[i];
	return NULL;
}

const struct statement *tick_of(const struct schema *s, const struct statement *due)
{
	return shape_of(s, due->owner, SQL_TICK);
}

static bool tick_may(const struct statement *stmt, const char *param)
{
	return stmt->shape == SQL_TICK &&
	       (strcmp(param, "property") == 0 || strcmp(param, "limit") == 0);
}

static bool names(const struct statement *stmt, const char *param)
{
	for (size_t i = 0; i < stmt->n_params; i++)
		if (strcmp(stmt->params[i], param) == 0)
			return true;
	return false;
}

static void tick_check(struct gen *g, const struct schema *s, const struct statement *stmt)
{
	const enum sql_shape other = stmt->shape == SQL_DUE ? SQL_TICK : SQL_DUE;

	if (shape_of(s, stmt->owner, stmt->shape) != stmt)
		refuse(g, stmt->at,
		       "statement %s: %s has a :%s already; one does all that comes due there",
		       stmt->name, stmt->owner, sql_shape_name(stmt->shape));
	if (stmt->shape != SQL_DAILY && shape_of(s, stmt->owner, other) == NULL)
		refuse(g, stmt->at,
		       "statement %s is :%s, and %s has no :%s: where something has come due "
		       "belongs to what is done about it",
		       stmt->name, sql_shape_name(stmt->shape), stmt->owner, sql_shape_name(other));
	if (stmt->shape == SQL_TICK && !names(stmt, "property"))
		refuse(g, stmt->at,
		       "statement %s is :tick: it works at :property, and names it not",
		       stmt->name);
	for (size_t i = 0; i < stmt->n_params; i++)
		if (!tick_may(stmt, stmt->params[i]))
			refuse(g, stmt->at,
			       "statement %s is :%s and knows no :%s; a :tick knows :property and "
			       ":limit, the others nothing",
			       stmt->name, sql_shape_name(stmt->shape), stmt->params[i]);
}

void plan_check_ticks(struct gen *g, const struct schema *s)
{
	for (size_t i = 0; i < s->n_stmts; i++)
		if (s->stmts[i]->shape > SQL_CALL)
			tick_check(g, s, s->stmts[i]);
}
