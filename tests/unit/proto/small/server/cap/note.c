#include "server/db/sql_stmts.h"
#include "server/rpc/op.h"

static void note_watch_start(struct op *op)
{
	(void)db_add(&op->unit, &sql_note_watch_next);
}

const struct op_hooks note_watch_hooks = { .stream_start = note_watch_start };
const struct op_hooks note_drop_pin_hooks = { 0 };
