#include "proto/gen/emit.h"

#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "proto/gen/text.h"

static void hex_sha256(const char *text, size_t len, char hex[65])
{
	unsigned char sum[32];
	unsigned n = sizeof(sum);

	if (EVP_Digest(text, len, sum, &n, EVP_sha256(), NULL) != 1)
		die("this machine cannot compute SHA-256");
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
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

void emit_migrations(struct gen *g)
{
	struct output o;
	size_t n;
	const char **names = dir_names(g, "migrations", ".sql", &n);

	output_begin(g, &o, "migrations.c");
	fputs("/* Made by steward-gen: the files of migrations/ in order. */\n"
	      "#include \"server/db/sql.h\"\n\n"
	      "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
	      "const struct migration migrations[] = {\n",
	      o.f);
	for (size_t i = 0; i < n; i++)
		emit_migration(g, o.f, mem_printf(g, "migrations/%s", names[i]), names[i]);
	if (n == 0)
		fputs("\t{ .name = NULL },\n", o.f);
	fprintf(o.f, "};\nconst uint16_t migration_count = %zu;\n", n);
	output_end(&o);
}
