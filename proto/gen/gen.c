#include "proto/gen/gen.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void refuse(struct gen *g, struct place at, const char *fmt, ...)
{
	va_list ap;

	if (at.line > 0)
		fprintf(stderr, "%s:%d: ", at.file, at.line);
	else
		fprintf(stderr, "%s: ", at.file);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	g->refusals++;
}

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("steward-gen: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

void *mem_array(struct gen *g, size_t n, size_t size)
{
	void *p = arena_alloc_array(&g->mem, n, size);

	if (p == NULL)
		die("out of memory");
	return p;
}

char *mem_printf(struct gen *g, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(&g->mem, fmt, ap);
	va_end(ap);
	if (s == NULL)
		die("out of memory");
	return s;
}

char *mem_strndup(struct gen *g, const char *s, size_t n)
{
	char *copy = arena_strndup(&g->mem, s, n);

	if (copy == NULL)
		die("out of memory");
	return copy;
}

bool gen_has_cap(const struct gen *g, const char *name)
{
	for (size_t i = 0; i < g->n_caps; i++)
		if (strcmp(g->caps[i], name) == 0)
			return true;
	return false;
}

static void dep_note(struct gen *g, const char *full)
{
	struct dep *d = mem_new(g, struct dep);

	d->path = full;
	d->next = g->deps;
	g->deps = d;
}

static char *stream_read(struct gen *g, FILE *f, const char *path, size_t *ret_len)
{
	size_t cap = 65536, len = 0, n;
	char *data = mem_array(g, cap, 1);

	while ((n = fread(data + len, 1, cap - 1 - len, f)) > 0) {
		len += n;
		if (len == cap - 1) {
			char *more = mem_array(g, cap, 2);

			memcpy(more, data, len);
			data = more;
			cap *= 2;
		}
	}
	if (ferror(f))
		die("cannot read %s: %s", path, strerror(errno));
	data[len] = 0;
	*ret_len = len;
	return data;
}

char *file_read(struct gen *g, const char *path, size_t *ret_len)
{
	const char *full = mem_printf(g, "%s/%s", g->root, path);
	FILE *f = fopen(full, "re");
	char *data;

	if (f == NULL && errno == ENOENT)
		return NULL;
	if (f == NULL)
		die("cannot open %s: %s", full, strerror(errno));
	dep_note(g, full);
	data = stream_read(g, f, full, ret_len);
	fclose(f);
	return data;
}

char *file_read_built(struct gen *g, const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *data;

	if (f == NULL)
		die("cannot open %s: %s", path, strerror(errno));
	data = stream_read(g, f, path, ret_len);
	fclose(f);
	return data;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **dir_names(struct gen *g, const char *dir, const char *suffix, size_t *ret_n)
{
	const char *full = mem_printf(g, "%s/%s", g->root, dir);
	size_t cap = 16, n = 0, end = strlen(suffix);
	const char **names = mem_array(g, cap, sizeof(*names));
	DIR *d = opendir(full);
	const struct dirent *e;

	*ret_n = 0;
	if (d == NULL && errno == ENOENT)
		return names;
	if (d == NULL)
		die("cannot list %s: %s", full, strerror(errno));
	dep_note(g, full);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);

		/* "case.fn.sql" ends in ".fn.sql", not in ".sql". */
		if (e->d_name[0] == '.' || len <= end || strcspn(e->d_name, ".") != len - end ||
		    strcmp(e->d_name + len - end, suffix) != 0)
			continue;
		if (n == cap) {
			const char **more = mem_array(g, cap * 2, sizeof(*names));

			memcpy(more, names, n * sizeof(*names));
			names = more;
			cap *= 2;
		}
		names[n++] = mem_strndup(g, e->d_name, len);
	}
	closedir(d);
	qsort(names, n, sizeof(*names), name_order);
	*ret_n = n;
	return names;
}

void output_begin(struct gen *g, struct output *o, const char *name)
{
	*o = (struct output){ .g = g, .name = name };
	o->f = open_memstream(&o->data, &o->len);
	if (o->f == NULL)
		die("out of memory");
}

static bool same_content(const char *path, const char *data, size_t len)
{
	FILE *f = fopen(path, "re");
	bool same = f != NULL;
	char block[8192];
	size_t at = 0, n;

	while (same && (n = fread(block, 1, sizeof(block), f)) > 0) {
		same = n <= len - at && memcmp(block, data + at, n) == 0;
		at += n;
	}
	if (f != NULL)
		fclose(f);
	return same && at == len;
}

void output_end(struct output *o)
{
	const char *path = mem_printf(o->g, "%s/%s", o->g->out, o->name);
	const char *fresh = mem_printf(o->g, "%s~", path);
	FILE *f;

	if (fclose(o->f) != 0)
		die("out of memory");
	if (!same_content(path, o->data, o->len)) {
		f = fopen(fresh, "we");
		if (f == NULL)
			die("cannot write %s: %s", fresh, strerror(errno));
		if (fwrite(o->data, 1, o->len, f) != o->len || fclose(f) != 0 ||
		    rename(fresh, path) < 0)
			die("cannot write %s: %s", path, strerror(errno));
	}
	free(o->data);
}

void depfile_write(struct gen *g, const char *path, const char *target)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		die("cannot write %s: %s", path, strerror(errno));
	fprintf(f, "%s:", target);
	for (const struct dep *d = g->deps; d != NULL; d = d->next) {
		fputs(" \\\n  ", f);
		for (const char *c = d->path; *c != 0; c++)
			fprintf(f, *c == ' ' || *c == '#' ? "\\%c" : "%c", *c);
	}
	fputc('\n', f);
	if (fclose(f) != 0)
		die("cannot write %s: %s", path, strerror(errno));
}
