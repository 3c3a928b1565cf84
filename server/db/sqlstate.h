#pragma once
/*
 * What the database says, translated where it is met: SQLSTATE and constraint name to code, reason,
 * field and sentence.
 *
 * A constraint's COMMENT is the sentence a clerk reads when it refuses, and the field it blames:
 *     comment on constraint occupancy_no_double is
 *       'unit: somebody else holds this unit in that period';
 * The daemon loads them all at start (constraint_texts_load()).
 *
 * SQL functions refuse with refuse(class, reason, field, message), which raises a class of its own:
 *   STNOF NOT_FOUND   STPRE FAILED_PRECONDITION   STVER ABORTED, VERSION_CONFLICT by default
 *   STEXI ALREADY_EXISTS   STINV INVALID_ARGUMENT   STDEN PERMISSION_DENIED
 * with reason in CONSTRAINT, field in COLUMN, sentence in MESSAGE.
 */
#include <libpq-fe.h>

#include "common/err.h"

struct constraint_texts;
/* Synchronous, at start, on an idle connection. */
enum st_code constraint_texts_load(PGconn *pg, struct constraint_texts **ret,
				   struct st_err *err) ST_MUSTCHECK;
void constraint_texts_free(struct constraint_texts *t);
/* The table used by sqlstate_translate(); borrowed until the process ends. */
void constraint_texts_use(const struct constraint_texts *t);

/* Fills err from a failed result. Also copies SQLSTATE and constraint name out (either may be
 * NULL). */
enum st_code sqlstate_translate(const PGresult *res, char sqlstate[6], char constraint[64],
				struct st_err *err);
