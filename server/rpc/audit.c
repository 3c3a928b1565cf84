#include "server/rpc/audit.h"

#include "server/db/sql_stmts.h"
#include "server/rpc/answer.h"
#include "server/rpc/app.h"

bool audit_of(struct op *op, struct audit_row *ret)
{
	struct uuid id = uuid_v7(clock_wall_us(op->app->services.clock) / 1000);
	char text[UUID_TEXT];

	*ret = (struct audit_row){
		.id = arena_strdup(&op->mem, uuid_format(&id, text)),
		.property = op->ctx.v[CTX_property],
		.user = op->ctx.v[CTX_user],
		.device = op->ctx.v[CTX_device],
		.session = op->ctx.v[CTX_session],
		.method = op->method->name,
		.number = op_subject(op),
		.fields = answer_fields(op),
		.reason = op->ctx.v[CTX_reason],
	};
	return !op->mem.refused;
}

enum st_code audit_add_read(struct op *op, struct db_unit *u)
{
	struct db_call *call = db_add(u, &sql_core_audit);
	struct audit_row row;

	if (call == NULL || !audit_of(op, &row)) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			"the request is too large to be worked on");
		return op->err.code;
	}
	db_bind(call, "audit_id", row.id);
	db_bind(call, "property", row.property);
	db_bind(call, "user", row.user);
	db_bind(call, "device", row.device);
	db_bind(call, "session", row.session);
	db_bind(call, "method", row.method);
	db_bind(call, "number", row.number);
	db_bind(call, "fields", row.fields);
	db_bind(call, "reason", row.reason);
	db_bind(call, "code", "0");
	return ST_OK;
}
