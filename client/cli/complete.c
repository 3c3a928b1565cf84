#include <stdio.h>
#include <string.h>

#include "client/cli/args.h"
#include "client/cli/builtin.h"
#include "client/cli/cache.h"
#include "client/cli/errors.h"
#include "client/cli/flags.h"
#include "client/cli/options.h"
#include "client/cli/topics.h"
#include "client/look/method.h"

#define FILES "__files" /* the script completes file names instead */
#define WORDS_MAX 8

/* The command line so far, seen as completion needs it. */
struct line {
	struct cli *cli;
	const char *words[WORDS_MAX]; /* that are no flags, before the last one */
	int n_words;
	const struct rpc_method *m; /* once the words name one */
	const struct builtin *b;
	int used; /* words that named it */
	struct flag_set set;
	const struct argp_option *wants; /* the flag whose value the last word is */
	const char *last;
};

static void line_print(const struct line *l, const char *text)
{
	if (strncmp(text, l->last, strlen(l->last)) == 0)
		(void)printf("%s\n", text);
}

static void line_print_choices(const struct line *l, const char *choices)
{
	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");

		if (strncmp(choices, l->last, strlen(l->last)) == 0)
			(void)printf("%.*s\n", (int)len, choices);
		choices += len + (choices[len] == '|' ? 1 : 0);
	}
}

static void line_field(const struct line *l, unsigned field)
{
	const struct field_rule *rule = &l->m->in->fields[field];

	if (rule->choices != NULL)
		line_print_choices(l, rule->choices);
	else if (rule->complete != NULL)
		cache_print(l->cli, rule->complete, l->last, stdout);
}

/* Values of the global flags that are known here. */
static bool line_global_value(const struct line *l)
{
	static const struct {
		const char *flag, *choices;
	} known[] = {
		{ "output", "name|json|jsonl|csv|tsv|plain|table" },
		{ "color", "always|never|auto" },
		{ "limit", "all" },
	};

	if (l->wants->key == 'p') {
		cache_print(l->cli, "property list", l->last, stdout);
		return true;
	}
	for (size_t i = 0; l->wants->name != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(l->wants->name, known[i].flag) == 0) {
			line_print_choices(l, known[i].choices);
			return true;
		}
	return false;
}

static void line_value(const struct line *l)
{
	if (line_global_value(l))
		return;
	if (l->wants->arg != NULL &&
	    (strstr(l->wants->arg, "FILE") != NULL || strcmp(l->wants->arg, "DEVICE") == 0)) {
		(void)printf("%s\n", FILES);
		return;
	}
	if (l->wants->arg != NULL && strchr(l->wants->arg, '|') != NULL) {
		line_print_choices(l, l->wants->arg);
		return;
	}
	for (unsigned i = 0; l->m != NULL && i < l->m->in->desc->n_fields; i++) {
		const char *name = method_field_name(l->m, i, l->cli->mem);

		if (l->wants->name != NULL && strncmp(name, "--", 2) == 0 &&
		    strcmp(name + 2, l->wants->name) == 0)
			line_field(l, i);
	}
}

static void line_flags(const struct line *l)
{
	for (size_t t = 0; t < FLAG_TABLES; t++)
		for (const struct argp_option *o = l->set.tables[t]; o != NULL && !flag_is_end(o);
		     o++) {
			const char *text = o->name != NULL
						   ? arena_printf(l->cli->mem, "--%s", o->name)
						   : NULL;

			if (text != NULL)
				line_print(l, text);
		}
}

/* Words offered so far: the same one is offered once. */
struct offered {
	const char **words;
	size_t n;
};

/* Are the words so far the beginning of 'words'? Then the next one is offered. */
static void line_offer_word(const struct line *l, const char *words, struct offered *o)
{
	const char *next;

	for (int i = 0; i < l->n_words; i++) {
		size_t len = strcspn(words, " ");

		if (strlen(l->words[i]) != len || strncmp(l->words[i], words, len) != 0 ||
		    words[len] != ' ')
			return;
		words += len + 1;
	}
	next = arena_strndup(l->cli->mem, words, strcspn(words, " "));
	for (size_t i = 0; next != NULL && i < o->n; i++)
		if (strcmp(o->words[i], next) == 0)
			return;
	o->words = arena_grow(l->cli->mem, o->words, o->n, sizeof(*o->words));
	if (next == NULL || o->words == NULL)
		return;
	o->words[o->n++] = next;
	line_print(l, next);
}

static void line_words(const struct line *l)
{
	struct offered o = { 0 };

	for (size_t i = 0; i < rpc_method_count; i++)
		if (!command_is_internal(&rpc_methods[i]))
			line_offer_word(l, rpc_methods[i].words, &o);
	for (size_t i = 0; i < builtin_count; i++)
		if (!builtins[i].hidden)
			line_offer_word(l, builtins[i].words, &o);
}

