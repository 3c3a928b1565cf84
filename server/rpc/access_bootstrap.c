/*
 * The embedded default's administrator and desk. The database is written in one transaction. The
 * administrator's password is in its file before that commits, because nobody could log in
 * otherwise; the desk's files come after it, because what they lack is made anew at the next start.
 */
#include "server/rpc/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/uuid.h"
#include "server/db/sqlstate.h"
#include "server/rpc/secret.h"

#define ADMIN_LOGIN "admin"
#define DESK_NAME "local"
#define DESK_RENEW_DAYS 30 /* a desk whose certificate has less left gets a new one */
#define BOOT_ARENA (1u << 20)
#define BOOT_FILE_MAX (64u << 10)

struct boot {
	PGconn *pg;
	const struct access_local *local;
	struct arena mem;
	const char *desk_dir;
	const char *admin;     /* id; NULL: there is none, or it is disabled */
	const char *device;    /* id; NULL: there is none yet */
	bool shut_out;         /* the device was disabled */
	const char *cert_hash; /* hex of the device's certificate, or NULL */
	/* To be written after the commit; NULL: the file is good. */
	const char *key_pem, *cert_pem, *token;
};

static enum st_code boot_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
}

/* Runs a statement with text parameters. ret_row gets the first 'columns' columns of its first row,
 * NULL where there is none. */
static enum st_code boot_run(struct boot *b, const char *sql, int n, const char *const *params,
			     const char **ret_row, int columns, struct st_err *err)
{
	PGresult *res = PQexecParams(b->pg, sql, n, NULL, params, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);
	enum st_code code = ST_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		code = sqlstate_translate(res, NULL, NULL, err);
	for (int i = 0; code == ST_OK && i < columns; i++) {
		bool there = PQntuples(res) > 0 && !PQgetisnull(res, 0, i);

		ret_row[i] = there ? arena_strdup(&b->mem, PQgetvalue(res, 0, i)) : NULL;
		if (there && ret_row[i] == NULL)
			code = boot_no_memory(err);
	}
	PQclear(res);
	return code;
}

static enum st_code boot_do(struct boot *b, const char *sql, struct st_err *err)
{
	return boot_run(b, sql, 0, NULL, NULL, 0, err);
}

static const char *boot_id(struct boot *b)
{
	struct uuid id = uuid_v7(clock_wall_us(&clock_system) / 1000);
	char text[UUID_TEXT];

	return arena_strdup(&b->mem, uuid_format(&id, text));
}

static enum st_code boot_audit(struct boot *b, const char *entity, const char *id,
			       const char *number, struct st_err *err)
{
	const char *params[] = { boot_id(b), b->admin, b->device, entity, id, number };

	return boot_run(
		b,
		"insert into audit (id, user_id, device_id, method, entity, entity_id, number, "
		"code) "
		"values ($1::uuid, $2::uuid, $3::uuid, 'daemon.bootstrap', $4, $5::uuid, $6, 0)",
		6, params, NULL, 0, err);
}

/* -- the administrator -- */

static enum st_code boot_admin_file(struct boot *b, const char *password, struct st_err *err)
{
	const char *path = arena_printf(&b->mem, "%s/admin-password", b->local->dir);
	const char *text = arena_printf(&b->mem, "%s\n", password);

	if (path == NULL || text == NULL)
		return boot_no_memory(err);
	return file_replace(path, slice_str(text), err);
}

static enum st_code boot_make_admin(struct boot *b, struct st_err *err)
{
	char password[PASSWORD_RANDOM_TEXT], hash[PASSWORD_HASH_TEXT];
	const char *id = boot_id(b), *grant = boot_id(b);

	if (id == NULL || grant == NULL)
		return boot_no_memory(err);
	password_random(password);
	ST_TRY(password_hash(password, hash, err));
	ST_TRY(boot_run(b,
			"insert into app_user (id, login, full_name, password_hash, must_change) "
			"values ($1::uuid, '" ADMIN_LOGIN "', 'Administrator', $2, false)",
			2, (const char *[]){ id, hash }, NULL, 0, err));
	ST_TRY(boot_run(b,
			"insert into user_grant (id, user_id, role) "
			"values ($1::uuid, $2::uuid, 'administrator')",
			2, (const char *[]){ grant, id }, NULL, 0, err));
	b->admin = id;
	ST_TRY(boot_audit(b, "user", id, ADMIN_LOGIN, err));
	ST_TRY(boot_admin_file(b, password, err));
	secret_wipe(password);
	log_info("administrator=%s password_in=%s", ADMIN_LOGIN, LOGQ(b->local->dir));
	return ST_OK;
}

