#include "client/cli/command.h"

#include <string.h>

#include "client/cli/flags.h"
#include "client/cli/options.h"
#include "client/look/method.h"
#include "common/near.h"

#define WORDS_MAX 4

struct words {
	char *at[WORDS_MAX];
	int index[WORDS_MAX]; /* in argv */
	int n;
};

const struct builtin *builtin_find(const char *words)
{
	for (size_t i = 0; i < builtin_count; i++)
		if (strcmp(builtins[i].words, words) == 0)
			return &builtins[i];
	return NULL;
}

/* The first few words that are no flags. A flag that is not global ends them: it belongs to the
 * command. */
static void words_collect(int argc, char **argv, struct words *w)
{
	const struct flag_set set = { .tables = { options_table } };

	w->n = 0;
	for (int i = 1; i < argc && w->n < WORDS_MAX; i++) {
		struct flag_word f = flag_look(&set, argv[i]);

		if (strcmp(argv[i], "--") == 0 || (f.is_flag && f.option == NULL))
			return;
		if (f.is_flag) {
			i += f.takes_next ? 1 : 0;
			continue;
		}
		w->at[w->n] = argv[i];
		w->index[w->n++] = i;
	}
}

static const struct builtin *words_builtin(const struct words *w, int *ret_used)
{
	for (size_t i = 0; i < builtin_count; i++) {
		const char *rest = builtins[i].words;
		int k = 0;

		for (; k < w->n && rest[0] != '\0'; k++) {
			size_t len = strcspn(rest, " ");

			if (strlen(w->at[k]) != len || strncmp(w->at[k], rest, len) != 0)
				break;
			rest += len + (rest[len] == ' ' ? 1 : 0);
		}
		if (rest[0] == '\0') {
			*ret_used = k;
			return &builtins[i];
		}
	}
	return NULL;
}

bool command_is_internal(const struct rpc_method *m)
{
	if (!method_for_people(m))
		return true;
	for (size_t i = 0; i < builtin_count; i++)
		if (builtins[i].method != NULL && strcmp(builtins[i].method, m->name) == 0)
			return true;
	return false;
}

/* Does 'words' begin with 'noun' as a whole word? Returns the second word then, "" if there is
 * none. */
static const char *words_after(const char *words, const char *noun)
{
	size_t len = strlen(noun);

	if (strncmp(words, noun, len) != 0 || (words[len] != ' ' && words[len] != '\0'))
		return NULL;
	return words[len] == ' ' ? words + len + 1 : words + len;
}

/* Offers the first word of each command, or the second of those that begin with 'noun'. */
static bool words_offer(struct near *n, const char *noun, struct arena *mem)
{
	bool known = false;

	for (size_t i = 0; i < rpc_method_count + builtin_count; i++) {
		const char *words = i < rpc_method_count ? rpc_methods[i].words
							 : builtins[i - rpc_method_count].words;
		const char *word;

		if (i < rpc_method_count ? command_is_internal(&rpc_methods[i])
					 : builtins[i - rpc_method_count].hidden)
			continue;
		word = noun != NULL ? words_after(words, noun) : words;
		if (word == NULL)
			continue;
		known = true;
		word = arena_strndup(mem, word, strcspn(word, " "));
		if (word != NULL && word[0] != '\0')
			near_offer(n, word);
	}
	return known;
}

static enum st_code words_unknown(const struct words *w, struct arena *mem, struct st_err *err)
{
	struct near noun, verb;
	bool known;

	near_init(&noun, w->at[0]);
	near_init(&verb, w->n > 1 ? w->at[1] : "");
	known = words_offer(&verb, w->at[0], mem);
	if (known && w->n == 1)
		return st_fail(
			err, ST_INVALID_ARGUMENT, "UNKNOWN_COMMAND", NULL,
			"'%s' is not a whole command; 'steward %s --help' lists what can follow",
			w->at[0], w->at[0]);
	if (known && near_best(&verb) != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_COMMAND", NULL,
			       "there is no command '%s %s'; did you mean '%s %s'?", w->at[0],
			       w->at[1], w->at[0], near_best(&verb));
	if (known)
		return st_fail(
			err, ST_INVALID_ARGUMENT, "UNKNOWN_COMMAND", NULL,
			"there is no command '%s %s'; 'steward %s --help' lists what there is",
			w->at[0], w->at[1], w->at[0]);
	(void)words_offer(&noun, NULL, mem);
	if (near_best(&noun) != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_COMMAND", NULL,
			       "there is no command '%s'; did you mean '%s'?", w->at[0],
			       near_best(&noun));
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_COMMAND", NULL,
		       "there is no command '%s'; 'steward help' lists what there is", w->at[0]);
}

/* argv without the words that named the command; argv[0] is the command as typed. */
static char **command_rest(int argc, char **argv, const struct words *w, int used,
			   struct arena *mem, int *ret_argc)
{
	char **rest = arena_array(mem, char *, (size_t)argc + 1);
	int n = 0, k = 0;

	if (rest == NULL)
		return NULL;
	rest[n] = (char *)"steward";
	for (int i = 0; i < used && rest[n] != NULL; i++)
		rest[n] = arena_printf(mem, "%s %s", rest[n], w->at[i]);
	if (rest[n++] == NULL)
		return NULL;
	for (int i = 1; i < argc; i++) {
		if (k < used && w->index[k] == i)
			k++;
		else
			rest[n++] = argv[i];
	}
	*ret_argc = n;
	return rest;
}

/* "steward case --help": the noun alone is enough to be told more about. */
static bool words_want_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

enum st_code command_find(int argc, char **argv, struct arena *mem, struct command *ret,
			  struct st_err *err)
{
	struct words w;
	int used = 0;

	words_collect(argc, argv, &w);
	ret->method = NULL;
	ret->builtin = words_builtin(&w, &used);
	if (ret->builtin == NULL && w.n > 0) {
		ret->method = rpc_find_words(w.n, w.at, &used);
		if (ret->method != NULL && command_is_internal(ret->method))
			ret->method = NULL;
		if (ret->method == NULL && words_want_help(argc, argv)) {
			ret->builtin = builtin_find("help");
			used = 0;
		} else if (ret->method == NULL) {
			return words_unknown(&w, mem, err);
		}
	}
	ret->argv = command_rest(argc, argv, &w, used, mem, &ret->argc);
	if (ret->argv == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the command line");
	return ST_OK;
}
