#include "client/lib/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/conf.h"

#define SYSTEM_CONF "/etc/steward/client.conf"
#define PAIR_CERT "-----BEGIN CERTIFICATE-----"

struct setting_def {
	const char *name, *env, *fallback;
	long high;  /* largest number; 0: text */
	size_t max; /* longest text */
};

static const struct setting_def setting_defs[PROFILE_KEYS] = {
	[PROFILE_SERVER] = { "server", "STEWARD_SERVER", "", 0, 255 },
	[PROFILE_PORT] = { "port", "STEWARD_PORT", "7433", 65535, 5 },
	[PROFILE_ENROL_PORT] = { "enrol_port", "STEWARD_ENROL_PORT", "7434", 65535, 5 },
	[PROFILE_PROPERTY] = { "property", "STEWARD_PROPERTY", "", 0, 16 },
	[PROFILE_NAME] = { "name", "STEWARD_NAME", "", 0, 63 },
	[PROFILE_PRINTER] = { "printer", "STEWARD_PRINTER", "", 0, 255 },
};

struct settings_reader {
	struct profile_setting *out;
	struct arena *mem;
	const char *origin;
};

enum st_code profile_dir(const char *name, char *out, size_t size, struct st_err *err)
{
	const char *home = getenv("STEWARD_HOME"), *xdg = getenv("XDG_CONFIG_HOME");
	const char *user = getenv("HOME");
	char base[400];
	int n;

	if (name != NULL && strchr(name, '/') != NULL) {
		n = snprintf(out, size, "%s", name);
	} else if ((name == NULL || name[0] == '\0') && home != NULL && home[0] != '\0') {
		n = snprintf(out, size, "%s", home);
	} else {
		if (xdg != NULL && xdg[0] == '/')
			n = snprintf(base, sizeof(base), "%s/steward", xdg);
		else if (user != NULL && user[0] == '/')
			n = snprintf(base, sizeof(base), "%s/.config/steward", user);
		else
			return st_fail(
				err, ST_FAILED_PRECONDITION, "NO_HOME", NULL,
				"neither STEWARD_HOME nor HOME is set, so there is no place for a "
				"profile");
		if (n < 0 || (size_t)n >= sizeof(base))
			n = (int)size;
		else if (name == NULL || name[0] == '\0')
			n = snprintf(out, size, "%s", base);
		else
			n = snprintf(out, size, "%s/profiles/%s", base, name);
	}
	if (n < 0 || (size_t)n >= size)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", "profile",
			       "the path of the profile is too long");
	return ST_OK;
}

static enum st_code setting_check(const struct setting_def *def, const char *value,
				  struct st_err *err)
{
	char *end;
	long number;

	if (strlen(value) > def->max)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL,
			       "%s is longer than %zu characters", def->name, def->max);
	if (def->high == 0)
		return ST_OK;
	number = strtol(value, &end, 10);
	if (value[0] == '\0' || *end != '\0' || number < 1 || number > def->high)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL,
			       "%s must be a number from 1 to %ld, not '%s'", def->name, def->high,
			       value);
	return ST_OK;
}

static enum st_code settings_put(void *arg, const char *section, const char *name,
				 const char *value, struct st_err *err)
{
	struct settings_reader *r = arg;

	if (section[0] != '\0' && strcmp(section, "client") != 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_SECTION", NULL,
			       "there is no section [%s]; settings stand in [client] or before any "
			       "section",
			       section);
	for (size_t i = 0; i < PROFILE_KEYS; i++) {
		if (strcmp(name, setting_defs[i].name) != 0)
			continue;
		ST_TRY(setting_check(&setting_defs[i], value, err));
		r->out[i].value = arena_strdup(r->mem, value);
		r->out[i].origin = r->origin;
		return r->out[i].value != NULL ? ST_OK : ST_RESOURCE_EXHAUSTED;
	}
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_SETTING", NULL,
		       "unknown setting '%s'; known are server, port, enrol_port, property, name, "
		       "printer",
		       name);
}

static enum st_code settings_file(struct settings_reader *r, const char *path, struct st_err *err)
{
	struct st_err own = { 0 };
	enum st_code code;

	r->origin = arena_strdup(r->mem, path);
	code = conf_read(path, settings_put, r, &own);
	if (code == ST_OK || code == ST_NOT_FOUND)
		return ST_OK;
	st_keep_first(err, &own);
	return code;
}

static int settings_is_conf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && e->d_name[0] != '.' && strcmp(e->d_name + n - 5, ".conf") == 0;
}

static enum st_code settings_system(struct settings_reader *r, struct st_err *err)
{
	struct dirent **names = NULL;
	enum st_code code;
	int n;

	ST_TRY(settings_file(r, SYSTEM_CONF, err));
	n = scandir(SYSTEM_CONF ".d", &names, settings_is_conf, alphasort);
	code = ST_OK;
	for (int i = 0; i < n; i++) {
		char path[600];

		(void)snprintf(path, sizeof(path), SYSTEM_CONF ".d/%s", names[i]->d_name);
		if (code == ST_OK)
			code = settings_file(r, path, err);
		free(names[i]);
	}
	free(names);
	return code;
}

enum st_code profile_settings(const char *dir, struct arena *mem,
			      struct profile_setting ret[PROFILE_KEYS], struct st_err *err)
{
	struct settings_reader r = { ret, mem, NULL };
	char path[500];

