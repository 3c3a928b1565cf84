#include "tests/support/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLD_TRIES 5000
#define HOLD_PAUSE_US 2000

static PGconn *hold_connect(struct rig *rig)
{
	char conninfo[300];
	const char *desk = rig_desk(rig);
	PGconn *pg;

	(void)snprintf(conninfo, sizeof(conninfo),
		       "host=%.*s/run user=postgres dbname=steward options='-c "
		       "search_path=steward_code,steward'",
		       (int)(strlen(desk) - strlen("/desk")), desk);
	pg = PQconnectdb(conninfo);
	if (PQstatus(pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(pg));
	return pg;
}

static void hold_run(PGconn *pg, const char *sql)
{
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);

	PQclear(res);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
}

struct hold hold_begin(struct rig *rig, const char *sql)
{
	struct hold h = { hold_connect(rig) };

	hold_run(h.pg, "begin");
	hold_run(h.pg, sql);
	return h;
}

struct hold hold_changes(struct rig *rig)
{
	return hold_begin(rig, "select from feed_head h join property p on p.id = h.property_id "
			       "where p.code = 'SUN' for update of h");
}

void hold_send(struct hold *h, const char *sql)
{
	assert_int_equal(PQsendQuery(h->pg, sql), 1);
}

void hold_until_waiting(struct rig *rig, int n)
{
	PGconn *pg = hold_connect(rig);
	int found = -1;

	for (int i = 0; i < HOLD_TRIES && found < n; i++) {
		PGresult *res = PQexec(pg, "select count(*) from pg_stat_activity where "
					   "application_name = 'stewardd' and wait_event_type = "
					   "'Lock'");

		assert_int_equal(PQntuples(res), 1);
		found = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
		PQclear(res);
		if (found < n)
			(void)usleep(HOLD_PAUSE_US);
	}
	PQfinish(pg);
	assert_int_equal(found, n);
}

bool hold_join(struct hold *h)
{
	bool ok = true;
	PGresult *res;

	while ((res = PQgetResult(h->pg)) != NULL) {
		ok = ok && PQresultStatus(res) != PGRES_FATAL_ERROR;
		PQclear(res);
	}
	return ok;
}

static void hold_finish(struct hold *h, const char *sql)
{
	(void)hold_join(h);
	hold_run(h->pg, sql);
	PQfinish(h->pg);
}

void hold_end(struct hold *h)
{
	hold_finish(h, "rollback");
}

void hold_commit(struct hold *h)
{
	hold_finish(h, "commit");
}
