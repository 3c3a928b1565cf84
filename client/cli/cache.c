#include "client/cli/cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/look/view.h"
#include "common/file.h"

#define CACHE_BYTES (256u << 10)

/* One file per list and server: names of one house are of no use at another. */
static bool cache_path(struct cli *cli, const char *words, bool make, char *out, size_t size)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct profile_setting set[PROFILE_KEYS];
	struct st_err err;
	char dir[400];
	int n;

	if (cli_dir(cli, &err) != ST_OK ||
	    profile_settings(cli->dir, cli->mem, set, &err) != ST_OK ||
	    set[PROFILE_SERVER].value[0] == '\0')
		return false;
	if (xdg != NULL && xdg[0] == '/')
		n = snprintf(dir, sizeof(dir), "%s/steward/%s", xdg, set[PROFILE_SERVER].value);
	else if (home != NULL && home[0] == '/')
		n = snprintf(dir, sizeof(dir), "%s/.cache/steward/%s", home,
			     set[PROFILE_SERVER].value);
	else
		return false;
	if (n < 0 || (size_t)n >= sizeof(dir) || (make && file_make_dirs(dir, &err) != ST_OK))
		return false;
	n = snprintf(out, size, "%s/%s", dir, words);
	for (char *c = out + strlen(dir) + 1; n > 0 && (size_t)n < size && *c != '\0'; c++)
		*c = *c == ' ' ? '-' : *c;
	return n > 0 && (size_t)n < size;
}

/* Is there a field anywhere that is completed from this list? */
static bool cache_is_wanted(const char *words)
{
	for (size_t i = 0; i < rpc_method_count; i++)
		for (unsigned f = 0; f < rpc_methods[i].in->desc->n_fields; f++) {
			const char *complete = rpc_methods[i].in->fields[f].complete;

			if (complete != NULL && strcmp(complete, words) == 0)
				return true;
		}
	return false;
}

/* Put in place at once, so that nobody reads a half; no waiting for the disk. */
static void cache_write(const char *path, const char *text, size_t len)
{
	char temp[620];
	int fd;

	(void)snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, text, len) != (ssize_t)len || rename(temp, path) != 0)
		(void)unlink(temp);
	(void)close(fd);
}

void cache_note(struct cli *cli, const struct rpc_method *m, const struct result *r)
{
	char path[600], *text = NULL;
	size_t len = 0;
	FILE *out;

	if (r->n == 0 || !cache_is_wanted(m->words) || !cli->term.out_tty ||
	    !cache_path(cli, m->words, true, path, sizeof(path)))
		return;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return;
	for (size_t i = 0; i < r->n && i < CACHE_NAMES; i++) {
		const char *name = view_name(r->rows[i], cli->mem);

		if (name != NULL && strpbrk(name, "\n\r") == NULL)
			(void)fprintf(out, "%s\n", name);
	}
	if (fclose(out) == 0)
		cache_write(path, text, len);
	free(text);
}

void cache_print(struct cli *cli, const char *words, const char *prefix, FILE *out)
{
	struct slice text;
	struct st_err err;
	char path[600];

	if (!cache_path(cli, words, false, path, sizeof(path)) ||
	    file_read(path, CACHE_BYTES, cli->mem, &text, &err) != ST_OK)
		return;
	for (const char *line = (const char *)text.data; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, prefix, strlen(prefix)) == 0)
			(void)fprintf(out, "%.*s\n", (int)len, line);
		line += len + (line[len] == '\n' ? 1 : 0);
	}
}