	for (size_t i = 0; i < PROFILE_KEYS; i++)
		ret[i] = (struct profile_setting){ setting_defs[i].name, setting_defs[i].fallback,
						   "built in" };
	ST_TRY(settings_system(&r, err));
	(void)snprintf(path, sizeof(path), "%s/client.conf", dir);
	ST_TRY(settings_file(&r, path, err));
	for (size_t i = 0; i < PROFILE_KEYS; i++) {
		const char *value = getenv(setting_defs[i].env);

		if (value == NULL || value[0] == '\0')
			continue;
		ST_TRY(setting_check(&setting_defs[i], value, err));
		ret[i].value = value;
		ret[i].origin = arena_printf(mem, "%s in the environment", setting_defs[i].env);
	}
	return ST_OK;
}

static const char *profile_file(const char *dir, const char *file, struct arena *mem)
{
	struct st_err err = { 0 };
	struct slice text;
	char path[500];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (file_read(path, 64 << 10, mem, &text, &err) != ST_OK)
		return NULL;
	return (const char *)text.data;
}

enum st_code profile_write(const char *dir, const char *file, const char *text, struct st_err *err)
{
	char path[500];

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", "profile",
			       "the path of the profile is too long");
	if (text == NULL) {
		if (unlink(path) != 0 && errno != ENOENT)
			return st_fail(err, ST_FAILED_PRECONDITION, "NOT_WRITABLE", NULL,
				       "cannot remove %s: %s", path, strerror(errno));
		return ST_OK;
	}
	ST_TRY(file_make_dirs(dir, err));
	return file_replace(path, slice_str(text), err);
}

/*
 * The new pair first goes into one file, whose appearance is the moment it counts. Whoever finds
 * that file afterwards finishes the work: see profile_finish_pair().
 */
enum st_code profile_write_pair(const char *dir, const char *key_pem, const char *cert_pem,
				struct st_err *err)
{
	struct arena mem;
	char *both;
	enum st_code code;

	arena_init(&mem, 256 << 10);
	both = arena_printf(&mem, "%s\n%s", key_pem, cert_pem);
	if (both == NULL)
		code = st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory for the new certificate");
	else
		code = profile_write(dir, "device.new", both, err);
	if (code == ST_OK)
		code = profile_write(dir, "device.key", key_pem, err);
	if (code == ST_OK)
		code = profile_write(dir, "device.crt", cert_pem, err);
	if (code == ST_OK)
		code = profile_write(dir, "device.new", NULL, err);
	arena_fini(&mem);
	return code;
}

static enum st_code profile_finish_pair(const char *dir, struct arena *mem, struct st_err *err)
{
	const char *both = profile_file(dir, "device.new", mem), *cert;
	char *key;

	if (both == NULL)
		return ST_OK;
	cert = strstr(both, PAIR_CERT);
	if (cert == NULL)
		return profile_write(dir, "device.new", NULL, err);
	key = arena_strndup(mem, both, (size_t)(cert - both));
	if (key == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory for the profile");
	return profile_write_pair(dir, key, cert, err);
}

static enum st_code profile_take_settings(const struct profile_setting *set, struct profile *p,
					  struct st_err *err)
{
	(void)snprintf(p->server, sizeof(p->server), "%s", set[PROFILE_SERVER].value);
	(void)snprintf(p->name, sizeof(p->name), "%s", set[PROFILE_NAME].value);
	(void)snprintf(p->property, sizeof(p->property), "%s", set[PROFILE_PROPERTY].value);
	(void)snprintf(p->printer, sizeof(p->printer), "%s", set[PROFILE_PRINTER].value);
	p->port = (int)strtol(set[PROFILE_PORT].value, NULL, 10);
	p->enrol_port = (int)strtol(set[PROFILE_ENROL_PORT].value, NULL, 10);
	if (p->server[0] == '\0')
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_SERVER", "server",
			       "no server is set in %s/client.conf", p->dir);
	return ST_OK;
}

enum st_code profile_load(const char *dir, struct arena *mem, struct profile *ret,
			  struct st_err *err)
{
	struct profile_setting set[PROFILE_KEYS];
	struct profile p = { 0 };
	char *token;

	(void)snprintf(p.dir, sizeof(p.dir), "%s", dir);
	ST_TRY(profile_settings(dir, mem, set, err));
	ST_TRY(profile_finish_pair(dir, mem, err));
	p.root_pem = profile_file(dir, "root.crt", mem);
	p.cert_pem = profile_file(dir, "device.crt", mem);
	p.key_pem = profile_file(dir, "device.key", mem);
	if (p.root_pem == NULL || p.cert_pem == NULL || p.key_pem == NULL)
		return st_fail(
			err, ST_FAILED_PRECONDITION, "NOT_ENROLLED", NULL,
			"this machine is not enrolled (no device in %s); ask for a token and run: "
			"steward enrol TOKEN --server HOST",
			dir);
	ST_TRY(profile_take_settings(set, &p, err));
	token = (char *)profile_file(dir, "session.token", mem);
	if (token != NULL) {
		token[strcspn(token, " \r\n")] = '\0';
		p.token = token[0] != '\0' ? token : NULL;
	}
	*ret = p;
	return ST_OK;
}