static void line_builtin_word(const struct line *l)
{
	if (strcmp(l->b->words, "completion") == 0)
		line_print_choices(l, "bash|zsh");
	else if (strcmp(l->b->words, "help") == 0)
		for (size_t i = 0; i < topic_count; i++)
			line_print(l, topics[i].name);
	else if (strcmp(l->b->words, "api") == 0)
		for (size_t i = 0; i < rpc_method_count; i++)
			line_print(l, rpc_methods[i].name);
}

static void line_place(const struct line *l)
{
	unsigned place = (unsigned)(l->n_words - l->used) + 1, places = method_places(l->m);
	int field;

	if (l->m->import != NULL) {
		if (place == 1)
			(void)printf("%s\n", FILES);
		return;
	}
	if (l->m->upload_end != NULL && place > places) {
		(void)printf("%s\n", FILES);
		return;
	}
	field = method_field_of_place(l->m, place < places ? place : places);
	if (field >= 0)
		line_field(l, (unsigned)field);
}

static const struct builtin *line_builtin(struct line *l)
{
	const char *words = "";

	for (int i = 0; i < l->n_words && words != NULL; i++) {
		const struct builtin *b;

		words = arena_printf(l->cli->mem, "%s%s%s", words, i > 0 ? " " : "", l->words[i]);
		b = words != NULL ? builtin_find(words) : NULL;
		if (b != NULL) {
			l->used = i + 1;
			return b;
		}
	}
	return NULL;
}

static void line_resolve(struct line *l)
{
	char *words[WORDS_MAX];

	l->b = line_builtin(l);
	if (l->b != NULL) {
		l->set.tables[0] = l->b->flags;
		return;
	}
	for (int i = 0; i < l->n_words; i++)
		words[i] = (char *)l->words[i];
	l->m = rpc_find_words(l->n_words, words, &l->used);
	if (l->m != NULL)
		l->set.tables[0] = args_table(l->m, l->cli->mem);
}

/* Reads everything before the last word; a flag's table is known only after the words that name the
 * command. */
static void line_read(struct line *l, const struct builtin_args *a)
{
	for (size_t i = 0; i + 1 < a->n_args; i++) {
		struct flag_word w = flag_look(&l->set, a->args[i]);

		l->wants = NULL;
		if (w.is_flag && w.takes_next && i + 2 == a->n_args)
			l->wants = w.option;
		else if (w.is_flag)
			i += w.takes_next ? 1 : 0;
		else if (l->n_words < WORDS_MAX)
			l->words[l->n_words++] = a->args[i];
		if (!w.is_flag && l->m == NULL && l->b == NULL)
			line_resolve(l);
	}
}

int complete_run(struct cli *cli, const struct builtin_args *a)
{
	struct line l = { .cli = cli, .set = { .tables = { NULL, options_table } } };
	const char *sign;

	if (a->n_args == 0)
		return EXIT_DONE;
	l.last = a->args[a->n_args - 1];
	line_read(&l, a);
	sign = strncmp(l.last, "--", 2) == 0 ? strchr(l.last, '=') : NULL;
	if (sign != NULL) {
		l.wants = flag_long(&l.set, l.last + 2, (size_t)(sign - l.last - 2));
		l.last = sign + 1;
	}
	if (l.wants != NULL)
		line_value(&l);
	else if (l.last[0] == '-')
		line_flags(&l);
	else if (l.b != NULL)
		line_builtin_word(&l);
	else if (l.m != NULL)
		line_place(&l);
	else
		line_words(&l);
	return EXIT_DONE;
}

static const char bash_script[] =
	"# steward and stw in bash. Candidates come from the program itself, without the network.\n"
	"_steward() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} line\n"
	"\tlocal -a words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [[ $line == __files ]]; then\n"
	"\t\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tCOMPREPLY+=(\"$(printf '%q' \"$line\")\")\n"
	"\tdone < <(command \"$1\" __complete \"${words[@]}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _steward steward stw\n";

static const char zsh_script[] = "#compdef steward stw\n"
				 "# Candidates come from the program itself, without the network.\n"
				 "_steward() {\n"
				 "\tlocal -a found\n"
				 "\tfound=(\"${(@f)$(command ${words[1]} __complete "
				 "\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
				 "\tif [[ ${found[1]} == __files ]]; then\n"
				 "\t\t_files\n"
				 "\telif [[ -n ${found[1]} ]]; then\n"
				 "\t\tcompadd -- $found\n"
				 "\tfi\n"
				 "}\n"
				 "if [[ $funcstack[1] == _steward ]]; then _steward \"$@\"; else "
				 "compdef _steward steward stw; fi\n";

int completion_run(struct cli *cli, const struct builtin_args *a)
{
	struct st_err err = { 0 };

	if (a->args[0] != NULL && strcmp(a->args[0], "bash") == 0) {
		(void)fputs(bash_script, stdout);
		return EXIT_DONE;
	}
	if (a->args[0] != NULL && strcmp(a->args[0], "zsh") == 0) {
		(void)fputs(zsh_script, stdout);
		return EXIT_DONE;
	}
	(void)st_fail(&err, ST_INVALID_ARGUMENT, "REQUIRED", "shell",
		      "name the shell: bash or zsh");
	return report_usage(cli, &err, "steward completion");
}
