#include "server/db/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/db/bind_path.h"
#include "server/db/check_types.h"

struct sql_check {
	PGconn *pg;
	void (*report)(void *arg, const char *fault);
	void *arg;
	unsigned faults;
};

static void sql_check_fault(struct sql_check *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void sql_check_fault(struct sql_check *c, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->faults++;
	c->report(c->arg, text);
}

/* False: the server does not take it. */
static bool sql_check_prepare(struct sql_check *c, const struct sql_stmt *stmt)
{
	PGresult *res = PQprepare(c->pg, stmt->name, stmt->text, 0, NULL);
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *at = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);

	if (!ok)
		sql_check_fault(c, "statement %s: %s%s%s%s%s", stmt->name,
				message != NULL ? message : PQresultErrorMessage(res),
				at != NULL ? ", at character " : "", at != NULL ? at : "",
				hint != NULL ? "; " : "", hint != NULL ? hint : "");
	PQclear(res);
	return ok;
}

static const char *sql_check_param(const struct rpc_method *m, const struct sql_param *p, Oid type)
{
	const ProtobufCFieldDescriptor *f;
	const ProtobufCMessageDescriptor *sub;

	if (p->source == SQL_CTX)
		return check_param_ctx((enum ctx_var)p->field, type);
	f = &m->in->desc->fields[p->field];
	if (p->source == SQL_COLUMN) {
		sub = f->descriptor;
		return check_param_field(&sub->fields[p->sub], true, type);
	}
	return check_param_field(f, f->label == PROTOBUF_C_LABEL_REPEATED, type);
}

static void sql_check_params(struct sql_check *c, const struct rpc_method *m,
			     const struct sql_step *step, const PGresult *res)
{
	const struct sql_stmt *stmt = step->stmt;
	char name[32];

	if (PQnparams(res) != stmt->n_params) {
		sql_check_fault(c, "%s: statement %s has %d parameters, %u are known", m->name,
				stmt->name, PQnparams(res), stmt->n_params);
		return;
	}
	for (int i = 0; i < stmt->n_params; i++) {
		Oid type = PQparamtype(res, i);
		const char *why = sql_check_param(m, &step->params[i], type);

		if (why != NULL)
			sql_check_fault(c, "%s: statement %s, parameter :%s (%s): %s", m->name,
					stmt->name, stmt->params[i], check_type_name(type, name),
					why);
	}
}

/* The message the rows fill, NULL: none. */
static const ProtobufCMessageDescriptor *sql_check_target(const struct rpc_method *m,
							  const struct sql_step *step)
{
	if (step->stmt->shape != SQL_ONE && step->stmt->shape != SQL_MAYBE &&
	    step->stmt->shape != SQL_MANY)
		return NULL;
	return step->target != SQL_NO_TARGET ? m->out->desc->fields[step->target].descriptor
					     : m->out->desc;
}

static const char *sql_check_column(const struct rpc_method *m, const struct sql_step *step,
				    const char *name, Oid type)
{
	const ProtobufCMessageDescriptor *desc = sql_check_target(m, step);
	struct bind_path path;
	const char *why;

	if (step->stmt->shape == SQL_FEED)
		return check_feed_column(name, type);
	if (desc == NULL)
		return NULL;
	why = bind_path_find(desc, name, &path);
	return why != NULL ? why : check_column(path.fields[path.n - 1], type);
}

static void sql_check_columns(struct sql_check *c, const struct rpc_method *m,
			      const struct sql_step *step, const PGresult *res)
{
	int n = PQnfields(res);
	char name[32];

	for (int i = 0; i < n; i++) {
		Oid type = PQftype(res, i);
		const char *why = sql_check_column(m, step, PQfname(res, i), type);

		if (why != NULL)
			sql_check_fault(c, "%s: statement %s, column \"%s\" (%s): %s", m->name,
					step->stmt->name, PQfname(res, i),
					check_type_name(type, name), why);
		for (int j = 0; j < i; j++)
			if (strcmp(PQfname(res, i), PQfname(res, j)) == 0)
				sql_check_fault(c, "%s: statement %s gives column \"%s\" twice",
						m->name, step->stmt->name, PQfname(res, i));
	}
	if (step->stmt->shape == SQL_FEED && n != 6)
		sql_check_fault(
			c,
			"%s: statement %s must give property_id, entity, id, version, dead, "
			"number",
			m->name, step->stmt->name);
	if (sql_check_target(m, step) != NULL && n == 0)
		sql_check_fault(c, "%s: statement %s gives no rows; it should be :exec", m->name,
				step->stmt->name);
}

static void sql_check_step(struct sql_check *c, const struct rpc_method *m,
			   const struct sql_step *step)
{
	PGresult *res = PQdescribePrepared(c->pg, step->stmt->name);

	/* One that could not be prepared was reported already. */
	if (PQresultStatus(res) == PGRES_COMMAND_OK) {
		sql_check_params(c, m, step, res);
		sql_check_columns(c, m, step, res);
	}
	PQclear(res);
}

enum st_code sql_check(PGconn *pg, const struct sql_check_input *in,
		       void (*report)(void *arg, const char *fault), void *arg,
		       unsigned *ret_faults, struct st_err *err)
{
	struct sql_check c = { .pg = pg, .report = report, .arg = arg };

	for (size_t i = 0; i < in->n_stmts; i++)
		(void)sql_check_prepare(&c, &in->stmts[i]);
	for (size_t i = 0; i < in->n_methods; i++)
		for (unsigned s = 0; s < in->plans[i].n_steps; s++)
			sql_check_step(&c, &in->methods[i], &in->plans[i].steps[s]);
	if (PQstatus(pg) != CONNECTION_OK)
		return st_fail(err, ST_UNAVAILABLE, "DATABASE_LOST", NULL,
			       "the database was lost: %s", PQerrorMessage(pg));
	*ret_faults = c.faults;
	return ST_OK;
}
