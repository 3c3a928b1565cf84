#pragma once
/* Audit rows: who did what to what, from where. */
#include "server/rpc/op.h"

/* The columns of a row, as parameters of the statements name them. */
#define AUDIT_COLUMNS(X) \
	X(id)            \
	X(property)      \
	X(user)          \
	X(device)        \
	X(session)       \
	X(method)        \
	X(entity)        \
	X(entity_id)     \
	X(number)        \
	X(fields)        \
	X(reason)

struct audit_row {
#define X(name) const char *name;
	AUDIT_COLUMNS(X)
#undef X
};

/* What the op alone tells: all but the entity. False: no memory. */
bool audit_of(struct op *op, struct audit_row *ret);
/* The audit row of a read of personal data joins the unit. Non-OK: noted in op->err. */
enum st_code audit_add_read(struct op *op, struct db_unit *u) ST_MUSTCHECK;
