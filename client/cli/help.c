#include "client/cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/args.h"
#include "client/cli/errors.h"
#include "client/cli/options.h"
#include "client/cli/pager.h"
#include "client/cli/topics.h"
#include "client/look/method.h"
#include "client/look/text.h"
#include "client/look/value.h"
#include "common/near.h"

#define WIDTH 78

struct page {
	char *text;
	size_t len;
	FILE *out;
};

static FILE *page_open(struct page *p)
{
	*p = (struct page){ 0 };
	p->out = open_memstream(&p->text, &p->len);
	return p->out;
}

static int page_show(struct cli *cli, struct page *p)
{
	struct st_err err = { 0 };
	enum st_code code;

	if (fclose(p->out) != 0)
		return EXIT_FAULT;
	code = pager_show(cli, p->text, p->len, &err);
	free(p->text);
	return code == ST_OK ? EXIT_DONE : report_err(cli, &err);
}

static void help_heading(const struct cli *cli, FILE *out, const char *text)
{
	(void)fprintf(out, "%s%s%s\n", cli->term.out_color ? "\033[1m" : "", text,
		      cli->term.out_color ? "\033[0m" : "");
}

const char *help_usage(const struct rpc_method *m, struct arena *mem)
{
	const char *all = m->import != NULL ? " FILE.csv" : "";
	unsigned places = method_places(m), flags = 0;

	for (unsigned place = 1; place <= places && all != NULL; place++) {
		int field = method_field_of_place(m, place);

		if (field < 0)
			continue;
		all = arena_printf(
			mem, m->in->fields[field].required ? "%s %s%s" : "%s [%s%s]", all,
			method_field_name(m, (unsigned)field, mem),
			m->in->desc->fields[field].label == PROTOBUF_C_LABEL_REPEATED ? "..." : "");
	}
	if (m->upload_end != NULL && all != NULL)
		all = arena_printf(mem, "%s FILE...", all);
	for (unsigned i = 0; i < m->in->desc->n_fields && all != NULL; i++) {
		const struct field_rule *rule = &m->in->fields[i];

		if (rule->arg != 0 || method_is_import(m, i) || method_is_own(m, i))
			continue;
		if (!rule->required || rule->secret) {
			flags++;
			continue;
		}
		all = arena_printf(mem, "%s %s %s", all, method_field_name(m, i, mem),
				   value_placeholder(m->in, i, mem));
	}
	if (all != NULL && (flags > 0 || m->import != NULL || m->download != NULL || m->print ||
			    m->print_by != NULL))
		all = arena_printf(mem, "%s [flags]", all);
	return all != NULL ? all : "";
}

/* argp lays the table out; its own heading ("Usage:") is not asked for. */
static void help_flags(FILE *out, const struct argp_option *table)
{
	const struct argp argp = { .options = table };
	char name[] = "steward";

	argp_help(&argp, out, ARGP_HELP_LONG, name);
}

static void help_example(const struct cli *cli, FILE *out, const char *example)
{
	if (example == NULL)
		return;
	help_heading(cli, out, "Example:");
	(void)fprintf(out, "  steward %s\n\n", example);
}

static bool help_has_flags(const struct argp_option *table)
{
	return table != NULL && !(table->name == NULL && table->key == 0 && table->doc == NULL);
}

/* What calling it takes beyond its arguments. */
static void help_notes(FILE *out, const struct rpc_method *m)
{
	if (m->danger == STEWARD__DANGER__MODERATE)
		(void)fputs("Asks before it goes ahead; --yes answers.\n\n", out);
	if (m->danger == STEWARD__DANGER__SEVERE)
		(void)fputs("Hard to take back: needs --confirm with what it is about, --reason, "
			    "and a proof of\n"
			    "identity not older than five minutes (steward auth step-up).\n\n",
			    out);
	if (m->rpc_class == STEWARD__CLASS__STREAM && m->download == NULL)
		(void)fputs("Runs until interrupted; --limit N ends it after N messages.\n\n", out);
}

int help_method(struct cli *cli, const struct rpc_method *m, bool full)
{
	const struct argp_option *table = args_table(m, cli->mem);
	struct page p;

	if (page_open(&p) == NULL || table == NULL)
		return EXIT_FAULT;
	if (full)
		help_example(cli, p.out, m->example);
	help_heading(cli, p.out, "Usage:");
	(void)fprintf(p.out, "  steward %s%s\n\n", m->words, help_usage(m, cli->mem));
	text_wrap(p.out, full ? m->help : method_summary(m->help, cli->mem), WIDTH, 0);
	(void)fputs(full ? "\n\n" : ".\n\n", p.out);
	if (full)
		help_notes(p.out, m);
	else
		help_example(cli, p.out, m->example);
	if (help_has_flags(table))
		help_flags(p.out, table);
	if (full)
		help_flags(p.out, options_table);
	else
		(void)fputs("\nAll flags: --help. Exit codes, output, environment: steward help "
			    "TOPIC.\n",
			    p.out);
	return page_show(cli, &p);
}

int help_builtin(struct cli *cli, const struct builtin *b, bool full)
{
	struct page p;

	if (page_open(&p) == NULL)
		return EXIT_FAULT;
	if (full)
		help_example(cli, p.out, b->example);
	help_heading(cli, p.out, "Usage:");
	(void)fprintf(p.out, "  steward %s%s%s\n\n", b->words, b->usage[0] != '\0' ? " " : "",
		      b->usage);
	text_wrap(p.out, full ? b->help : method_summary(b->help, cli->mem), WIDTH, 0);
	(void)fputs(full ? "\n\n" : ".\n\n", p.out);
	if (!full)
		help_example(cli, p.out, b->example);
	if (b->flags != NULL)
		help_flags(p.out, b->flags);
	if (full && !b->raw)
		help_flags(p.out, options_table);
	return page_show(cli, &p);
}

