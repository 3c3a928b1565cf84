/*
 * Writes the statements of one method as a pgbench script, so that both sides of the comparison run
 * the same SQL.
 *
 *   statements METHOD NAME=EXPRESSION... > script.sql
 *
 * NAME is a parameter as written in the statement ("case", "ctx_scope"); EXPRESSION the SQL that
 * stands for it. What is not named is null. The scope, the key's claim and the stored answer are
 * part of the script, as they are of the call.
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

int main(int argc, char **argv)
{
	const struct rpc_method *m = argc > 2 ? rpc_find(argv[2]) : NULL;
	const struct rpc_plan *plan;
	bool writes, whole;

	if (m == NULL) {
		(void)fprintf(stderr, "usage: statements plain|whole METHOD NAME=EXPRESSION...\n");
		return 2;
	}
	plan = &rpc_plans[m->index];
	whole = strcmp(argv[1], "whole") == 0;
	writes = m->rpc_class == STEWARD__CLASS__WRITE;
	if (whole) {
		(void)printf("begin;\n");
		print_statement(writes ? &sql_core_scope : &sql_core_scope_read, argc - 3,
				argv + 3);
		if (writes)
			print_statement(&sql_core_claim, argc - 3, argv + 3);
	}
	for (unsigned i = 0; i < plan->n_steps; i++)
		print_statement(plan->steps[i].stmt, argc - 3, argv + 3);
	if (whole) {
		if (writes) {
			print_statement(&sql_core_finish, argc - 3, argv + 3);
			print_statement(&sql_core_answer, argc - 3, argv + 3);
		}
		(void)printf("commit;\n");
	}
	return 0;
}
