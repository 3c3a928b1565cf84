#include "client/tui/words.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/look/method.h"
#include "client/look/outcome.h"
#include "client/look/text.h"

#define KEY_MAX 400
#define PATH_MAX_BYTES 160
#define CODE_MAX 80 /* characters: longer fields hold what people write */

static bool words_file(const char *dir)
{
	char path[1000];

	(void)snprintf(path, sizeof(path), "%s/zh_CN/LC_MESSAGES/steward.mo", dir);
	return access(path, R_OK) == 0;
}

/* A program that was not installed finds what was built with it; TEXTDOMAINDIR is heeded as by
 * gettext(1). */
static void words_bind(void)
{
	const char *elsewhere = getenv("TEXTDOMAINDIR");
	char self[700], dir[800];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	(void)snprintf(dir, sizeof(dir), "%.*s/../po", slash != NULL ? (int)(slash - self) : 0,
		       self);
	if (elsewhere == NULL || elsewhere[0] == '\0')
		elsewhere = slash != NULL && words_file(dir) ? dir : STEWARD_LOCALES;
	(void)bindtextdomain("steward", elsewhere);
	(void)bind_textdomain_codeset("steward", "UTF-8");
	(void)textdomain("steward");
}

/* What the environment asks for although the machine has no such locale: "zh_CN.UTF-8" needs
 * nothing but our own texts. */
static void words_without_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *asked = NULL;
	char language[32];

	for (size_t i = 0; i < 3 && (asked == NULL || asked[0] == '\0'); i++)
		asked = getenv(names[i]);
	(void)setlocale(LC_ALL, "C.UTF-8");
	if (asked == NULL || getenv("LANGUAGE") != NULL)
		return;
	(void)snprintf(language, sizeof(language), "%.*s", (int)strcspn(asked, ".@"), asked);
	(void)setenv("LANGUAGE", language, 1);
}

static const char *words_language(const char *name)
{
	static const char *const known[][2] = {
		{ "en", "en" }, { "zh", "zh_CN" }, { "zh_CN", "zh_CN" }, { "zh-CN", "zh_CN" }
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i][0]) == 0)
			return known[i][1];
	return NULL;
}

bool words_begin(const char *language)
{
	const char *messages;

	if (language != NULL) {
		language = words_language(language);
		if (language == NULL)
			return false;
		(void)setenv("LANGUAGE", language, 1);
	}
	if (setlocale(LC_ALL, "") == NULL)
		words_without_locale();
	/* In the locale C gettext translates nothing and nothing but ASCII is text. */
	if (strcmp(setlocale(LC_CTYPE, NULL), "C") == 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	messages = setlocale(LC_MESSAGES, NULL);
	if (language != NULL && (strcmp(messages, "C") == 0 || strcmp(messages, "POSIX") == 0))
		(void)setlocale(LC_MESSAGES, "C.UTF-8");
	/* Amounts are written the same way everywhere. */
	(void)setlocale(LC_NUMERIC, "C");
	words_bind();
	return true;
}

bool words_translated(void)
{
	/* The header of the translations, which stands for the empty text; without them that text
	 * itself. */
	static const char header[] = "";

	return gettext(header)[0] != '\0';
}

bool words_in(const char *language)
{
	static const char header[] = "";
	const char *at = strstr(gettext(header), "\nLanguage: ");

	return at != NULL && strncmp(at + strlen("\nLanguage: "), language, strlen(language)) == 0;
}

/* NULL: it has no translation there. */
static const char *words_find(const char *context, const char *text)
{
	char key[KEY_MAX];
	const char *found;
	int n = snprintf(key, sizeof(key), "%s\004%s", context, text);

	if (text[0] == '\0' || n >= (int)sizeof(key))
		return NULL;
	found = gettext(key);
	return found != key ? found : NULL;
}

/* "case.Order.to" */
static const char *words_path(const struct message_rules *rules, unsigned field,
			      char out[PATH_MAX_BYTES])
{
	const char *name = rules->desc->name;

	if (strncmp(name, "steward.", 8) == 0)
		name += 8;
	(void)snprintf(out, PATH_MAX_BYTES, "%s.%s", name, rules->desc->fields[field].name);
	return out;
}

static const char *words_of_field(const struct message_rules *rules, unsigned field,
				  const char *context, const char *text)
{
	char path[PATH_MAX_BYTES];
	const char *found = NULL;

	if (rules != NULL)
		found = words_find(words_path(rules, field, path), text);
	if (found == NULL)
		found = words_find(context, text);
	return found != NULL ? found : text;
}

const char *words_label(const struct message_rules *rules, unsigned field)
{
	return words_of_field(rules, field, "field", rules->fields[field].label);
}

const char *words_help(const struct field_rule *rule)
{
	return words_text(rule->help);
}

const char *words_command(const struct rpc_method *m)
{
	const char *found = words_find("command", m->words);

	return found != NULL ? found : m->words;
}

const char *words_summary(const struct rpc_method *m, struct arena *mem)
{
	const char *text = method_summary(m->help, mem);

	return text != NULL ? words_text(text) : "";
}

const char *words_choice(const struct message_rules *rules, unsigned field, const char *text)
{
	return words_of_field(rules, field, "value", text);
}

const char *words_code(const char *text)
{
	return text != NULL ? words_of_field(NULL, 0, "value", text) : NULL;
}

/* Several values stand side by side, apart by commas; 'text' itself if it is nothing of the kind.
 * 'rules' NULL: of no field. */
static const char *words_each(const struct message_rules *rules, unsigned field, const char *text,
			      struct arena *mem)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_ ";
	const char *all = "";

	for (const char *at = text; all != NULL && *at != '\0';) {
		size_t len = strspn(at, letters);
		const char *one = arena_strndup(mem, at, len);
		bool last = at[len] == '\0';

		if (len == 0 || one == NULL || (!last && strncmp(at + len, ", ", 2) != 0))
			return text;
		all = arena_printf(mem, "%s%s%s", all, words_of_field(rules, field, "value", one),
				   last ? "" : ", ");
		at += len + (last ? 0 : 2);
	}
	return all != NULL ? all : text;
}