static bool help_begins_with(const char *words, const char *noun)
{
	size_t n = strlen(noun);

	return strncmp(words, noun, n) == 0 && (words[n] == ' ' || words[n] == '\0');
}

static void help_command_line(FILE *out, const char *words, const char *help, struct arena *mem)
{
	(void)fprintf(out, "  %-24s ", words);
	text_wrap(out, method_summary(help, mem), WIDTH - 27, 27);
	(void)fputc('\n', out);
}

static int help_by_words(const void *a, const void *b)
{
	const struct rpc_method *const *x = a, *const *y = b;

	return strcmp((*x)->words, (*y)->words);
}

static size_t help_list(FILE *out, const char *noun, struct arena *mem)
{
	const struct rpc_method **all = arena_array(mem, const struct rpc_method *,
						    rpc_method_count);
	size_t n = 0;

	for (size_t i = 0; all != NULL && i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];

		if (!command_is_internal(m) && (noun == NULL || help_begins_with(m->words, noun)))
			all[n++] = m;
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), help_by_words);
	for (size_t i = 0; i < n; i++)
		help_command_line(out, all[i]->words, all[i]->help, mem);
	return n;
}

static size_t help_list_builtins(FILE *out, const char *noun, struct arena *mem)
{
	size_t n = 0;

	for (size_t i = 0; i < builtin_count; i++) {
		const struct builtin *b = &builtins[i];

		if (b->hidden || (noun != NULL && !help_begins_with(b->words, noun)))
			continue;
		help_command_line(out, b->words, b->help, mem);
		n++;
	}
	return n;
}

int help_noun(struct cli *cli, const char *noun)
{
	struct page p;
	size_t n;

	if (page_open(&p) == NULL)
		return EXIT_FAULT;
	help_heading(cli, p.out, "Commands:");
	n = help_list(p.out, noun, cli->mem) + help_list_builtins(p.out, noun, cli->mem);
	(void)fprintf(p.out, "\nMore about one of them: steward %s VERB --help\n", noun);
	if (n > 0)
		return page_show(cli, &p);
	(void)fclose(p.out);
	free(p.text);
	return -1;
}

int help_overview(struct cli *cli, FILE *out)
{
	help_heading(cli, out, "Usage:");
	(void)fputs("  steward [global flags] NOUN VERB [WORDS] [flags]\n\n", out);
	help_heading(cli, out, "Commands:");
	(void)help_list(out, NULL, cli->mem);
	(void)fputc('\n', out);
	help_heading(cli, out, "This program:");
	(void)help_list_builtins(out, NULL, cli->mem);
	(void)fputs("\nMore about a command: steward NOUN VERB --help. Topics: ", out);
	for (size_t i = 0; i < topic_count; i++)
		(void)fprintf(out, "%s%s", i > 0 ? ", " : "", topics[i].name);
	(void)fputs(" (steward help TOPIC).\n", out);
	return EXIT_DONE;
}

static int help_unknown(struct cli *cli, const char *word)
{
	struct st_err err = { 0 };
	struct near n;

	near_init(&n, word);
	for (size_t i = 0; i < topic_count; i++)
		near_offer(&n, topics[i].name);
	for (size_t i = 0; i < rpc_method_count; i++)
		near_offer(&n, rpc_methods[i].cap);
	(void)st_fail(&err, ST_INVALID_ARGUMENT, "UNKNOWN_TOPIC", NULL,
		      near_best(&n) != NULL ? "there is no help on '%s'; did you mean '%s'?"
					    : "there is no help on '%s'; see: steward help",
		      word, near_best(&n));
	return report_err(cli, &err);
}

static int help_words(struct cli *cli, const struct builtin_args *a)
{
	const char *words = a->args[0];
	const struct rpc_method *m;
	const struct builtin *b;
	int used = 0, rc;

	for (size_t i = 1; i < a->n_args && words != NULL; i++)
		words = arena_printf(cli->mem, "%s %s", words, a->args[i]);
	if (words == NULL)
		return EXIT_FAULT;
	b = builtin_find(words);
	if (b != NULL)
		return help_builtin(cli, b, true);
	m = rpc_find_words((int)a->n_args, (char *const *)a->args, &used);
	if (m != NULL && !command_is_internal(m))
		return help_method(cli, m, true);
	rc = a->n_args == 1 ? help_noun(cli, words) : -1;
	return rc >= 0 ? rc : help_unknown(cli, words);
}

int help_run(struct cli *cli, const struct builtin_args *a)
{
	struct page p;

	if (a->n_args == 1)
		for (size_t i = 0; i < topic_count; i++)
			if (strcmp(topics[i].name, a->args[0]) == 0) {
				if (page_open(&p) == NULL)
					return EXIT_FAULT;
				(void)fputs(topics[i].text, p.out);
				return page_show(cli, &p);
			}
	if (a->n_args > 0)
		return help_words(cli, a);
	if (page_open(&p) == NULL)
		return EXIT_FAULT;
	(void)help_overview(cli, p.out);
	return page_show(cli, &p);
}
