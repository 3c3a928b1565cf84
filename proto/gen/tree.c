#include "proto/gen/tree.h"

#include <string.h>

#include "proto/gen/text.h"

/* One .c file of the daemon. */
struct source {
	struct source *next;
	const char *path, *text;
};

static void check_strays(struct gen *g, const char *dir, const char *suffix,
			 const char *const *also)
{
	size_t n;
	const char **names = dir_names(g, dir, suffix, &n);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]) - strlen(suffix);
		const char *name = mem_strndup(g, names[i], len);
		bool known = gen_has_cap(g, name);

		for (size_t j = 0; also != NULL && also[j] != NULL; j++)
			known = known || strcmp(name, also[j]) == 0;
		if (!known)
			refuse(g, (struct place){ mem_printf(g, "%s/%s", dir, names[i]), 0 },
			       "add '%s' to the capabilities in meson.build, or remove the file",
			       name);
	}
}

static struct source *sources_read(struct gen *g)
{
	static const char *const dirs[] = { "server",    "server/net", "server/rpc",
					    "server/db", "server/cap", "server/jobs" };
	struct source *list = NULL;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		size_t n, len;
		const char **names = dir_names(g, dirs[i], ".c", &n);

		for (size_t j = 0; j < n; j++) {
			struct source *src = mem_new(g, struct source);

			src->path = mem_printf(g, "%s/%s", dirs[i], names[j]);
			src->text = file_read(g, src->path, &len);
			src->next = list;
			if (src->text != NULL)
				list = src;
		}
	}
	return list;
}

static bool sources_have(const struct source *list, const char *word)
{
	for (; list != NULL; list = list->next)
		if (text_has_word(list->text, word))
			return true;
	return false;
}

static void check_used_by_c(struct gen *g, const struct schema *s, const struct source *list)
{
	for (size_t i = 0; i < s->n_stmts; i++) {
		const struct statement *stmt = s->stmts[i];

		if (stmt->shape == SQL_CALL &&
		    !sources_have(list, mem_printf(g, "sql_%s", stmt->name)))
			refuse(g, stmt->at,
			       "no C file below server/ runs &sql_%s; use it, or remove the "
			       "statement",
			       stmt->name);
	}
}

static const struct method *method_of_hooks(struct gen *g, const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->n_methods; i++)
		if (strcmp(mem_printf(g, "%s_hooks", s->methods[i]->symbol), name) == 0)
			return s->methods[i];
	return NULL;
}

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Hooks in C that no declaration mentions would silently never run. */
static void check_hooks(struct gen *g, const struct schema *s, const struct source *src)
{
	static const char start[] = "const struct op_hooks ";
	const char *at = src->text;

	while ((at = strstr(at, start)) != NULL) {
		struct place place = { src->path, line_of(src->text, at) };
		const struct method *m;
		const char *name;
		size_t len;

		at += strlen(start);
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
		name = mem_strndup(g, at, len);
		at += len + strspn(at + len, " ");
		if (*at != '=')
			continue;
		m = method_of_hooks(g, s, name);
		if (m == NULL)
			refuse(g, place, "%s belongs to no rpc; they are called <cap>_<verb>_hooks",
			       name);
		else if (!m->rule->hooks)
			refuse(g, place, "%s never runs: write hooks: true at rpc %s (%s:%d)", name,
			       m->name, m->at.file, m->at.line);
	}
}

void tree_check(struct gen *g, const struct schema *s)
{
	static const char *const ours[] = { "envelope", "print", "options", "option_types", NULL };
	const struct source *list = sources_read(g);

	check_strays(g, "proto", ".proto", ours);
	check_strays(g, "server/cap", ".sql", NULL);
	check_used_by_c(g, s, list);
	for (const struct source *src = list; src != NULL; src = src->next)
		check_hooks(g, s, src);
}

void tree_check_tests(struct gen *g, const struct schema *s)
{
	for (size_t c = 0; c < g->n_caps; c++) {
		const char *path = mem_printf(g, "tests/cap/%s_test.c", g->caps[c]);
		size_t len;
		const char *text = file_read(g, path, &len);

		if (text == NULL) {
			refuse(g, (struct place){ path, 0 },
			       "capability %s has no tests: write this file", g->caps[c]);
			continue;
		}
		for (size_t i = 0; i < s->n_methods; i++)
			if (strcmp(s->methods[i]->cap, g->caps[c]) == 0 &&
			    !text_has_word(text, s->methods[i]->name))
				refuse(g, s->methods[i]->at,
				       "rpc %s is never called in %s: test it there",
				       s->methods[i]->name, path);
	}
}
