#include "proto/gen/emit.h"

#include <ctype.h>
#include <string.h>

#include "proto/gen/text.h"
#include "proto/gen/usage.h"

/* Text of a table's cell: no bars, no line ends. */
static void markdown_cell(FILE *f, const char *s)
{
	for (; *s != 0; s++) {
		if (*s == '|')
			fputs("\\|", f);
		else if (*s == '\n')
			fputc(' ', f);
		else
			fputc(*s, f);
	}
}

static void markdown_fields(struct gen *g, FILE *f, const struct method *m)
{
	const struct field **fields = usage_fields(g, m);
	const struct usage_extra *extras = usage_extras(m);

	if (fields[0] == NULL && extras->word == NULL)
		return;
	fputs("| | | |\n|---|---|---|\n", f);
	for (size_t i = 0; fields[i] != NULL; i++) {
		fputs("| `", f);
		markdown_cell(f, usage_field(g, m, fields[i]));
		fputs("` | ", f);
		markdown_cell(f, usage_limits(g, m, fields[i]));
		fputs(" | ", f);
		markdown_cell(f, usage_help(g, m, fields[i]));
		fputs(" |\n", f);
	}
	for (const struct usage_extra *e = extras; e->word != NULL; e++)
		fprintf(f, "| `%s` | %s | %s |\n", e->word, e->needed ? "required" : "", e->help);
	fputc('\n', f);
}

/* The names of the columns people see. */
static const char *shown_columns(struct gen *g, const struct method *m)
{
	const struct message *rows = method_rows(m);
	const char *list = "";

	for (size_t i = 0; rows == m->out && i < m->out->n_fields; i++)
		if (m->out->fields[i].sub != NULL)
			rows = m->out->fields[i].sub;
	if (m->rule->columns != NULL) {
		for (const char *at = m->rule->columns; *at != 0; at += *at == ' ') {
			size_t len = strcspn(at, " ");

			if (len > 0)
				list = mem_printf(g, "%s%s%.*s", list, *list != 0 ? ", " : "",
						  (int)len, at);
			at += len;
		}
		return list;
	}
	for (size_t i = 0; i < rows->n_fields; i++)
		if (!rows->fields[i].rule->hidden && rows->fields[i].sub == NULL)
			list = mem_printf(g, "%s%s%s", list, *list != 0 ? ", " : "",
					  rows->fields[i].name);
	return list;
}

static void markdown_method(struct gen *g, FILE *f, const struct method *m)
{
	const char *danger = usage_danger(m), *columns = shown_columns(g, m);

	if (m->inner) {
		fprintf(f, "### %s\n\n%s\n\nA step of another command, on the wire only: a %s.\n\n",
			m->name, m->help, class_word(g, m));
		return;
	}
	fprintf(f, "### steward %s\n\n```\nsteward %s\n```\n\n%s\n\n", m->words, usage_line(g, m),
		m->help);
	fprintf(f, "%s %s%s%s\n\n", usage_who(g, m), usage_offline(m), *danger != 0 ? " " : "",
		danger);
	markdown_fields(g, f, m);
	if (*columns != 0)
		fprintf(f, "Shows: %s.\n\n", columns);
	if (m->rule->example != NULL)
		fprintf(f, "```\nsteward %s\n```\n\n", m->rule->example);
	fprintf(f, "On the wire: `%s`, a %s%s.\n\n", m->name, class_word(g, m),
		m->needs_property ? " at one property (-p)" : "");
}

static void emit_reference(struct gen *g, const struct schema *s)
{
	struct output o;
	const char *cap = "";

	output_begin(g, &o, "reference.md");
	fputs("# Commands\n\nMade from the declarations in `proto/`. Every command also takes "
	      "`-p PROPERTY`, `--json`,\n`--help` and what `steward --help` lists.\n\n",
	      o.f);
	for (size_t i = 0; i < s->n_methods; i++) {
		if (strcmp(cap, s->methods[i]->cap) != 0) {
			cap = s->methods[i]->cap;
			fprintf(o.f, "## %s\n\n", cap);
		}
		markdown_method(g, o.f, s->methods[i]);
	}
	output_end(&o);
}

/* Plain text in scdoc: what could be markup is escaped. */
static void man_text(FILE *f, const char *s)
{
	for (; *s != 0; s++) {
		if (strchr("\\*_#|[];`~+", *s) != NULL)
			fputc('\\', f);
		fputc(*s, f);
	}
}

/* Paragraphs behind the same indentation. */
static void man_paragraphs(FILE *f, const char *indent, const char *s)
{
	char text[2] = "";

	fputs(indent, f);
	for (; *s != 0; s++) {
		text[0] = *s;
		man_text(f, text);
		if (s[0] == '\n' && s[1] != '\n')
			fputs(indent, f);
	}
	fputc('\n', f);
}

