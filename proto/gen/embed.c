#include "proto/gen/emit.h"

#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "proto/gen/text.h"

static void hex_write(const unsigned char sum[32], char hex[65])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

static void hex_sha256(const char *text, size_t len, char hex[65])
{
	unsigned char sum[32];
	unsigned n = sizeof(sum);

	if (EVP_Digest(text, len, sum, &n, EVP_sha256(), NULL) != 1)
		die("this machine cannot compute SHA-256");
	hex_write(sum, hex);
}

/* "0001_foundation.sql": four digits that nobody else has, then words. */
static void migration_check_name(struct gen *g, const char *path, const char *name,
				 const char *before)
{
	bool fine = strspn(name, "0123456789") == 4 && name[4] == '_' && name[5] >= 'a' &&
		    name[5] <= 'z' &&
		    strspn(name + 5, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
			    strlen(name + 5) - strlen(".sql");

	if (!fine)
		refuse(g, (struct place){ path, 0 },
		       "a migration is called NNNN_<capability>_<what>.sql: rename it");
	else if (before != NULL && strncmp(before, name, 5) == 0)
		refuse(g, (struct place){ path, 0 },
		       "%s has the same number: give this one the next free number", before);
}

/* The capability of "case_card.fn.sql": the longest name that stands at its beginning. */
static const char *routine_cap(const struct gen *g, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < g->n_caps; i++) {
		size_t len = strlen(g->caps[i]);

		if (strncmp(name, g->caps[i], len) == 0 && (name[len] == '.' || name[len] == '_') &&
		    (best == NULL || len > strlen(best)))
			best = g->caps[i];
	}
	return best;
}

static void emit_migration(struct gen *g, FILE *f, const char *path, const char *name)
{
	char sha256[65];
	size_t len;
	const char *text = file_read(g, path, &len);

	if (text == NULL)
		die("%s vanished", path);
	hex_sha256(text, len, sha256);
	fprintf(f, "\t{\n\t\t.name = \"%.*s\",\n\t\t.text = ", (int)(strlen(name) - strlen(".sql")),
		name);
	c_string(f, text, false);
	fprintf(f, ",\n\t\t.sha256 = \"%s\",\n\t},\n", sha256);
}

void check_migrations(struct gen *g)
{
	size_t n, len;
	const char **names = dir_names(g, "migrations", ".sql", &n);

	for (size_t i = 0; i < n; i++) {
		const char *path = mem_printf(g, "migrations/%s", names[i]);
		const char *text = file_read(g, path, &len);

		migration_check_name(g, path, names[i], i > 0 ? names[i - 1] : NULL);
		if (text != NULL && strlen(text) != len)
			refuse(g, (struct place){ path, 0 },
			       "a NUL byte in a text file: remove it");
	}
}

void check_routines(struct gen *g)
{
	size_t n;
	const char **names = dir_names(g, "server/cap", ".fn.sql", &n);

	for (size_t i = 0; i < n; i++)
		if (routine_cap(g, names[i]) == NULL)
			refuse(g, (struct place){ mem_printf(g, "server/cap/%s", names[i]), 0 },
			       "routines are called <capability>.fn.sql or "
			       "<capability>_<what>.fn.sql: "
			       "rename it, or add the capability in meson.build");
}

static void emit_routine(struct gen *g, FILE *f, EVP_MD_CTX *sum, const char *path)
{
	size_t len;
	const char *text = file_read(g, path, &len);

	if (text == NULL)
		die("%s vanished", path);
	if (strlen(text) != len)
		refuse(g, (struct place){ path, 0 }, "a NUL byte in a text file: remove it");
	if (EVP_DigestUpdate(sum, path, strlen(path) + 1) != 1 ||
	    EVP_DigestUpdate(sum, text, len) != 1)
		die("this machine cannot compute SHA-256");
	fprintf(f, "\t{ .name = \"%s\", .text = ", path);
	c_string(f, text, false);
	fprintf(f, " },\n");
}

/* Of a directory, those of one capability; of all where that is null. Returns how many. */
static size_t emit_routines_of(struct gen *g, FILE *f, EVP_MD_CTX *sum, const char *dir,
			       const char *cap)
{
	size_t n, written = 0;
	const char **names = dir_names(g, dir, ".fn.sql", &n);

	for (size_t i = 0; i < n; i++) {
		if (cap != NULL && routine_cap(g, names[i]) != cap)
			continue;
		emit_routine(g, f, sum, mem_printf(g, "%s/%s", dir, names[i]));
		written++;
	}
	return written;
}

/* What everything stands on first, then each capability after those it may refer to. */
static void emit_routines(struct gen *g, FILE *f)
{
	EVP_MD_CTX *sum = EVP_MD_CTX_new();
	unsigned char digest[32];
	char hex[65];
	size_t n;

	if (sum == NULL || EVP_DigestInit_ex(sum, EVP_sha256(), NULL) != 1)
		die("this machine cannot compute SHA-256");
	fputs("\nconst struct routine_file routine_files[] = {\n", f);
	n = emit_routines_of(g, f, sum, "server/db", NULL);
	for (size_t i = 0; i < g->n_caps; i++)
		n += emit_routines_of(g, f, sum, "server/cap", g->caps[i]);
	if (n == 0)
		fputs("\t{ .name = NULL },\n", f);
	if (EVP_DigestFinal_ex(sum, digest, NULL) != 1)
		die("this machine cannot compute SHA-256");
	EVP_MD_CTX_free(sum);
	hex_write(digest, hex);
	fprintf(f,
		"};\nconst uint16_t routine_file_count = %zu;\n"
		"const char routine_sha256[] = \"%s\";\n",
		n, hex);
}

void emit_migrations(struct gen *g)
{
	struct output o;
	size_t n;
	const char **names = dir_names(g, "migrations", ".sql", &n);

	output_begin(g, &o, "migrations.c");
	fputs("/* Made by steward-gen: the files of migrations/ and the routines, in order. */\n"
	      "#include \"server/db/sql.h\"\n\n"
	      "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
	      "const struct migration migrations[] = {\n",
	      o.f);
	for (size_t i = 0; i < n; i++)
		emit_migration(g, o.f, mem_printf(g, "migrations/%s", names[i]), names[i]);
	if (n == 0)
		fputs("\t{ .name = NULL },\n", o.f);
	fprintf(o.f, "};\nconst uint16_t migration_count = %zu;\n", n);
	emit_routines(g, o.f);
	output_end(&o);
}
