#include "server/state.h"

#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/uuid.h"

#define STATE_FILE_MAX 65536
#define STATE_NAMES_MAX 32
#define STATE_RENEW_DAYS 60

static enum st_code state_path(const char *dir, const char *file, struct arena *mem,
			       const char **ret, struct st_err *err)
{
	*ret = arena_printf(mem, "%s/%s", dir, file);
	return *ret != NULL ? ST_OK : st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
}

static enum st_code state_read(const char *dir, const char *file, struct arena *mem,
			       struct slice *ret, struct st_err *err)
{
	const char *path;

	ST_TRY(state_path(dir, file, mem, &path, err));
	return file_read(path, STATE_FILE_MAX, mem, ret, err);
}

static enum st_code state_write(const char *dir, const char *file, struct slice text,
				struct arena *mem, struct st_err *err)
{
	const char *path;

	ST_TRY(state_path(dir, file, mem, &path, err));
	return file_replace(path, text, err);
}

/* NOT_FOUND: neither file is there. One without the other is damage, never made anew silently. */
static enum st_code state_read_pair(const char *dir, const char *name, struct arena *mem,
				    struct pki_pair *ret, struct st_err *err)
{
	struct slice key, cert;
	struct st_err no_key = { 0 }, no_cert = { 0 };
	const char *key_file = arena_printf(mem, "%s.key", name),
		   *cert_file = arena_printf(mem, "%s.crt", name);

	if (key_file == NULL || cert_file == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	(void)state_read(dir, key_file, mem, &key, &no_key);
	(void)state_read(dir, cert_file, mem, &cert, &no_cert);
	if (no_key.code == ST_OK && no_cert.code == ST_OK) {
		ret->key_pem = (const char *)key.data;
		ret->cert_pem = (const char *)cert.data;
		return ST_OK;
	}
	if (no_key.code == ST_NOT_FOUND && no_cert.code == ST_NOT_FOUND)
		return st_fail(err, ST_NOT_FOUND, NULL, NULL, "%s", no_key.message);
	return st_fail(err, ST_FAILED_PRECONDITION, "STATE_DAMAGED", NULL,
		       "%s/%s and %s must both be readable: %s", dir, key_file, cert_file,
		       no_key.code != ST_OK ? no_key.message : no_cert.message);
}

static bool state_has(const char *dir, const char *file, struct arena *mem)
{
	const char *path = arena_printf(mem, "%s/%s", dir, file);

	return path == NULL || access(path, F_OK) == 0;
}

/* Nothing was ever signed here, at most a first start that was cut short. */
static bool state_is_fresh(const char *dir, struct arena *mem)
{
	return !state_has(dir, "root.key", mem) && !state_has(dir, "server.key", mem) &&
	       !state_has(dir, "server.crt", mem);
}

/* The key last: without it the authority does not exist yet. */
static enum st_code state_new_root(const char *dir, struct arena *mem, struct state *s,
				   struct st_err *err)
{
	ST_TRY(pki_root_new("Steward authority", mem, &s->root, err));
	ST_TRY(state_write(dir, "root.crt", slice_str(s->root.cert_pem), mem, err));
	ST_TRY(state_write(dir, "root.key", slice_str(s->root.key_pem), mem, err));
	log_info("authority=new dir=%s", LOGQ(dir));
	return ST_OK;
}

static enum st_code state_root(const char *dir, bool fresh, struct arena *mem, struct state *s,
			       struct st_err *err)
{
	struct st_err missing = { 0 };
	enum st_code code;

	if (fresh)
		ST_TRY(state_new_root(dir, mem, s, err));
	code = state_read_pair(dir, "root", mem, &s->root, &missing);
	if (code == ST_NOT_FOUND) {
		return st_fail(err, ST_FAILED_PRECONDITION, "STATE_DAMAGED", NULL,
			       "%s/root.key and root.crt are missing; restore them from the backup",
			       dir);
	} else if (code != ST_OK) {
		*err = missing;
		return code;
	}
	return pki_root_pin(s->root.cert_pem, s->pin, err);
}

/* "a, b" into a NULL-terminated list. */
static enum st_code state_split(const char *names, struct arena *mem, const char ***ret,
				struct st_err *err)
{
	const char **list = arena_array(mem, const char *, STATE_NAMES_MAX + 1);
	size_t n = 0;

