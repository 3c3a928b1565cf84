#include "client/tui/draft.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "client/tui/app.h"
#include "common/clock.h"
#include "common/file.h"

#define DRAFT_S 2

void draft_state_dir(const struct app *app, const char *kind, char *out, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *who = app->person.login;

	if (state != NULL && state[0] != '\0')
		(void)snprintf(out, size, "%s/steward/%s/%s", state, kind, who);
	else
		(void)snprintf(out, size, "%s/.local/state/steward/%s/%s", home != NULL ? home : "",
			       kind, who);
}

static void draft_dir(const struct app *app, char *out, size_t size)
{
	draft_state_dir(app, "drafts", out, size);
}

/* All directories on the way, for whoever sits here alone. */
static bool draft_make_dir(const char *path)
{
	char part[600];

	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *at = part + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return false;
		*at = '/';
	}
	return mkdir(part, 0700) == 0 || errno == EEXIST;
}

/* '@' stands between method and thing; what no file name should hold is spelled %XX. */
static void draft_spell(const char *what, char *out, size_t size)
{
	size_t n = 0;

	for (; *what != '\0' && n + 4 < size; what++) {
		if (isalnum((unsigned char)*what) || strchr("-_.", *what) != NULL)
			out[n++] = *what;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned char)*what);
	}
	out[n] = '\0';
}

void draft_init(struct draft *d, const struct app *app, const struct rpc_method *m,
		const char *what)
{
	char dir[400], name[160];

	*d = (struct draft){ .key = uuid_v7(clock_wall_us(&clock_system) / 1000) };
	draft_dir(app, dir, sizeof(dir));
	draft_spell(what, name, sizeof(name));
	(void)snprintf(d->path, sizeof(d->path), "%s/%s@%s.json", dir, m->name, name);
}

static json_t *draft_json(const struct draft *d, const struct entry *f)
{
	char key[UUID_TEXT];
	json_t *fields = json_object(), *all;

	for (size_t i = 0; i < f->n_fields; i++)
		if (f->fields[i].text != NULL && !f->fields[i].rule->secret)
			(void)json_object_set_new(fields, f->fields[i].desc->name,
						  json_string(f->fields[i].text));
	all = json_pack("{s:s, s:o}", "key", uuid_format(&d->key, key), "fields", fields);
	if (all == NULL)
		json_decref(fields);
	return all;
}

static bool draft_write(const char *path, const char *text)
{
	char dir[600], part[620];
	size_t len = strlen(text);
	FILE *out;
	bool ok;

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	if (!draft_make_dir(dir))
		return false;
	(void)snprintf(part, sizeof(part), "%s.part", path);
	out = fopen(part, "w");
	if (out == NULL)
		return false;
	ok = fchmod(fileno(out), 0600) == 0 && fwrite(text, 1, len, out) == len &&
	     fflush(out) == 0 && fsync(fileno(out)) == 0;
	ok = fclose(out) == 0 && ok;
	if (ok && rename(part, path) == 0)
		return true;
	(void)unlink(part);
	return false;
}

void draft_keep(struct draft *d, struct entry *f)
{
	json_t *all;
	char *text;

	entry_keep(f);
	if (f->changes == d->changes || !f->dirty)
		return;
	all = draft_json(d, f);
	text = all != NULL ? json_dumps(all, JSON_INDENT(1)) : NULL;
	if (text != NULL && draft_write(d->path, text))
		d->changes = f->changes;
	free(text);
	json_decref(all);
}

bool draft_tick(struct draft *d, const struct app *app, struct entry *f)
{
	uint64_t before = d->changes;
	time_t now = app_wall_s(app);
	struct tm tm;

	if (now % DRAFT_S != 0)
		return false;
	draft_keep(d, f);
	if (d->changes == before)
		return false;
	(void)strftime(d->kept_at, sizeof(d->kept_at), "%H:%M:%S", localtime_r(&now, &tm));
	return true;
}

void draft_refused(struct draft *d, const struct app *app, const struct st_err *err)
{
	/* A refusal is stored under its key. */
	if (strcmp(err->reason, "OUTCOME_UNKNOWN") != 0 && err->code != ST_UNAVAILABLE)
		d->key = uuid_v7(app_now_us(app) / 1000);
}

bool draft_load(struct draft *d, struct entry *f)
{
	json_t *all = json_load_file(d->path, JSON_REJECT_DUPLICATES, NULL), *value;
	const char *key = json_string_value(json_object_get(all, "key")), *name;
	struct uuid kept;
	bool any = false;

	json_object_foreach(json_object_get(all, "fields"), name,
			    value) if (json_is_string(value) && entry_field(f, name) != NULL &&
				       !entry_field(f, name)->fixed)
	{
		entry_set(f, name, json_string_value(value));
		any = true;
	}
	if (key != NULL && uuid_parse(key, strlen(key), &kept))
		d->key = kept;
	json_decref(all);
	d->changes = f->changes;
	f->dirty = f->dirty || any;
	return any;
}

bool draft_is_kept(const struct draft *d)
{
	return access(d->path, F_OK) == 0;
}

void draft_drop(struct draft *d)
{
	(void)unlink(d->path);
	d->changes = 0;
}

static bool draft_name(const char *file, struct draft_found *ret)
{
	const char *at = strchr(file, '@'), *end = strstr(file, ".json");
	char method[80];
	size_t n = 0;

	if (at == NULL || end == NULL || strcmp(end, ".json") != 0)
		return false;
	(void)snprintf(method, sizeof(method), "%.*s", (int)(at - file), file);
	ret->m = rpc_find(method);
	for (const char *c = at + 1; c < end && n + 1 < sizeof(ret->what); c++) {
		unsigned byte = (unsigned char)*c;

		if (*c == '%' && c + 2 < end && sscanf(c + 1, "%2X", &byte) == 1)
			c += 2;
		ret->what[n++] = (char)byte;
	}
	ret->what[n] = '\0';
	return ret->m != NULL;
}

size_t draft_list(const struct app *app, struct draft_found *ret, size_t most)
{
	char path[400];
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	draft_dir(app, path, sizeof(path));
	dir = opendir(path);
	while (dir != NULL && n < most && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (!draft_name(entry->d_name, &ret[n]))
			continue;
		ret[n].at = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 ? st.st_mtime : 0;
		n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}
