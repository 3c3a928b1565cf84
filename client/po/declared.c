/*
 * Writes what the declarations show to people on screens as a template of texts (gettext's .pot):
 * labels, commands, the sentence that sums a command up, what is said of a field, values to choose
 * from. Run by the build. Whatever a screen shows comes from the same tables by the same functions,
 * so nothing has to be listed twice; what no declaration holds stands in more.txt.
 *
 *   declared MORE.TXT CAPABILITY...   what is said of fields is written for these capabilities
 * only; none: for all
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/entry.h"
#include "common/format.h"

#define TEXTS_MAX 8000
#define PATH_BYTES 160

struct text {
	const char *context; /* NULL: none */
	const char *text;
	const char *where; /* the first place it is declared at */
	const char *cap;
};

static struct arena mem;
static struct text texts[TEXTS_MAX];
static size_t n_texts;
static const struct message_rules *seen[TEXTS_MAX];
static size_t n_seen;
static char **help_of; /* capabilities; NULL: all */
static int n_help_of;

static void text_add(const char *context, const char *text, const char *where, const char *cap)
{
	if (text == NULL || text[0] == '\0')
		return;
	for (size_t i = 0; i < n_texts; i++)
		if (strcmp(texts[i].text, text) == 0 &&
		    strcmp(texts[i].context != NULL ? texts[i].context : "",
			   context != NULL ? context : "") == 0)
			return;
	must(n_texts < TEXTS_MAX);
	texts[n_texts++] = (struct text){ context != NULL ? arena_strdup(&mem, context) : NULL,
					  arena_strdup(&mem, text), arena_strdup(&mem, where),
					  cap };
}

static const char *field_path(const struct message_rules *rules, unsigned field)
{
	static char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s.%s", rules->desc->name + strlen("steward."),
		       rules->desc->fields[field].name);
	return path;
}

static void add_choices(const struct message_rules *rules, unsigned field, const char *cap)
{
	const char *at = rules->fields[field].choices;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, "|");

		text_add("value", arena_strndup(&mem, at, len), field_path(rules, field), cap);
		at += len + (at[len] == '|' ? 1 : 0);
	}
}

static bool is_help_of(const char *cap)
{
	for (int i = 0; i < n_help_of; i++)
		if (strcmp(help_of[i], cap) == 0)
			return true;
	return n_help_of == 0;
}

static void add_request(const struct rpc_method *m)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++) {
		if (!entry_shows(m, i))
			continue;
		text_add("field", m->in->fields[i].label, field_path(m->in, i), m->cap);
		add_choices(m->in, i, m->cap);
		if (is_help_of(m->cap))
			text_add(NULL, m->in->fields[i].help, field_path(m->in, i), m->cap);
	}
}

static void add_reply(const struct message_rules *rules, const char *cap)
{
	for (size_t i = 0; i < n_seen; i++)
		if (seen[i] == rules)
			return;
	must(n_seen < TEXTS_MAX);
	seen[n_seen++] = rules;
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		if (rules->fields[i].hidden)
			continue;
		text_add("field", rules->fields[i].label, field_path(rules, i), cap);
		add_choices(rules, i, cap);
		if (rules->fields[i].sub != NULL)
			add_reply(rules->fields[i].sub, cap);
	}
}

static void add_method(const struct rpc_method *m)
{
	if (!method_for_people(m) || m->rpc_class == STEWARD__CLASS__STREAM)
		return;
	text_add("command", m->words, m->name, m->cap);
	text_add(NULL, method_summary(m->help, &mem), m->name, m->cap);
	add_request(m);
	add_reply(m->out, m->cap);
}

/* What the formats ask for where a text is of none of them. */
static void add_formats(void)
{
	for (int f = STEWARD__FORMAT__TEXT; f <= STEWARD__FORMAT__ZONE; f++)
		text_add(NULL, format_check((Steward__Format)f, "\x01"), "format_check()", "");
}

/* The field with this path, its message's rules in *ret. */
static int field_of_path(const char *path, const struct message_rules **ret)
{
	for (size_t s = 0; s < n_seen + rpc_method_count; s++) {
		const struct message_rules *rules = s < n_seen ? seen[s]
							       : rpc_methods[s - n_seen].in;

		for (unsigned i = 0; i < rules->desc->n_fields; i++)
			if (strcmp(field_path(rules, i), path) == 0) {
				*ret = rules;
				return (int)i;
			}
	}
	return -1;
}

/* "own case.Order.to", "own call.Call.direction in": a label, a value that is translated for this
 * field alone. */
static bool more_own(char *rest)
{
	const struct message_rules *rules;
	char *value = strchr(rest, ' ');
	int field;

	if (value != NULL)
		*value++ = '\0';
	field = field_of_path(rest, &rules);
	if (field >= 0)
		text_add(rest, value != NULL ? value : rules->fields[field].label, rest, "");
	return field >= 0;
}

/* "value on site", "text a number is needed" */
static bool more_line(char *line)
{
	char *rest = strchr(line, ' ');

	if (rest == NULL)
		return false;
	*rest++ = '\0';
	if (strcmp(line, "own") == 0)
		return more_own(rest);
	if (strcmp(line, "text") == 0) {
		text_add(NULL, rest, "more.txt", "");
		return true;
	}
	if (strcmp(line, "value") != 0)
		return false;
	text_add("value", rest, "more.txt", "");
	return true;
}

static bool more_read(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[1000];
	bool ok = in != NULL;

	while (ok && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		ok = more_line(line);
		if (!ok)
			(void)fprintf(stderr, "%s: what is '%s'? A field that is gone?\n", path,
				      line);
	}
	if (in == NULL)
		perror(path);
	else
		(void)fclose(in);
	return ok;
}

static void put_string(const char *name, const char *text)
{
	(void)printf("%s \"", name);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			(void)fputs("\\n", stdout);
		else if (*text == '"' || *text == '\\')
			(void)printf("\\%c", *text);
		else
			(void)putchar(*text);
	(void)puts("\"");
}

static void texts_put(void)
{
	(void)puts("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
		   "\"Content-Transfer-Encoding: 8bit\\n\"\n");
	for (size_t i = 0; i < n_texts; i++) {
		(void)printf("#. %s\n", texts[i].where);
		if (texts[i].cap[0] != '\0')
			(void)printf("#: proto/%s.proto\n", texts[i].cap);
		if (texts[i].context != NULL)
			put_string("msgctxt", texts[i].context);
		put_string("msgid", texts[i].text);
		(void)puts("msgstr \"\"\n");
	}
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fputs("usage: declared MORE.TXT CAPABILITY...\n", stderr);
		return 2;
	}
	help_of = argv + 2;
	n_help_of = argc - 2;
	arena_init(&mem, 64u << 20);
	for (size_t i = 0; i < rpc_method_count; i++)
		add_method(&rpc_methods[i]);
	add_formats();
	if (!more_read(argv[1]))
		return EXIT_FAILURE;
	texts_put();
	arena_fini(&mem);
	return EXIT_SUCCESS;
}
