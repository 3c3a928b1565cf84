#include "server/db/sql_stmts.h"

const struct sql_stmt *ping_statement(void);

const struct sql_stmt *ping_statement(void)
{
	return &sql_core_ping;
}
