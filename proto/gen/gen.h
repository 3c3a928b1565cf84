#pragma once
/*
 * What all parts of the generator stand on: memory, refusals, files.
 *
 * The generator runs once and ends. All it reads lives in one arena; running out of memory ends it
 * at once. A declaration that is wrong does not: refuse() says so and the run goes on, so that one
 * build shows everything there is to mend. Nothing is written after a refusal.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/arena.h"

/* Where something was declared: file relative to the source tree, line from 1 (0: the whole file).
 */
struct place {
	const char *file;
	int line;
};

struct dep {
	struct dep *next;
	const char *path;
};

struct gen {
	struct arena mem;
	const char *root; /* source tree */
	const char *out;  /* directory of what is generated */
	const char **caps;
	size_t n_caps;
	unsigned refusals;
	struct dep *deps; /* every file and directory read: a change there asks for another run */
};

/* Says what is wrong with a declaration and what to do about it. */
void refuse(struct gen *g, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* For what no declaration caused (a full disk, an unreadable file): says it and ends the program.
 */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Zeroed; never NULL. */
void *mem_array(struct gen *g, size_t n, size_t size);
#define mem_new(g, type) ((type *)mem_array((g), 1, sizeof(type)))
char *mem_printf(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *mem_strndup(struct gen *g, const char *s, size_t n);

bool gen_has_cap(const struct gen *g, const char *name);

/* The file below the source tree, 0-terminated; NULL if it does not exist. Notes the dependency. */
char *file_read(struct gen *g, const char *path, size_t *ret_len);
/* A file that the build itself made; it must exist. */
char *file_read_built(struct gen *g, const char *path, size_t *ret_len);
/* Names in a directory below the source tree that end in 'suffix', sorted. No directory: none. */
const char **dir_names(struct gen *g, const char *dir, const char *suffix, size_t *ret_n);

/* A file of the output directory. It is replaced only when its content changes, so that nothing is
 * compiled again without need. The stream is closed by output_end(). */
struct output {
	struct gen *g;
	const char *name;
	FILE *f;
	char *data;
	size_t len;
};
void output_begin(struct gen *g, struct output *o, const char *name);
void output_end(struct output *o);
/* Writes the list of what was read in make's form. */
void depfile_write(struct gen *g, const char *path, const char *target);