static enum st_code boot_admin(struct boot *b, struct st_err *err)
{
	const char *row[3];

	ST_TRY(boot_run(b,
			"select (select count(*) from app_user), id, state "
			"from (values (1)) x left join app_user on login = '" ADMIN_LOGIN "'",
			0, NULL, row, 3, err));
	if (row[1] != NULL && strcmp(row[2], "active") == 0)
		b->admin = row[1];
	return strcmp(row[0], "0") == 0 ? boot_make_admin(b, err) : ST_OK;
}

/* -- the desk's certificate -- */

static const char *boot_desk_file(struct boot *b, const char *name)
{
	const char *path = arena_printf(&b->mem, "%s/%s", b->desk_dir, name);
	struct st_err err = { 0 };
	struct slice text;

	if (path == NULL || file_read(path, BOOT_FILE_MAX, &b->mem, &text, &err) != ST_OK)
		return NULL;
	return (const char *)text.data;
}

static const char *boot_hash(struct boot *b, const char *text)
{
	uint8_t hash[32];

	sha256(text, strlen(text), hash);
	return secret_bytea(slice_of(hash, sizeof(hash)), &b->mem);
}

static enum st_code boot_find_device(struct boot *b, struct st_err *err)
{
	const char *row[3];

	ST_TRY(boot_run(
		b, "select id, state, '\\x' || encode(cert_hash, 'hex') from device where local", 0,
		NULL, row, 3, err));
	b->device = row[0];
	b->shut_out = row[0] != NULL && strcmp(row[1], "disabled") == 0;
	b->cert_hash = row[2];
	return ST_OK;
}

static bool boot_pair_fits(struct boot *b)
{
	const char *key = boot_desk_file(b, "device.key"), *cert = boot_desk_file(b, "device.crt");
	const char *root = boot_desk_file(b, "root.crt");
	const char *hash = cert != NULL ? boot_hash(b, cert) : NULL;
	struct st_err err = { 0 };
	int days;

	return b->device != NULL && key != NULL && root != NULL && hash != NULL &&
	       b->cert_hash != NULL && strcmp(hash, b->cert_hash) == 0 &&
	       strcmp(root, b->local->root->cert_pem) == 0 &&
	       pki_days_left(cert, &days, &err) == ST_OK && days >= DESK_RENEW_DAYS;
}

static enum st_code boot_pair(struct boot *b, struct st_err *err)
{
	bool made = b->device == NULL;
	const char *csr, *days;
	uint8_t key_hash[32];

	if (boot_pair_fits(b))
		return ST_OK;
	if (made)
		b->device = boot_id(b);
	days = arena_printf(&b->mem, "%d", PKI_DEVICE_DAYS);
	if (b->device == NULL || days == NULL)
		return boot_no_memory(err);
	ST_TRY(pki_request_new(&b->mem, &b->key_pem, &csr, err));
	ST_TRY(pki_device_sign(b->local->root, csr, b->device, PKI_DEVICE_DAYS, &b->mem,
			       &b->cert_pem, err));
	ST_TRY(pki_csr_key_hash(csr, key_hash, err));
	ST_TRY(boot_run(b,
			made ? "insert into device (id, name, state, local, key_hash, cert_hash, "
			       "enrolled_at, cert_expires_at) values ($1::uuid, '" DESK_NAME "', "
			       "'active', true, $2::bytea, $3::bytea, now(), "
			       "now() + make_interval(days => $4::int))"
			     : "update device set key_hash = $2::bytea, cert_hash = $3::bytea, "
			       "cert_expires_at = now() + make_interval(days => $4::int), "
			       "version = version + 1 where id = $1::uuid",
			4,
			(const char *[]){ b->device, secret_bytea(slice_of(key_hash, 32), &b->mem),
					  boot_hash(b, b->cert_pem), days },
			NULL, 0, err));
	return boot_audit(b, "device", b->device, DESK_NAME, err);
}

/* -- the desk's login -- */

static enum st_code boot_session_lives(struct boot *b, bool *ret, struct st_err *err)
{
	const char *token = boot_desk_file(b, "session.token"), *row[1] = { NULL };
	uint8_t hash[32];

