#include "client/look/method.h"

#include <stdio.h>
#include <string.h>

#include "client/look/text.h"
#include "client/look/view.h"
#include "common/wire.h"

#define WORDS_MAX 4
#define WORDS_BYTES 80

int method_field_of_place(const struct rpc_method *m, unsigned place)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].arg == place && place != 0)
			return (int)i;
	return -1;
}

unsigned method_places(const struct rpc_method *m)
{
	unsigned most = 0;

	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		most = m->in->fields[i].arg > most ? m->in->fields[i].arg : most;
	return most;
}

bool method_is_import(const struct rpc_method *m, unsigned field)
{
	return m->import != NULL && strcmp(m->in->desc->fields[field].name, m->import) == 0;
}

bool method_is_own(const struct rpc_method *m, unsigned field)
{
	const char *name = m->in->desc->fields[field].name;

	if (m->upload_end != NULL)
		return strcmp(name, "name") == 0 || strcmp(name, "size") == 0 ||
		       strcmp(name, "sha256") == 0;
	return m->download != NULL && strcmp(name, "offset") == 0;
}

bool method_is_paging(const struct rpc_method *m, unsigned field)
{
	const ProtobufCFieldDescriptor *f = &m->in->desc->fields[field];

	return m->rpc_class == STEWARD__CLASS__READ && f->label != PROTOBUF_C_LABEL_REPEATED &&
	       strcmp(f->name, "limit") == 0;
}

char *method_dashed(const char *prefix, const char *name, const char *suffix, struct arena *mem)
{
	char *text = arena_printf(mem, "%s%s%s", prefix, name, suffix);

	for (char *c = text; c != NULL && *c != '\0'; c++)
		*c = *c == '_' ? '-' : *c;
	return text;
}

/* Money is typed in whole units: amount_minor is --amount. */
const char *method_base_name(const struct message_rules *rules, unsigned field, struct arena *mem)
{
	const char *name = rules->desc->fields[field].name;
	size_t len = strlen(name);

	if (rules->fields[field].format == STEWARD__FORMAT__MINOR && len > 6 &&
	    strcmp(name + len - 6, "_minor") == 0)
		return arena_strndup(mem, name, len - 6);
	return name;
}

const char *method_field_name(const struct rpc_method *m, unsigned field, struct arena *mem)
{
	const struct field_rule *rule = &m->in->fields[field];
	const char *name = method_base_name(m->in, field, mem);

	if (name == NULL)
		return "";
	if (rule->arg != 0)
		return text_upper(name, mem);
	return method_dashed("--", name, rule->secret ? "-file" : "", mem);
}

const char *method_summary(const char *help, struct arena *mem)
{
	for (const char *c = help; *c != '\0'; c++)
		if (c[0] == '.' && (c[1] == '\0' || c[1] == ' ' || c[1] == '\n')) {
			char *text = arena_strndup(mem, help, (size_t)(c - help));

			for (char *t = text; t != NULL && *t != '\0'; t++)
				*t = *t == '\n' ? ' ' : *t;
			return text != NULL ? text : "";
		}
	return help;
}

const struct rpc_method *method_of_words(const char *words)
{
	char text[WORDS_BYTES], *at[WORDS_MAX];
	const struct rpc_method *m;
	int n = 0, used = 0;

	if (words == NULL || strlen(words) >= sizeof(text))
		return NULL;
	(void)snprintf(text, sizeof(text), "%s", words);
	for (char *c = text; *c != '\0' && n < WORDS_MAX;) {
		at[n++] = c;
		c += strcspn(c, " ");
		if (*c == ' ')
			*c++ = '\0';
	}
	m = rpc_find_words(n, at, &used);
	return m != NULL && strcmp(m->words, words) == 0 ? m : NULL;
}

const struct rpc_method *method_show_of(const struct rpc_method *m)
{
	char words[WORDS_BYTES];
	const struct rpc_method *show;

	(void)snprintf(words, sizeof(words), "%s show", m->cap);
	show = method_of_words(words);
	return show != NULL && show->rpc_class == STEWARD__CLASS__READ ? show : NULL;
}

bool method_for_people(const struct rpc_method *m)
{
	return m->access != STEWARD__ACCESS__ENROLMENT && !m->inner &&
	       (m->access != STEWARD__ACCESS__DEVICE || m->example != NULL);
}

bool method_allowed(const struct rpc_method *m, uint32_t role_mask)
{
	switch ((Steward__Access)m->access) {
	case STEWARD__ACCESS__BY_ROLE:
		return (m->roles & role_mask) != 0;
	case STEWARD__ACCESS__LOGGED_IN:
	case STEWARD__ACCESS__DEVICE:
		return true;
	default:
		return false;
	}
}

const struct message_rules *method_rows(const struct rpc_method *m)
{
	int field = m->rpc_class == STEWARD__CLASS__READ ? view_rows_field(m->out) : -1;

	return field >= 0 ? m->out->fields[field].sub : NULL;
}

/* The words but the last: "contact patch" of "contact patch end". */
static bool method_same_noun(const struct rpc_method *a, const struct rpc_method *b)
{
	const char *end_a = strrchr(a->words, ' '), *end_b = strrchr(b->words, ' ');

	return end_a != NULL && end_b != NULL && end_a - a->words == end_b - b->words &&
	       strncmp(a->words, b->words, (size_t)(end_a - a->words)) == 0;
}

bool method_acts_on(const struct rpc_method *m, const struct rpc_method *list)
{
	const struct message_rules *rows = method_rows(list);
	int field = method_field_of_place(m, 1);
	const struct field_rule *rule = field >= 0 ? &m->in->fields[field] : NULL;
	const struct rpc_method *from;

	if (rows == NULL || rule == NULL || m == list)
		return false;
	if (rule->complete == NULL)
		return rule->format == STEWARD__FORMAT__REF && rule->required &&
		       method_same_noun(m, list) &&
		       message_field(rows->desc, m->in->desc->fields[field].name) != NULL;
	from = method_of_words(rule->complete);
	return from != NULL && (from == list || method_rows(from) == rows);
}

static const char *method_row_text(const ProtobufCMessage *row, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(row->descriptor, name);
	const char *text = f != NULL && f->type == PROTOBUF_C_TYPE_STRING &&
					   f->label != PROTOBUF_C_LABEL_REPEATED
				   ? field_text(row, f, 0, mem)
				   : NULL;

	return text != NULL && text[0] != '\0' ? text : NULL;
}

const char *method_row_ref(const struct rpc_method *m, const ProtobufCMessage *row, bool several,
			   struct arena *mem)
{
	static const char *const names[] = { "number", "code", "login", "name" };
	int field = method_field_of_place(m, 1);
	const char *text, *property;

	if (field < 0)
		return NULL;
	text = method_row_text(row, m->in->desc->fields[field].name, mem);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && text == NULL; i++)
		text = method_row_text(row, names[i], mem);
	property = several && m->in->fields[field].format == STEWARD__FORMAT__REF
			   ? method_row_text(row, "property", mem)
			   : NULL;
	if (text == NULL || property == NULL || strchr(text, '/') != NULL)
		return text;
	return arena_printf(mem, "%s/%s", property, text);
}
