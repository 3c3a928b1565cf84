#include "proto/gen/emit.h"

#include "proto/gen/plan.h"
#include "proto/gen/text.h"

static const char *const shape_names[] = {
	[SQL_ONE] = "SQL_ONE",   [SQL_MAYBE] = "SQL_MAYBE", [SQL_MANY] = "SQL_MANY",
	[SQL_EXEC] = "SQL_EXEC", [SQL_FEED] = "SQL_FEED",   [SQL_CALL] = "SQL_CALL",
	[SQL_DUE] = "SQL_DUE",   [SQL_TICK] = "SQL_TICK",   [SQL_DAILY] = "SQL_DAILY",
};

/* Compilers promise only 4095 characters in a literal; those we support take more. */
static void allow_long_strings(FILE *f)
{
	fputs("#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n", f);
}

static void emit_statement_header(struct gen *g, const struct schema *s)
{
	struct output o;

	output_begin(g, &o, "sql_stmts.h");
	fputs("#pragma once\n"
	      "/* Made by steward-gen from server/: every statement by its name, as &sql_<name>. "
	      "*/\n"
	      "#include \"server/db/sql.h\"\n\n",
	      o.f);
	for (size_t i = 0; i < s->n_stmts; i++)
		fprintf(o.f, "#define sql_%s (sql_stmts[%zu])\n", s->stmts[i]->name, i);
	output_end(&o);
}

static void emit_params(FILE *f, const struct statement *stmt)
{
	if (stmt->n_params == 0)
		return;
	fprintf(f, "static const char *const params_%s[] = {\n", stmt->name);
	for (size_t i = 0; i < stmt->n_params; i++)
		fprintf(f, "\t\"%s\",\n", stmt->params[i]);
	fputs("};\n", f);
}

static void emit_statement(FILE *f, const struct statement *stmt)
{
	fprintf(f, "\t{\n\t\t.name = \"%s\",\n\t\t.text = ", stmt->name);
	c_string(f, stmt->text, false);
	fprintf(f, ",\n\t\t.shape = %s,\n", shape_names[stmt->shape]);
	if (stmt->n_params > 0)
		fprintf(f, "\t\t.n_params = %zu,\n\t\t.params = params_%s,\n", stmt->n_params,
			stmt->name);
	fprintf(f, "\t\t.index = %u,\n\t},\n", (unsigned)stmt->index);
}

/* What the daemon does by its own clock. The lists end with an entry that does not count, for those
 * that are empty. */
static void emit_ticks(FILE *f, const struct schema *s)
{
	size_t n = 0;

	fputs("\nconst struct sql_tick sql_ticks[] = {\n", f);
	for (size_t i = 0; i < s->n_stmts; i++) {
		if (s->stmts[i]->shape != SQL_DUE)
			continue;
		fprintf(f, "\t{ \"%s\", &sql_stmts[%zu], &sql_stmts[%u] },\n", s->stmts[i]->owner,
			i, (unsigned)tick_of(s, s->stmts[i])->index);
		n++;
	}
	fprintf(f, "\t{ .name = NULL },\n};\nconst uint16_t sql_tick_count = %zu;\n", n);
	fputs("\nconst struct sql_stmt *const sql_dailies[] = {\n", f);
	n = 0;
	for (size_t i = 0; i < s->n_stmts; i++) {
		if (s->stmts[i]->shape != SQL_DAILY)
			continue;
		fprintf(f, "\t&sql_stmts[%zu],\n", i);
		n++;
	}
	fprintf(f, "\tNULL,\n};\nconst uint16_t sql_daily_count = %zu;\n", n);
}

