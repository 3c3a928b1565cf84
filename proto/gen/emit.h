#pragma once
/* What is written: C tables for both ends, plans and statements for the daemon, pages for people.
 */
#include "proto/gen/model.h"

/* rpc_methods.c */
void emit_rules(struct gen *g, const struct schema *s);
/* rpc_plans.c, sql_stmts.c, sql_stmts.h */
void emit_plans(struct gen *g, const struct schema *s);
/* migrations.c, which holds the routines too; their names are looked at first, before anything is
 * written. */
void check_migrations(struct gen *g);
void check_routines(struct gen *g);
void emit_migrations(struct gen *g);
/* reference.md and a manual page in scdoc form for each capability: steward-<cap>.1.scd */
void emit_docs(struct gen *g, const struct schema *s);
/* methods.txt: the contract in full, to compare with tests/golden/schema.txt; methods.tsv: for
 * tests */
void emit_contract(struct gen *g, const struct schema *s);

/* Names as people write them: "building_steward", "write", "queue". */
const char *role_word(struct gen *g, int role);
const char *class_word(struct gen *g, const struct method *m);
const char *access_word(struct gen *g, const struct method *m);
const char *offline_word(struct gen *g, const struct method *m);
const char *danger_word(struct gen *g, const struct method *m);
const char *format_word(struct gen *g, const struct field *f);
/* "clerk, operator", or who else may call. */
const char *method_who(struct gen *g, const struct method *m, const char *separator);