const char *words_codes(const char *text, struct arena *mem)
{
	return words_translated() ? words_each(NULL, 0, text, mem) : text;
}

/* Does it hold words that the declarations or the tables of the daemon know, not what somebody
 * wrote? */
static bool words_is_code(const struct message_rules *rules, unsigned field)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	const struct field_rule *rule = &rules->fields[field];
	uint32_t max = f->label == PROTOBUF_C_LABEL_REPEATED ? rule->item_max : rule->max;

	if (f->type == PROTOBUF_C_TYPE_BOOL || f->type == PROTOBUF_C_TYPE_ENUM)
		return true;
	return f->type == PROTOBUF_C_TYPE_STRING &&
	       (rule->choices != NULL ||
		(max <= CODE_MAX &&
		 (rule->format == STEWARD__FORMAT__TEXT || rule->format == STEWARD__FORMAT__NAME)));
}

const char *words_value(const struct message_rules *rules, unsigned field, const char *text,
			struct arena *mem)
{
	const char *whole;

	if (!words_translated() || !words_is_code(rules, field))
		return text;
	whole = words_of_field(rules, field, "value", text);
	return whole != text ? whole : words_each(rules, field, text, mem);
}

/* The rules that a column's last field stands in, and its place there. */
static const struct message_rules *
words_column_rules(const struct view *v, const struct view_column *c, unsigned *ret_field)
{
	const struct message_rules *rules = v->rules;

	for (unsigned i = 0; i < c->depth && rules != NULL; i++) {
		*ret_field = (unsigned)(c->fields[i] - rules->desc->fields);
		if (i + 1 < c->depth)
			rules = rules->fields[*ret_field].sub;
	}
	return c->depth > 0 ? rules : NULL;
}

void words_columns(struct view *v, struct arena *mem)
{
	struct view_column *columns = arena_array(mem, struct view_column, v->n_columns + 1);

	for (size_t i = 0; columns != NULL && i < v->n_columns; i++) {
		unsigned field = 0;
		const struct message_rules *rules = words_column_rules(v, &v->columns[i], &field);

		columns[i] = v->columns[i];
		if (rules != NULL)
			columns[i].label = words_label(rules, field);
	}
	if (columns != NULL)
		v->columns = columns;
}

const char *words_cell(const struct view *v, size_t column, const ProtobufCMessage *row,
		       struct arena *mem)
{
	unsigned field = 0;
	const char *text = view_text(&v->columns[column], row, mem);
	const struct message_rules *rules = words_column_rules(v, &v->columns[column], &field);

	return text != NULL && rules != NULL ? words_value(rules, field, text, mem) : text;
}

const char *words_outcome(const struct rpc_method *m, const ProtobufCMessage *request,
			  const struct call_result *r, struct arena *mem)
{
	const ProtobufCMessage *subject = outcome_subject(m, r->reply);
	const char *name, *asked;

	if (!words_translated())
		return outcome_sentence(m, request, r, mem);
	name = outcome_name(m, request, subject, mem);
	asked = outcome_asked(m, subject, mem);
	if (asked != NULL)
		/* A command, then the number of what somebody else has to agree to. */
		return arena_printf(mem, _("%s: %s is asked; somebody else decides on it."),
				    words_command(m), asked);
	if (name != NULL)
		/* A command, then what it was done with. */
		return arena_printf(mem, _("%s: %s is done."), words_command(m), name);
	return arena_printf(mem, _("%s: done."), words_command(m));
}

static const char *words_range(const struct field_rule *rule, struct arena *mem)
{
	if (rule->low == INT64_MIN && rule->high == INT64_MAX)
		return _("the number is too large");
	if (rule->low == INT64_MIN)
		return arena_printf(mem, _("at most %lld"), (long long)rule->high);
	if (rule->high == INT64_MAX)
		return arena_printf(mem, _("at least %lld"), (long long)rule->low);
	return arena_printf(mem, _("from %lld to %lld"), (long long)rule->low,
			    (long long)rule->high);
}

const char *words_fault(const struct field_rule *rule, const char *reason, const char *message,
			struct arena *mem)
{
	const char *text = NULL;

	if (!words_translated())
		return arena_strdup(mem, message);
	if (strcmp(reason, "TOO_LONG") == 0)
		text = arena_printf(
			mem, ngettext("at most %u character", "at most %u characters", rule->max),
			rule->max);
	else if (strcmp(reason, "TOO_MANY") == 0)
		text = arena_printf(
			mem, ngettext("at most %u of these", "at most %u of these", rule->max),
			rule->max);
	else if (strcmp(reason, "OUT_OF_RANGE") == 0)
		text = words_range(rule, mem);
	else if (strcmp(reason, "NOT_A_CHOICE") == 0)
		text = _("this is none of the values it can have; ^L lists them");
	else if (strcmp(reason, "BAD_VALUE") == 0)
		text = _("an amount is needed, such as 1280.50");
	else
		text = words_text(message);
	return text != NULL ? arena_strdup(mem, text) : NULL;
}
