/*
 * steward-gen: from the declarations in proto/ and the statements in server/ to the tables both
 * ends run on, and to the pages people read. Run by the build, see proto/meson.build.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "proto/gen/check.h"
#include "proto/gen/emit.h"
#include "proto/gen/plan.h"
#include "proto/gen/schema.h"
#include "proto/gen/sqlfile.h"
#include "proto/gen/tree.h"

#define MEMORY_MAX ((size_t)1 << 30)

static const char usage[] =
	"usage: steward-gen --root=DIR --descriptors=FILE --caps=A,B,... --out=DIR\n"
	"                   [--depfile=FILE --target=NAME]\n"
	"       steward-gen --root=DIR --descriptors=FILE --caps=A,B,... --check-tests\n";

struct args {
	const char *descriptors, *caps, *depfile, *target;
	bool check_tests;
};

static void args_read(struct gen *g, struct args *a, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "descriptors", required_argument, NULL, 'd' },
		{ "caps", required_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'o' },
		{ "depfile", required_argument, NULL, 'D' },
		{ "target", required_argument, NULL, 't' },
		{ "check-tests", no_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'r':
			g->root = optarg;
			break;
		case 'd':
			a->descriptors = optarg;
			break;
		case 'c':
			a->caps = optarg;
			break;
		case 'o':
			g->out = optarg;
			break;
		case 'D':
			a->depfile = optarg;
			break;
		case 't':
			a->target = optarg;
			break;
		case 'T':
			a->check_tests = true;
			break;
		default:
			die("unknown option\n%s", usage);
		}
	if (optind != argc || g->root == NULL || a->descriptors == NULL || a->caps == NULL ||
	    (g->out == NULL) != a->check_tests || (a->depfile == NULL) != (a->target == NULL))
		die("wrong options\n%s", usage);
}

static void caps_read(struct gen *g, const char *list)
{
	size_t n = 1;

	for (const char *c = list; *c != 0; c++)
		n += *c == ',';
	g->caps = mem_array(g, n, sizeof(*g->caps));
	while (*list != 0) {
		size_t len = strcspn(list, ",");
		char *name = mem_strndup(g, list, len);

		if (gen_has_cap(g, name))
			refuse(g, (struct place){ "meson.build", 0 },
			       "capability %s is listed twice", name);
		else if (len > 0)
			g->caps[g->n_caps++] = name;
		list += len + (list[len] == ',');
	}
}

static void emit_all(struct gen *g, const struct schema *s, const struct args *a)
{
	emit_rules(g, s);
	emit_plans(g, s);
	emit_migrations(g);
	emit_docs(g, s);
	emit_contract(g, s);
	if (a->depfile != NULL)
		depfile_write(g, a->depfile, a->target);
}

int main(int argc, char *argv[])
{
	struct gen g = { 0 };
	struct args a = { 0 };
	struct schema *s;
	unsigned refusals;

	arena_init(&g.mem, MEMORY_MAX);
	args_read(&g, &a, argc, argv);
	caps_read(&g, a.caps);
	s = schema_load(&g, a.descriptors);
	if (a.check_tests) {
		tree_check_tests(&g, s);
	} else {
		statements_load(&g, s);
		check_schema(&g, s);
		plan_methods(&g, s);
		plan_check_unused(&g, s);
		plan_check_ticks(&g, s);
		tree_check(&g, s);
		check_migrations(&g);
		check_routines(&g);
		if (g.refusals == 0)
			emit_all(&g, s, &a);
	}
	refusals = g.refusals;
	arena_fini(&g.mem);
	return refusals > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