static void emit_statements(struct gen *g, const struct schema *s)
{
	struct output o;

	output_begin(g, &o, "sql_stmts.c");
	fputs("/* Made by steward-gen from server/: the statements, with $1 for their first :name. "
	      "*/\n"
	      "#include <stddef.h>\n\n"
	      "#include \"server/db/sql.h\"\n\n",
	      o.f);
	allow_long_strings(o.f);
	for (size_t i = 0; i < s->n_stmts; i++)
		emit_params(o.f, s->stmts[i]);
	fputs("\nconst struct sql_stmt sql_stmts[] = {\n", o.f);
	for (size_t i = 0; i < s->n_stmts; i++)
		emit_statement(o.f, s->stmts[i]);
	if (s->n_stmts == 0)
		fputs("\t{ .name = NULL },\n", o.f);
	fprintf(o.f, "};\nconst uint16_t sql_stmt_count = %zu;\n", s->n_stmts);
	emit_ticks(o.f, s);
	output_end(&o);
}

static void emit_param(FILE *f, const char *name, const struct sql_param *p)
{
	if (p->source == SQL_CTX)
		fprintf(f, "\t{ .source = SQL_CTX, .field = CTX_%s },\n", name + 4);
	else if (p->source == SQL_COLUMN)
		fprintf(f, "\t{ .source = SQL_COLUMN, .field = %u, .sub = %u }, /* %s */\n",
			(unsigned)p->field, (unsigned)p->sub, name);
	else
		fprintf(f, "\t{ .source = SQL_FIELD, .field = %u }, /* %s */\n", (unsigned)p->field,
			name);
}

static void emit_steps(FILE *f, const struct method *m)
{
	for (size_t i = 0; i < m->n_steps; i++) {
		const struct step *step = &m->steps[i];

		if (step->stmt->n_params == 0)
			continue;
		fprintf(f, "static const struct sql_param %s_%zu_params[] = {\n", m->symbol, i);
		for (size_t j = 0; j < step->stmt->n_params; j++)
			emit_param(f, step->stmt->params[j], &step->params[j]);
		fputs("};\n", f);
	}
	if (m->n_steps == 0)
		return;
	fprintf(f, "static const struct sql_step %s_steps[] = {\n", m->symbol);
	for (size_t i = 0; i < m->n_steps; i++) {
		const struct step *step = &m->steps[i];

		fprintf(f, "\t{ .stmt = &sql_%s, ", step->stmt->name);
		if (step->stmt->n_params > 0)
			fprintf(f, ".params = %s_%zu_params, ", m->symbol, i);
		if (step->target == SQL_NO_TARGET)
			fputs(".target = SQL_NO_TARGET },\n", f);
		else
			fprintf(f, ".target = %u }, /* %s */\n", (unsigned)step->target,
				m->out->fields[step->target].name);
	}
	fputs("};\n", f);
}

static void emit_plan(FILE *f, const struct method *m)
{
	fprintf(f, "\t{ /* %s */\n", m->name);
	if (m->n_steps > 0)
		fprintf(f, "\t\t.steps = %s_steps,\n\t\t.n_steps = %zu,\n", m->symbol, m->n_steps);
	if (m->rule->hooks)
		fprintf(f, "\t\t.hooks = &%s_hooks,\n", m->symbol);
	fputs("\t},\n", f);
}

void emit_plans(struct gen *g, const struct schema *s)
{
	struct output o;

	emit_statement_header(g, s);
	emit_statements(g, s);
	output_begin(g, &o, "rpc_plans.c");
	fputs("/* Made by steward-gen: what every rpc runs, in the order of rpc_methods. */\n"
	      "#include \"server/db/sql_stmts.h\"\n"
	      "#include \"server/rpc/op.h\"\n\n",
	      o.f);
	for (size_t i = 0; i < s->n_methods; i++)
		if (s->by_name[i]->rule->hooks)
			fprintf(o.f, "extern const struct op_hooks %s_hooks;\n",
				s->by_name[i]->symbol);
	fputc('\n', o.f);
	for (size_t i = 0; i < s->n_methods; i++)
		emit_steps(o.f, s->by_name[i]);
	fputs("\nconst struct rpc_plan rpc_plans[] = {\n", o.f);
	for (size_t i = 0; i < s->n_methods; i++)
		emit_plan(o.f, s->by_name[i]);
	fputs("};\n", o.f);
	output_end(&o);
}
