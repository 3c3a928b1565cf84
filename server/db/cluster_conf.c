#include "server/db/cluster_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What may be changed by hand stands in postgresql.conf, which is never touched after initdb. */
static const char cluster_settings[] =
	"# Written by stewardd at every start. Own settings go into postgresql.conf, below its "
	"include line.\n"
	"listen_addresses = ''\n"
	"port = 5432\n"
	"unix_socket_directories = '%s'\n"
	"unix_socket_permissions = 0700\n"
	"max_connections = 60\n"
	"shared_buffers = %s\n"
	"max_wal_size = 2GB\n"
	"wal_compression = on\n"
	"random_page_cost = 1.1\n"
	"jit = off\n"
	"# A young table is analysed soon, or its first queries are planned blindly.\n"
	"autovacuum_naptime = 5s\n"
	"timezone = 'UTC'\n"
	"log_timezone = 'UTC'\n"
	"datestyle = 'iso, ymd'\n"
	"log_line_prefix = '%%m [%%p] %%u '\n"
	"# A refused statement is told to whoever sent it; its values do not belong into a log.\n"
	"log_min_messages = log\n"
	"log_error_verbosity = terse\n"
	"tcp_keepalives_idle = 30\n"
	"synchronous_commit = %s\n"
	"fsync = %s\n"
	"full_page_writes = %s\n";

static const char cluster_hba[] = "# Written by stewardd at every start.\n"
				  "local all all peer map=steward\n"
				  "local replication steward_backup peer map=steward\n";

static const char *const cluster_logins[] = {
	"postgres",        "steward_migrate", "steward_app",
	"steward_analyst", "steward_sealer",  "steward_backup"
};

/* Safe to run again: what exists is left or set to the same. */
static const char cluster_roles_sql[] =
	"set client_min_messages = warning;\n"
	"do $do$\n"
	"declare r text;\n"
	"begin\n"
	"  foreach r in array array['owner', 'migrate', 'app', 'analyst', 'sealer', 'backup'] "
	"loop\n"
	"    if not exists (select from pg_roles where rolname = 'steward_' || r) then\n"
	"      execute format('create role %I', 'steward_' || r);\n"
	"    end if;\n"
	"    execute format('alter role %I set search_path = steward_code, steward, public', "
	"'steward_' || r);\n"
	"  end loop;\n"
	"end $do$;\n"
	"alter role steward_owner nologin;\n"
	"alter role steward_migrate login;\n"
	"alter role steward_app login;\n"
	"alter role steward_analyst login connection limit 4;\n"
	"alter role steward_analyst set default_transaction_read_only = on;\n"
	"alter role steward_analyst set statement_timeout = '30s';\n"
	"alter role steward_sealer login;\n"
	"alter role steward_backup login replication bypassrls;\n"
	"grant steward_owner to steward_migrate;\n"
	"grant pg_read_all_data to steward_backup;\n";

static const char cluster_database_sql[] =
	"revoke connect, temporary on database steward from public;\n"
	"grant connect on database steward to steward_migrate, steward_app, steward_analyst, "
	"steward_sealer,\n"
	"  steward_backup;\n";

/* True: the file holds exactly this. */
static bool cluster_conf_same(const char *path, const char *text)
{
	char have[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(have, 1, sizeof(have), f);
	(void)fclose(f);
	return n == strlen(text) && memcmp(have, text, n) == 0;
}

/* Whole or not at all: written aside, then renamed. */
static enum st_code cluster_conf_put(const struct cluster_conf *c, const char *name,
				     const char *text, bool *changed, struct st_err *err)
{
	char path[PATH_MAX], aside[PATH_MAX];
	size_t len = strlen(text);
	bool ok;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", c->data, name) >= (int)sizeof(path) ||
	    snprintf(aside, sizeof(aside), "%s/%s.new", c->data, name) >= (int)sizeof(aside))
		return st_fail(err, ST_INVALID_ARGUMENT, "PATH_TOO_LONG", NULL, "'%s' is too long",
			       c->data);
	if (cluster_conf_same(path, text))
		return ST_OK;
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return st_fail(err, ST_INTERNAL, "CLUSTER_FILE", NULL, "cannot write '%s': %s",
			       aside, strerror(errno));
	ok = write(fd, text, len) == (ssize_t)len && fchown(fd, c->uid, c->gid) == 0;
	ok = close(fd) == 0 && ok && rename(aside, path) == 0;
	if (!ok)
		return st_fail(err, ST_INTERNAL, "CLUSTER_FILE", NULL, "cannot write '%s': %s",
			       path, strerror(errno));
	*changed = true;
	return ST_OK;
}

