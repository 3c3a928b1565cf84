#include "common/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#define CONF_LINE_MAX 190

struct conf_reader {
	FILE *file;
	const char *path;
	conf_fn fn;
	void *arg;
	struct st_err *err;
	enum st_code code;
	int line;
};

/* Would inih take the rest of the line for a comment, or not, depending on what stands before it?
 */
static bool conf_has_comment(const char *line)
{
	const char *sign = strpbrk(line, "=:");

	for (const char *p = strchr(line, ';'); p != NULL; p = strchr(p + 1, ';'))
		if (p > line && (isspace((unsigned char)p[-1]) || p - 1 == sign))
			return true;
	return false;
}

/* inih asks for lines here, so that each is judged before it is parsed. */
static char *conf_line(char *out, int size, void *stream)
{
	struct conf_reader *r = stream;
	char line[CONF_LINE_MAX + 2];
	const char *start;

	if (r->code != ST_OK || fgets(line, sizeof(line), r->file) == NULL)
		return NULL;
	r->line++;
	if (strchr(line, '\n') == NULL && !feof(r->file)) {
		r->code = st_fail(r->err, ST_INVALID_ARGUMENT, "LINE_TOO_LONG", NULL,
				  "%s:%d: a line may have at most %d bytes", r->path, r->line,
				  CONF_LINE_MAX);
		return NULL;
	}
	start = line + strspn(line, " \t");
	if (*start != ';' && *start != '#' && conf_has_comment(start)) {
		r->code = st_fail(
			r->err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL,
			"%s:%d: put comments on lines of their own; a value must not begin with "
			"';' or contain ' ;'",
			r->path, r->line);
		return NULL;
	}
	if (strlen(line) >= (size_t)size)
		return NULL;
	memcpy(out, line, strlen(line) + 1);
	return out;
}

static int conf_setting(void *user, const char *section, const char *name, const char *value)
{
	struct conf_reader *r = user;
	struct st_err err = { 0 };

	if (r->code != ST_OK)
		return 0;
	r->code = r->fn(r->arg, section, name, value, &err);
	if (r->code != ST_OK)
		(void)st_fail(r->err, r->code, err.reason, err.field, "%s:%d: %s", r->path, r->line,
			      err.message);
	return r->code == ST_OK;
}

enum st_code conf_read(const char *path, conf_fn fn, void *arg, struct st_err *err)
{
	struct conf_reader r = { .path = path, .fn = fn, .arg = arg, .err = err, .code = ST_OK };
	int bad;

	r.file = fopen(path, "re");
	if (r.file == NULL)
		return st_fail(err, errno == ENOENT ? ST_NOT_FOUND : ST_FAILED_PRECONDITION,
			       "NO_FILE", NULL, "cannot read %s: %s", path, strerror(errno));
	bad = ini_parse_stream(conf_line, &r, conf_setting, &r);
	(void)fclose(r.file);
	if (r.code == ST_OK && bad != 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_LINE", NULL,
			       "%s:%d: expected [section], 'name = value' or a comment", path, bad);
	return r.code;
}
