#pragma once
/*
 * Reads the annotated .sql files (the form is described in server/db/sql.h).
 *
 * It knows of SQL only what it takes to tell a ':name' from everything that looks like one: quotes,
 * dollar quotes, comments, '::' casts, ':=' and array slices ("a[1:n]", written without blanks).
 */
#include "proto/gen/model.h"

#define SQL_PARAMS_MAX 200

/* All statements of server/rpc and the capabilities, into 's'. */
void statements_load(struct gen *g, struct schema *s);
/* Those of one text. 'file' is for messages; every name must begin with 'prefix'. */
void statements_scan(struct gen *g, struct schema *s, const char *file, const char *prefix,
		     const char *text);
struct statement *statement_find(const struct schema *s, const char *name, size_t len);
const char *sql_shape_name(enum sql_shape shape);
