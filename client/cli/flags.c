#include "client/cli/flags.h"

#include <stdio.h>
#include <string.h>

#include "common/near.h"

bool flag_is_end(const struct argp_option *o)
{
	return o->name == NULL && o->key == 0 && o->doc == NULL && o->group == 0;
}

const struct argp_option *flag_long(const struct flag_set *set, const char *name, size_t len)
{
	for (size_t t = 0; t < FLAG_TABLES; t++) {
		const struct argp_option *real = NULL;

		for (const struct argp_option *o = set->tables[t]; o != NULL && !flag_is_end(o);
		     o++) {
			if ((o->flags & OPTION_ALIAS) == 0)
				real = o;
			if (o->name != NULL && strlen(o->name) == len &&
			    memcmp(o->name, name, len) == 0)
				return real;
		}
	}
	return NULL;
}

const struct argp_option *flag_letter(const struct flag_set *set, char letter)
{
	for (size_t t = 0; t < FLAG_TABLES; t++)
		for (const struct argp_option *o = set->tables[t]; o != NULL && !flag_is_end(o);
		     o++)
			if (o->key == (unsigned char)letter && o->key != 0)
				return o;
	return NULL;
}

static bool flag_needs_value(const struct argp_option *o)
{
	return o->arg != NULL && (o->flags & OPTION_ARG_OPTIONAL) == 0;
}

/* A cluster such as -qp SUN: the first letter that takes a value ends it. */
static struct flag_word flag_look_letters(const struct flag_set *set, const char *word)
{
	struct flag_word w = { .is_flag = true };

	for (const char *c = word + 1; *c != '\0'; c++) {
		w.option = flag_letter(set, *c);
		if (w.option == NULL)
			return w;
		if (w.option->arg != NULL) {
			w.takes_next = flag_needs_value(w.option) && c[1] == '\0';
			return w;
		}
	}
	return w;
}

struct flag_word flag_look(const struct flag_set *set, const char *word)
{
	struct flag_word w = { .is_flag = word[0] == '-' && word[1] != '\0' };
	size_t len;

	if (!w.is_flag)
		return w;
	if (word[1] != '-')
		return flag_look_letters(set, word);
	len = strcspn(word + 2, "=");
	w.option = flag_long(set, word + 2, len);
	w.takes_next = w.option != NULL && flag_needs_value(w.option) && word[2 + len] == '\0';
	return w;
}

static enum st_code flag_unknown(const struct flag_set *set, const char *word, struct st_err *err)
{
	char name[64];
	struct near n;

	if (word[1] != '-') {
		const char *c = word + 1;

		while (c[1] != '\0' && flag_letter(set, *c) != NULL)
			c++;
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FLAG", NULL,
			       "there is no flag -%c here", *c);
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near_init(&n, name);
	for (size_t t = 0; t < FLAG_TABLES; t++)
		for (const struct argp_option *o = set->tables[t]; o != NULL && !flag_is_end(o);
		     o++) {
			if (o->name == NULL)
				continue;
			if (strncmp(o->name, name, strlen(name)) == 0 && strlen(name) >= 2)
				return st_fail(err, ST_INVALID_ARGUMENT, "ABBREVIATED_FLAG", NULL,
					       "--%s is cut short; write --%s", name, o->name);
			near_offer(&n, o->name);
		}
	if (near_best(&n) != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FLAG", NULL,
			       "there is no flag --%s here; did you mean --%s?", name,
			       near_best(&n));
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FLAG", NULL, "there is no flag --%s here",
		       name);
}

enum st_code flags_check(const struct flag_set *set, int argc, char *const *argv,
			 struct st_err *err)
{
	for (int i = 0; i < argc; i++) {
		struct flag_word w = flag_look(set, argv[i]);
		const char *value;

		if (strcmp(argv[i], "--") == 0)
			return ST_OK;
		if (!w.is_flag)
			continue;
		if (w.option == NULL)
			return flag_unknown(set, argv[i], err);
		value = strchr(argv[i], '=');
		if (argv[i][1] == '-' && value != NULL && w.option->arg == NULL)
			return st_fail(err, ST_INVALID_ARGUMENT, "NO_VALUE_WANTED", NULL,
				       "--%s takes no value", w.option->name);
		if (w.takes_next && ++i >= argc)
			return st_fail(err, ST_INVALID_ARGUMENT, "VALUE_MISSING", NULL,
				       "%s needs a value: %s", argv[i - 1], w.option->arg);
	}
	return ST_OK;
}