static void man_field(struct gen *g, FILE *f, const struct method *m, const struct field *x)
{
	const char *limits = usage_limits(g, m, x), *help = usage_help(g, m, x);

	fputc('*', f);
	man_text(f, usage_field(g, m, x));
	fputs("*\n", f);
	man_paragraphs(f, "\t", *help != 0 ? help : x->label);
	if (*limits != 0) {
		fputs("\n", f);
		man_paragraphs(f, "\t", mem_printf(g, "(%s)", limits));
	}
	fputc('\n', f);
}

static void man_extras(FILE *f, const struct method *m)
{
	for (const struct usage_extra *e = usage_extras(m); e->word != NULL; e++) {
		fputc('*', f);
		man_text(f, e->word);
		fputs("*\n", f);
		man_paragraphs(f, "\t", e->help);
		fputc('\n', f);
	}
}

static void man_method(struct gen *g, FILE *f, const struct method *m)
{
	const struct field **fields = usage_fields(g, m);
	const char *danger = usage_danger(m);

	fputs("## steward ", f);
	man_text(f, m->words);
	fputs("\n\n*steward* ", f);
	man_text(f, usage_line(g, m));
	fputs("\n\n", f);
	man_paragraphs(f, "", m->help);
	fputc('\n', f);
	man_paragraphs(f, "",
		       mem_printf(g, "%s %s%s%s", usage_who(g, m), usage_offline(m),
				  *danger != 0 ? " " : "", danger));
	fputc('\n', f);
	for (size_t i = 0; fields[i] != NULL; i++)
		man_field(g, f, m, fields[i]);
	man_extras(f, m);
	if (m->rule->example != NULL) {
		fputs("\tsteward ", f);
		man_text(f, m->rule->example);
		fputs("\n\n", f);
	}
}

static void emit_man(struct gen *g, const struct schema *s, const char *cap)
{
	struct output o;

	output_begin(g, &o, mem_printf(g, "steward-%s.1.scd", cap));
	fprintf(o.f, "steward-%s(1)\n\n# NAME\n\nsteward-%s - commands of steward: %s\n\n", cap,
		cap, text_replace(g, cap, '_', ' '));
	fputs("# COMMANDS\n\n", o.f);
	for (size_t i = 0; i < s->n_methods; i++)
		if (strcmp(s->methods[i]->cap, cap) == 0 && !s->methods[i]->inner)
			man_method(g, o.f, s->methods[i]);
	fputs("# SEE ALSO\n\n*steward*(1)\n", o.f);
	output_end(&o);
}

static void man_see_also(struct gen *g, FILE *f)
{
	fputs("# SEE ALSO\n\n*steward-tui*(1), *steward-keys*(7)", f);
	for (size_t i = 0; i < g->n_caps; i++)
		fprintf(f, ", *steward-%s*(1)", g->caps[i]);
	fputc('\n', f);
}

/* The page of the command as a whole: every command in one line, and where to read on. */
static void emit_overview(struct gen *g, const struct schema *s)
{
	struct output o;

	output_begin(g, &o, "steward.1.scd");
	fputs("steward(1)\n\n# NAME\n\nsteward - a property company's desk at the command line\n\n"
	      "# SYNOPSIS\n\n*steward* \\[global flags\\] NOUN VERB \\[WORDS\\] \\[flags\\]\n\n"
	      "# DESCRIPTION\n\nAsks the daemon of the company, *stewardd*, over an encrypted "
	      "line. The machine must be "
	      "enrolled (*steward enrol*) and somebody logged in (*steward login*). Answers are "
	      "tables for people and, "
	      "with *--json*, *--csv* or *-o name*, input for programs. *steward help* NOUN VERB "
	      "tells all about a "
	      "command, *steward help exit-codes* what the exit codes mean, *steward help env* "
	      "which variables and "
	      "files count. Without words at a terminal, or as *steward tui*, it is the desk on "
	      "the "
	      "screen: *steward-tui*(1).\n\n# COMMANDS\n\n",
	      o.f);
	for (size_t i = 0; i < s->n_methods; i++) {
		if (s->methods[i]->inner)
			continue;
		fputc('*', o.f);
		man_text(o.f, s->methods[i]->words);
		fputs("*\n", o.f);
		man_paragraphs(o.f, "\t", text_summary(g, s->methods[i]->help));
		fputc('\n', o.f);
	}
	man_see_also(g, o.f);
	output_end(&o);
}

void emit_docs(struct gen *g, const struct schema *s)
{
	emit_reference(g, s);
	emit_overview(g, s);
	for (size_t i = 0; i < g->n_caps; i++)
		emit_man(g, s, g->caps[i]);
}
