/*
 * Writes the statements of one method, so that both sides of a comparison run the same SQL.
 *
 *   statements PART METHOD NAME=EXPRESSION... > script.sql
 *   statements json METHOD > plan.json
 *
 * PART: "whole" is the call as the daemon makes it, from begin to commit; "plain" are the method's
 * own statements; "claim" and "finish" what a write has around them. NAME is a parameter as written
 * in the statement ("case", "ctx_scope"); EXPRESSION the SQL that stands for it. What is not named
 * is null.
 *
 * "json" is for programs that bind parameters themselves: the statements in their order, with $1..,
 * each with the names of its parameters and the field of the reply its rows belong to.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/rules.h"
#include "proto/option_types.pb-c.h"
#include "server/db/sql.h"
#include "server/db/sql_stmts.h"

static const char *expression_of(const char *name, int argc, char **argv)
{
	size_t len = strlen(name);

	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=')
			return argv[i] + len + 1;
	return "null";
}

/* The text with each $n replaced; literals hold no '$' followed by a digit. */
static void print_statement(const struct sql_stmt *stmt, int argc, char **argv)
{
	for (const char *p = stmt->text; *p != '\0'; p++) {
		if (*p == '$' && isdigit((unsigned char)p[1])) {
			unsigned n = 0;

			while (isdigit((unsigned char)p[1]))
				n = n * 10 + (unsigned)(*++p - '0');
			(void)printf("(%s)", expression_of(stmt->params[n - 1], argc, argv));
		} else {
			(void)putchar(*p == '\n' ? ' ' : *p);
		}
	}
	(void)printf(";\n");
}

static void print_steps(const struct rpc_plan *plan, int argc, char **argv)
{
	for (unsigned i = 0; i < plan->n_steps; i++)
		print_statement(plan->steps[i].stmt, argc, argv);
}

static void print_finish(int argc, char **argv)
{
	print_statement(&sql_core_finish, argc, argv);
	print_statement(&sql_core_answer, argc, argv);
}

static void print_whole(const struct rpc_method *m, int argc, char **argv)
{
	bool writes = m->rpc_class == STEWARD__CLASS__WRITE;

	(void)printf("begin;\n");
	print_statement(writes ? &sql_core_scope : &sql_core_scope_read, argc, argv);
	if (writes)
		print_statement(&sql_core_claim, argc, argv);
	print_steps(&rpc_plans[m->index], argc, argv);
	if (writes)
		print_finish(argc, argv);
	(void)printf("commit;\n");
}

static void print_string(const char *text)
{
	(void)putchar('"');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			(void)putchar('\\');
		if (*p == '\n' || *p == '\t')
			(void)putchar(' ');
		else
			(void)putchar(*p);
	}
	(void)putchar('"');
}

/* 'field': NULL where the rows are the reply itself, or nobody's. */
static void print_json_statement(const struct sql_stmt *stmt, const char *role, const char *field)
{
	(void)printf("{\"name\": \"%s\", \"role\": \"%s\", \"text\": ", stmt->name, role);
	print_string(stmt->text);
	(void)printf(", \"params\": [");
	for (unsigned i = 0; i < stmt->n_params; i++)
		(void)printf("%s\"%s\"", i > 0 ? ", " : "", stmt->params[i]);
	(void)printf("], \"field\": ");
	if (field != NULL)
		print_string(field);
	else
		(void)printf("null");
	(void)putchar('}');
}

static void print_json(const struct rpc_method *m)
{
	const struct rpc_plan *plan = &rpc_plans[m->index];
	bool writes = m->rpc_class == STEWARD__CLASS__WRITE;

	(void)printf("{\"method\": \"%s\", \"statements\": [\n", m->name);
	print_json_statement(writes ? &sql_core_scope : &sql_core_scope_read, "scope", NULL);
	if (writes) {
		(void)printf(",\n");
		print_json_statement(&sql_core_claim, "claim", NULL);
	}
	for (unsigned i = 0; i < plan->n_steps; i++) {
		unsigned target = plan->steps[i].target;

		(void)printf(",\n");
		print_json_statement(plan->steps[i].stmt, "step",
				     target == SQL_NO_TARGET ? NULL
							     : m->out->desc->fields[target].name);
	}
	if (writes) {
		(void)printf(",\n");
		print_json_statement(&sql_core_finish, "finish", NULL);
		(void)printf(",\n");
		print_json_statement(&sql_core_answer, "finish", NULL);
	}
	(void)printf("\n]}\n");
}

static int usage(void)
{
	(void)fprintf(stderr,
		      "usage: statements whole|plain|claim|finish METHOD NAME=EXPRESSION...\n"
		      "       statements json METHOD\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct rpc_method *m = argc > 2 ? rpc_find(argv[2]) : NULL;
	const char *part = argc > 1 ? argv[1] : "";

	if (m != NULL && strcmp(part, "whole") == 0)
		print_whole(m, argc - 3, argv + 3);
	else if (m != NULL && strcmp(part, "plain") == 0)
		print_steps(&rpc_plans[m->index], argc - 3, argv + 3);
	else if (m != NULL && strcmp(part, "claim") == 0)
		print_statement(&sql_core_claim, argc - 3, argv + 3);
	else if (m != NULL && strcmp(part, "finish") == 0)
		print_finish(argc - 3, argv + 3);
	else if (m != NULL && strcmp(part, "json") == 0)
		print_json(m);
	else
		return usage();
	return 0;
}