	*ret = false;
	if (token == NULL)
		return ST_OK;
	sha256(token, strcspn(token, " \r\n"), hash);
	ST_TRY(boot_run(
		b,
		"select id from session where token_hash = $1::bytea and device_id = $2::uuid "
		"and user_id = $3::uuid and local and ended_at is null",
		3,
		(const char *[]){ secret_bytea(slice_of(hash, 32), &b->mem), b->device, b->admin },
		row, 1, err));
	*ret = row[0] != NULL;
	return ST_OK;
}

static enum st_code boot_session(struct boot *b, struct st_err *err)
{
	const char *id = boot_id(b);
	uint8_t hash[32];
	bool lives;
	char *token;

	ST_TRY(boot_session_lives(b, &lives, err));
	if (lives)
		return ST_OK;
	token = arena_alloc(&b->mem, TOKEN_TEXT);
	if (id == NULL || token == NULL)
		return boot_no_memory(err);
	token_new(token);
	token_hash(token, hash);
	ST_TRY(boot_run(b,
			"update session set ended_at = now(), end_reason = 'replaced' "
			"where device_id = $1::uuid and local and ended_at is null",
			1, &b->device, NULL, 0, err));
	ST_TRY(boot_run(
		b,
		"insert into session (id, token_hash, user_id, device_id, local, expires_at) "
		"values ($1::uuid, $2::bytea, $3::uuid, $4::uuid, true, 'infinity')",
		4,
		(const char *[]){ id, secret_bytea(slice_of(hash, 32), &b->mem), b->admin,
				  b->device },
		NULL, 0, err));
	b->token = token;
	return boot_audit(b, "session", id, NULL, err);
}

/* -- the desk's files -- */

static enum st_code boot_write(struct boot *b, const char *name, const char *text,
			       struct st_err *err)
{
	const char *path = arena_printf(&b->mem, "%s/%s", b->desk_dir, name);

	if (path == NULL)
		return boot_no_memory(err);
	return file_replace(path, slice_str(text), err);
}

/* Settings a person added stay: only a file that is not there, or names another port, is written.
 */
static enum st_code boot_conf(struct boot *b, struct st_err *err)
{
	const struct access_local *l = b->local;
	const char *now = boot_desk_file(b, "client.conf");
	const char *text = arena_printf(
		&b->mem, "server = %s\nport = %d\nenrol_port = %d\nname = " DESK_NAME "\n",
		l->server, l->port, l->enrol_port);

	if (text == NULL)
		return boot_no_memory(err);
	if (now != NULL && strncmp(now, text, strlen(text)) == 0)
		return ST_OK;
	return boot_write(b, "client.conf", text, err);
}

static enum st_code boot_files(struct boot *b, struct st_err *err)
{
	ST_TRY(file_make_dirs(b->desk_dir, err));
	ST_TRY(boot_conf(b, err));
	if (b->cert_pem != NULL) {
		ST_TRY(boot_write(b, "root.crt", b->local->root->cert_pem, err));
		ST_TRY(boot_write(b, "device.key", b->key_pem, err));
		ST_TRY(boot_write(b, "device.crt", b->cert_pem, err));
	}
	if (b->token != NULL)
		ST_TRY(boot_write(b, "session.token", b->token, err));
	if (b->cert_pem != NULL || b->token != NULL)
		log_info("desk=%s made=%s", LOGQ(b->desk_dir),
			 b->cert_pem != NULL ? "certificate,login" : "login");
	return ST_OK;
}

static enum st_code boot_transaction(struct boot *b, struct st_err *err)
{
	ST_TRY(boot_admin(b, err));
	ST_TRY(boot_find_device(b, err));
	if (b->shut_out || b->admin == NULL)
		return ST_OK;
	ST_TRY(boot_pair(b, err));
	return boot_session(b, err);
}

enum st_code access_bootstrap(PGconn *pg, const struct access_local *local, struct st_err *err)
{
	struct boot b = { .pg = pg, .local = local };
	struct st_err ignored = { 0 };
	enum st_code code;

	arena_init(&b.mem, BOOT_ARENA);
	b.desk_dir = arena_printf(&b.mem, "%s/desk", local->dir);
	code = b.desk_dir != NULL ? boot_do(&b, "begin", err) : boot_no_memory(err);
	if (code == ST_OK)
		code = boot_transaction(&b, err);
	if (code == ST_OK)
		code = boot_do(&b, "commit", err);
	else
		(void)boot_do(&b, "rollback", &ignored);
	if (code == ST_OK && (b.shut_out || b.admin == NULL))
		log_warn("desk=%s shut_out=1", LOGQ(b.desk_dir));
	else if (code == ST_OK)
		code = boot_files(&b, err);
	arena_fini(&b.mem);
	return code;
}