	while (list != NULL && *names != '\0') {
		size_t len = strcspn(names, ", ");

		if (n == STATE_NAMES_MAX)
			return st_fail(err, ST_INVALID_ARGUMENT, "TOO_MANY", "names",
				       "at most %d names", STATE_NAMES_MAX);
		if (len > 0)
			list[n++] = arena_strndup(mem, names, len);
		names += len + (names[len] != '\0');
	}
	if (mem->refused)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	if (n == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "names",
			       "the server needs at least one name");
	*ret = list;
	return ST_OK;
}

/* The names are remembered beside the certificate, so that a change of settings makes a new one. */
static bool state_server_fits(const char *dir, const char *names, struct arena *mem,
			      struct state *s)
{
	struct st_err err = { 0 };
	struct slice known;
	int days;

	return state_read_pair(dir, "server", mem, &s->server, &err) == ST_OK &&
	       state_read(dir, "server.names", mem, &known, &err) == ST_OK &&
	       strcmp((const char *)known.data, names) == 0 &&
	       pki_days_left(s->server.cert_pem, &days, &err) == ST_OK && days > STATE_RENEW_DAYS;
}

/* The certificate after its key: cut short in between, the old one still is what does not fit. */
static enum st_code state_new_server(const char *dir, const char *names, struct arena *mem,
				     struct state *s, struct st_err *err)
{
	const char **hosts = NULL;

	ST_TRY(state_split(names, mem, &hosts, err));
	ST_TRY(pki_server_new(&s->root, hosts, mem, &s->server, err));
	ST_TRY(state_write(dir, "server.key", slice_str(s->server.key_pem), mem, err));
	ST_TRY(state_write(dir, "server.crt", slice_str(s->server.cert_pem), mem, err));
	return state_write(dir, "server.names", slice_str(names), mem, err);
}

enum st_code state_renew(const char *dir, const char *names, struct arena *mem, struct state *s,
			 bool *ret_renewed, struct st_err *err)
{
	int days = 0;

	*ret_renewed = false;
	ST_TRY(pki_days_left(s->server.cert_pem, &days, err));
	if (days > STATE_RENEW_DAYS)
		return ST_OK;
	ST_TRY(state_new_server(dir, names, mem, s, err));
	*ret_renewed = true;
	return ST_OK;
}

static enum st_code state_secret(const char *dir, bool fresh, struct arena *mem, struct state *s,
				 struct st_err *err)
{
	struct st_err missing = { 0 };
	struct slice known;
	enum st_code code = state_read(dir, "secret.key", mem, &known, &missing);

	if (code == ST_NOT_FOUND && fresh) {
		random_bytes(s->secret, sizeof(s->secret));
		return state_write(dir, "secret.key", slice_of(s->secret, sizeof(s->secret)), mem,
				   err);
	}
	if (code != ST_OK || known.len != sizeof(s->secret))
		return st_fail(err, ST_FAILED_PRECONDITION, "STATE_DAMAGED", NULL,
			       "%s/secret.key is not a key of %d bytes; restore it from the backup",
			       dir, STATE_SECRET);
	memcpy(s->secret, known.data, sizeof(s->secret));
	return ST_OK;
}

enum st_code state_load(const char *dir, const char *names, struct arena *mem, struct state *ret,
			struct st_err *err)
{
	bool fresh;

	ST_TRY(file_make_dirs(dir, err));
	fresh = state_is_fresh(dir, mem);
	ST_TRY(state_secret(dir, fresh, mem, ret, err));
	ST_TRY(state_root(dir, fresh, mem, ret, err));
	if (state_server_fits(dir, names, mem, ret))
		return ST_OK;
	return state_new_server(dir, names, mem, ret, err);
}
