#include "server/startup.h"

#include <stdio.h>

#include "common/log.h"
#include "server/db/migrate.h"
#include "server/db/sqlstate.h"

/* One keyword of a libpq string, quoted. */
static const char *startup_keyword(struct arena *mem, const char *keyword, const char *value)
{
	size_t len = strlen(value), used = 0;
	char *quoted = arena_alloc(mem, len * 2 + 1);

	if (value[0] == '\0')
		return "";
	if (quoted == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\'' || value[i] == '\\')
			quoted[used++] = '\\';
		quoted[used++] = value[i];
	}
	return arena_printf(mem, " %s='%s'", keyword, quoted);
}

static const char *startup_string(const struct config *c, const char *host, const char *user,
				  struct arena *mem)
{
	char port[16];
	const char *parts[] = {
		startup_keyword(mem, "host", host),
		startup_keyword(mem, "port",
				(snprintf(port, sizeof(port), "%u", c->db_port), port)),
		startup_keyword(mem, "dbname", c->db_name),
		startup_keyword(mem, "user", user),
		startup_keyword(mem, "sslmode", c->db_sslmode),
		startup_keyword(mem, "passfile", c->db_passfile != NULL ? c->db_passfile : ""),
	};
	/* A standby is no place to work: the next host is tried. A machine that is gone without a
	 * word is given up after some twenty seconds. */
	const char *text = "application_name=stewardd connect_timeout=5 client_encoding=UTF8 "
			   "target_session_attrs=read-write keepalives_idle=10 "
			   "keepalives_interval=5 keepalives_count=2 tcp_user_timeout=20000";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] == NULL || text == NULL)
			return NULL;
		text = arena_printf(mem, "%s%s", text, parts[i]);
	}
	return text;
}

enum st_code startup_conninfo(const struct config *c, const struct cluster *cluster,
			      struct arena *mem, struct startup_conninfo *ret, struct st_err *err)
{
	const char *host = cluster != NULL ? cluster->socket_dir : c->db_host;

	ret->app = startup_string(c, host, c->db_user, mem);
	ret->migrate = startup_string(c, host, c->migrate_user, mem);
	return ret->app != NULL && ret->migrate != NULL
		       ? ST_OK
		       : st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
				 "the database settings are too long");
}

static enum st_code startup_connect(const char *conninfo, PGconn **ret, struct st_err *err)
{
	PGconn *pg = PQconnectdb(conninfo);

	if (PQstatus(pg) == CONNECTION_OK) {
		*ret = pg;
		return ST_OK;
	}
	(void)st_fail(err, ST_UNAVAILABLE, "NO_DATABASE", NULL, "cannot reach PostgreSQL: %s",
		      PQerrorMessage(pg));
	PQfinish(pg);
	return err->code;
}

static enum st_code startup_migrate(const char *conninfo, struct st_err *err)
{
	PGconn *pg;
	unsigned applied;
	enum st_code code;

	ST_TRY(startup_connect(conninfo, &pg, err));
	code = migrate_run(pg, &applied, err);
	PQfinish(pg);
	if (code == ST_OK && applied > 0)
		log_info("migrations applied=%u", applied);
	return code;
}

static enum st_code startup_epoch(PGconn *pg, struct uuid *ret, struct st_err *err)
{
	PGresult *res = PQexec(pg, "select epoch from server_epoch");
	bool known = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1 &&
		     uuid_parse(PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0), ret);

	PQclear(res);
	return known ? ST_OK
		     : st_fail(err, ST_FAILED_PRECONDITION, "NO_EPOCH", NULL,
			       "the database does not tell its epoch: %s", PQerrorMessage(pg));
}

enum st_code startup_database(const struct startup_conninfo *info, struct uuid *ret_epoch,
			      PGconn **ret_pg, struct st_err *err)
{
	struct constraint_texts *texts;
	enum st_code code;
	PGconn *pg;

	ST_TRY(startup_migrate(info->migrate, err));
	ST_TRY(startup_connect(info->app, &pg, err));
	code = constraint_texts_load(pg, &texts, err);
	if (code == ST_OK) {
		constraint_texts_use(texts); /* until the process ends */
		code = startup_epoch(pg, ret_epoch, err);
	}
	if (code != ST_OK) {
		PQfinish(pg);
		return code;
	}
	*ret_pg = pg;
	return ST_OK;
}