/* 'from' as it stands between single quotes in a settings file. */
static bool cluster_conf_quote(const char *from, char *out, size_t size)
{
	size_t n = 0;

	for (; *from != 0; from++) {
		if (n + 3 > size)
			return false;
		if (*from == '\'')
			out[n++] = '\'';
		out[n++] = *from;
	}
	out[n] = 0;
	return true;
}

static enum st_code cluster_conf_settings(const struct cluster_conf *c, bool *changed,
					  struct st_err *err)
{
	char run[PATH_MAX], text[PATH_MAX + sizeof(cluster_settings) + 64];
	const char *safe = c->durable ? "on" : "off";

	if (!cluster_conf_quote(c->run, run, sizeof(run)))
		return st_fail(err, ST_INVALID_ARGUMENT, "PATH_TOO_LONG", NULL, "'%s' is too long",
			       c->run);
	(void)snprintf(text, sizeof(text), cluster_settings, run, c->durable ? "256MB" : "64MB",
		       safe, safe, safe);
	return cluster_conf_put(c, "steward.conf", text, changed, err);
}

static enum st_code cluster_conf_ident(const struct cluster_conf *c, bool *changed,
				       struct st_err *err)
{
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), "# Written by stewardd at every start.\n");

	for (size_t i = 0; i < sizeof(cluster_logins) / sizeof(cluster_logins[0]); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "steward \"%s\" %s\n", c->daemon,
				      cluster_logins[i]);
	if (strcmp(c->account, c->daemon) != 0)
		(void)snprintf(text + n, sizeof(text) - n, "steward \"%s\" postgres\n", c->account);
	return cluster_conf_put(c, "pg_ident.conf", text, changed, err);
}

/* Own settings win, because they stand below. */
static enum st_code cluster_conf_include(const struct cluster_conf *c, struct st_err *err)
{
	static const char line[] = "\ninclude = 'steward.conf'\n";
	char path[PATH_MAX], mark[PATH_MAX];
	bool ok = true;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/postgresql.conf", c->data) >= (int)sizeof(path) ||
	    snprintf(mark, sizeof(mark), "%s/steward.conf", c->data) >= (int)sizeof(mark))
		return st_fail(err, ST_INVALID_ARGUMENT, "PATH_TOO_LONG", NULL, "'%s' is too long",
			       c->data);
	if (access(mark, F_OK) == 0) /* written right after the line, see below */
		return ST_OK;
	f = fopen(path, "ae");
	if (f != NULL)
		ok = fputs(line, f) != EOF;
	if (f == NULL || fclose(f) != 0 || !ok)
		return st_fail(err, ST_INTERNAL, "CLUSTER_FILE", NULL, "cannot write '%s': %s",
			       path, strerror(errno));
	return ST_OK;
}

enum st_code cluster_conf_write(const struct cluster_conf *c, bool *ret_changed, struct st_err *err)
{
	bool changed = false;

	if (strlen(c->daemon) > 200 || strchr(c->daemon, '"') != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "ACCOUNT_NAME", NULL,
			       "'%s' cannot be used as the name of an account here", c->daemon);
	ST_TRY(cluster_conf_include(c, err));
	ST_TRY(cluster_conf_settings(c, &changed, err));
	ST_TRY(cluster_conf_put(c, "pg_hba.conf", cluster_hba, &changed, err));
	ST_TRY(cluster_conf_ident(c, &changed, err));
	*ret_changed = changed;
	return ST_OK;
}

static enum st_code cluster_exec(PGconn *pg, const char *sql, struct st_err *err)
{
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);
	enum st_code code = ST_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		code = st_fail(err, ST_INTERNAL, "CLUSTER_ROLES", NULL,
			       "cannot set up the private database: %s", PQerrorMessage(pg));
	PQclear(res);
	return code;
}

static enum st_code cluster_has_database(PGconn *pg, bool *ret, struct st_err *err)
{
	PGresult *res = PQexec(pg, "select 1 from pg_database where datname = 'steward'");
	enum st_code code = ST_OK;

	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		*ret = PQntuples(res) > 0;
	else
		code = st_fail(err, ST_INTERNAL, "CLUSTER_ROLES", NULL,
			       "cannot look into the private database: %s", PQerrorMessage(pg));
	PQclear(res);
	return code;
}

enum st_code cluster_roles(PGconn *pg, struct st_err *err)
{
	bool exists = false;

	ST_TRY(cluster_exec(pg, cluster_roles_sql, err));
	ST_TRY(cluster_has_database(pg, &exists, err));
	if (!exists)
		ST_TRY(cluster_exec(pg, "create database steward owner steward_owner", err));
	return cluster_exec(pg, cluster_database_sql, err);
}
