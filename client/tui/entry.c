#include "client/tui/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/value.h"
#include "client/tui/words.h"

#define ENTRY_ARENA (4u << 20)
#define LONG_TEXT 250 /* characters, from here on a field has several lines */
#define LONG_LINES 3

bool entry_shows(const struct rpc_method *m, unsigned i)
{
	const char *name = m->in->desc->fields[i].name;

	return strcmp(name, "after") != 0 && strcmp(name, "limit") != 0 &&
	       !m->in->fields[i].hidden && !m->in->fields[i].file &&
	       (m->import == NULL || strcmp(name, m->import) != 0) &&
	       m->in->desc->fields[i].type != PROTOBUF_C_TYPE_MESSAGE;
}

static void entry_add(struct entry *f, unsigned i)
{
	const struct field_rule *rule = &f->m->in->fields[i];
	const ProtobufCFieldDescriptor *desc = &f->m->in->desc->fields[i];
	bool is_long = desc->type == PROTOBUF_C_TYPE_STRING && rule->max >= LONG_TEXT &&
		       desc->label != PROTOBUF_C_LABEL_REPEATED && rule->choices == NULL &&
		       rule->format == STEWARD__FORMAT__TEXT;

	f->fields[f->n_fields++] = (struct entry_field){
		.index = i,
		.rules = f->m->in,
		.desc = desc,
		.rule = rule,
		.label = words_label(f->m->in, i),
		.lines = is_long ? LONG_LINES : 1,
	};
}

static void entry_add_named(struct entry *f, const char *order)
{
	while (*order != '\0') {
		size_t len = strcspn(order, " ");

		for (unsigned i = 0; i < f->m->in->desc->n_fields; i++)
			if (strlen(f->m->in->desc->fields[i].name) == len &&
			    strncmp(f->m->in->desc->fields[i].name, order, len) == 0)
				entry_add(f, i);
		order += len + strspn(order + len, " ");
	}
}

/* The command's words in their order, what else is needed, then the rest. */
static void entry_add_all(struct entry *f)
{
	const struct message_rules *in = f->m->in;

	for (unsigned place = 1; place <= in->desc->n_fields; place++)
		for (unsigned i = 0; i < in->desc->n_fields; i++)
			if (in->fields[i].arg == place && entry_shows(f->m, i))
				entry_add(f, i);
	for (int required = 1; required >= 0; required--)
		for (unsigned i = 0; i < in->desc->n_fields; i++)
			if (in->fields[i].arg == 0 && in->fields[i].required == (required == 1) &&
			    entry_shows(f->m, i))
				entry_add(f, i);
}

bool entry_init(struct entry *f, const struct rpc_method *m, const char *order)
{
	*f = (struct entry){ .m = m };
	arena_init(&f->mem, ENTRY_ARENA);
	f->fields = arena_array(&f->mem, struct entry_field, m->in->desc->n_fields + 1);
	if (f->fields == NULL)
		return false;
	if (order != NULL)
		entry_add_named(f, order);
	else
		entry_add_all(f);
	return true;
}

bool entry_add_pair(struct entry *f, const char *name, const char *code, const char *label,
		    const char *choices, bool required)
{
	const ProtobufCFieldDescriptor *of = message_field(f->m->in->desc, name);
	struct entry_field *fields = arena_array(&f->mem, struct entry_field, f->n_fields + 1);
	ProtobufCFieldDescriptor *desc = arena_new(&f->mem, ProtobufCFieldDescriptor);
	struct field_rule *rule = arena_new(&f->mem, struct field_rule);
	unsigned index;

	must(of != NULL);
	index = (unsigned)(of - f->m->in->desc->fields);
	if (fields == NULL || desc == NULL || rule == NULL)
		return false;
	*desc = *of;
	desc->name = arena_printf(&f->mem, "%s.%s", name, code);
	desc->label = PROTOBUF_C_LABEL_OPTIONAL;
	*rule = f->m->in->fields[index];
	rule->label = arena_strdup(&f->mem, label);
	rule->choices = choices != NULL ? arena_strdup(&f->mem, choices) : NULL;
	rule->required = required;
	rule->max = rule->item_max;
	rule->help = "";
	memcpy(fields, f->fields, f->n_fields * sizeof(*fields));
	fields[f->n_fields] = (struct entry_field){ .index = index,
						    .rules = f->m->in,
						    .desc = desc,
						    .rule = rule,
						    .label = rule->label,
						    .pair = arena_strdup(&f->mem, code),
						    .lines = 1 };
	if (desc->name == NULL || rule->label == NULL || fields[f->n_fields].pair == NULL)
		return false;
	f->fields = fields;
	f->n_fields++;
	return true;
}

void entry_choices(struct entry *f, const char *name, const char *choices)
{
	struct entry_field *field = entry_field(f, name);
	struct field_rule *rule = arena_new(&f->mem, struct field_rule);

	must(field != NULL);
	if (rule == NULL)
		return;
	*rule = *field->rule;
	rule->choices = choices;
	field->rule = rule;
}

void entry_free(struct entry *f)
{
	edit_close(f->edit);
	f->edit = NULL;
	for (size_t i = 0; i < f->n_fields; i++)
		free(f->fields[i].text);
	arena_fini(&f->mem);
	f->n_fields = 0;
}

struct entry_field *entry_field(const struct entry *f, const char *name)
{
	for (size_t i = 0; i < f->n_fields; i++)
		if (strcmp(f->fields[i].desc->name, name) == 0)
			return &f->fields[i];
	return NULL;
}

struct entry_field *entry_current(const struct entry *f)
{
	return f->at < f->n_fields ? &f->fields[f->at] : NULL;
}

static void field_keep(struct entry *f, struct entry_field *field, const char *text)
{
	const char *old = field->text != NULL ? field->text : "";

	if (strcmp(old, text) == 0)
		return;
	free(field->text);
	field->text = text[0] != '\0' ? strndup(text, ENTRY_TEXT) : NULL;
	field->fault = NULL;
	f->changes++;
}

bool entry_choice(const struct entry_field *field, size_t n, char out[64])
{
	const char *at = field->rule->choices;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, "|");

		if (n-- == 0) {
			(void)snprintf(out, 64, "%.*s", (int)len, at);
			return true;
		}
		at += len + (at[len] == '|' ? 1 : 0);
	}
	return false;
}

const char *entry_shown(const struct entry_field *field, const char *text)
{
	return field->rule->choices != NULL ? words_choice(field->rules, field->index, text) : text;
}

/* The choice that people read as this text, in 'choice', else the text. */
static const char *entry_declared(const struct entry_field *field, const char *text,
				  char choice[64])
{
	for (size_t i = 0; entry_choice(field, i, choice); i++)
		if (strcmp(entry_shown(field, choice), text) == 0)
			return choice;
	return text;
}

void entry_keep(struct entry *f)
{
	struct arena mem;
	const char *text;
	char choice[64];

	if (f->edit == NULL)
		return;
	arena_init(&mem, 4u << 20);
	text = edit_text(f->edit, &mem);
	if (text != NULL)
		field_keep(f, &f->fields[f->at], entry_declared(&f->fields[f->at], text, choice));
	arena_fini(&mem);
}

static void entry_leave(struct entry *f)
{
	entry_keep(f);
	edit_close(f->edit);
	f->edit = NULL;
}

const char *entry_text(const struct entry *f, const char *name)
{
	const struct entry_field *field = entry_field(f, name);

	return field != NULL && field->text != NULL ? field->text : "";
}

void entry_set(struct entry *f, const char *name, const char *text)
{
	struct entry_field *field = entry_field(f, name);

	if (field == NULL)
		return;
	if (field == entry_current(f)) {
		edit_close(f->edit);
		f->edit = NULL;
	}
	field_keep(f, field, text);
}

void entry_go(struct entry *f, const char *name)
{
	for (size_t i = 0; i < f->n_fields; i++)
		if (strcmp(f->fields[i].desc->name, name) == 0) {
			entry_leave(f);
			f->at = i;
		}
}

static void entry_step(struct entry *f, int by)
{
	size_t to = f->at;

	do {
		to = (to + f->n_fields + (size_t)by) % f->n_fields;
	} while ((f->fields[to].fixed || f->fields[to].unseen) && to != f->at);
	entry_leave(f);
	f->at = to;
}

void entry_layout(struct entry *f, const struct entry_place *places, size_t n)
{
	for (size_t i = 0; i < f->n_fields; i++) {
		struct entry_field *field = &f->fields[i];

		field->place = NULL;
		for (size_t p = 0; p < n; p++)
			if (strcmp(places[p].name, field->desc->name) == 0)
				field->place = &places[p];
		field->unseen = field->place == NULL;
		if (field->place != NULL && field->lines != field->place->lines) {
			field->lines = field->place->lines;
			if (i == f->at)
				entry_leave(f);
		}
	}
	f->laid_out = true;
	if (f->at < f->n_fields && f->fields[f->at].unseen)
		entry_step(f, 1);
}

static bool entry_is_switch(const struct entry_field *field)
{
	return field->desc->type == PROTOBUF_C_TYPE_BOOL;
}

static bool entry_flip(struct entry *f, struct entry_field *field, const struct key *k)
{
	if (!key_is(k, "Space|x|Left|Right"))
		return false;
	field_keep(f, field, field->text != NULL && strcmp(field->text, "true") == 0 ? "" : "true");
	f->dirty = true;
	return true;
}

static void entry_take(struct entry *f, struct entry_field *field, const char *text)
{
	entry_leave(f);
	field_keep(f, field, text);
	f->dirty = true;
}

/* The next of a field's choices, before or after the one it has; between last and first, none. */
static void entry_choose(struct entry *f, struct entry_field *field, int by)
{
	char choice[64] = "";
	size_t n = 0, now = 0;

	while (entry_choice(field, n, choice)) {
		n++;
		if (field->text != NULL && strcmp(choice, field->text) == 0)
			now = n;
	}
	now = (now + n + 1 + (size_t)by) % (n + 1);
	if (now == 0 || !entry_choice(field, now - 1, choice))
		choice[0] = '\0';
	entry_take(f, field, choice);
}

/* A digit is the code of a choice, as forms show it. */
static bool entry_code(struct entry *f, struct entry_field *field, const struct key *k)
{
	char choice[64];

	if (k->code != K_TEXT || k->wc < L'1' || k->wc > L'9' ||
	    !entry_choice(field, (size_t)(k->wc - L'1'), choice))
		return false;
	entry_take(f, field, choice);
	return true;
}

/* Does a choice begin so, as it is declared or as people read it? */
static bool entry_begins(const struct entry_field *field, const char *choice)
{
	size_t len = strlen(field->text);

	return strncmp(choice, field->text, len) == 0 ||
	       strncmp(entry_shown(field, choice), field->text, len) == 0;
}

/* What was typed of a choice stands for the one that begins so. */
static void entry_complete_choice(struct entry *f, struct entry_field *field)
{
	char choice[64];

	entry_keep(f);
	for (size_t i = 0; field->text != NULL && entry_choice(field, i, choice); i++)
		if (entry_begins(field, choice)) {
			entry_leave(f);
			field_keep(f, field, choice);
			return;
		}
}

bool entry_key(struct entry *f, const struct key *k)
{
	struct entry_field *field = entry_current(f);

	if (field == NULL)
		return false;
	if (f->edit != NULL && !field->fixed && edit_at_edge(f->edit, k->code == K_DOWN) == false &&
	    (k->code == K_UP || k->code == K_DOWN))
		return edit_key(f->edit, k);
	if (key_is(k, "Tab|Down") || (k->code == K_ENTER && field->lines == 1)) {
		entry_complete_choice(f, field);
		entry_step(f, 1);
		return true;
	}
	if (key_is(k, "Shift-Tab|Up")) {
		entry_complete_choice(f, field);
		entry_step(f, -1);
		return true;
	}
	if (field->fixed)
		return false;
	if (entry_is_switch(field))
		return entry_flip(f, field, k);
	if (field->rule->choices != NULL && key_is(k, "Left|Right")) {
		entry_choose(f, field, k->code == K_LEFT ? -1 : 1);
		return true;
	}
	if (entry_code(f, field, k))
		return true;
	if (f->edit == NULL || !edit_key(f->edit, k))
		return false;
	field->fault = NULL;
	f->dirty = true;
	f->changes++;
	return true;
}

/* Several values of a field stand on one line, apart by commas. */
static enum st_code field_to_request(const struct entry *f, const struct entry_field *field,
				     ProtobufCMessage *rq, struct arena *mem, struct st_err *err)
{
	const char *at = field->text;

	if (field->pair != NULL) {
		at = arena_printf(mem, "%s=%s", field->pair, field->text);
		if (at == NULL)
			return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory");
		return value_set(rq, f->m->in, field->index, at, mem, err);
	}
	if (field->desc->label != PROTOBUF_C_LABEL_REPEATED)
		return value_set(rq, f->m->in, field->index, at, mem, err);
	while (*at != '\0') {
		size_t len = strcspn(at, ",");
		const char *one = arena_strndup(mem, at, len);

		if (one == NULL)
			return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory");
		one += strspn(one, " ");
		if (one[0] != '\0')
			ST_TRY(value_set(rq, f->m->in, field->index, one, mem, err));
		at += len + (at[len] == ',' ? 1 : 0);
	}
	return ST_OK;
}

enum st_code entry_request(struct entry *f, struct arena *mem, ProtobufCMessage **ret,
			   struct st_err *err)
{
	ProtobufCMessage *rq = message_new(f->m->in->desc, mem);
	struct violations *v = arena_new(mem, struct violations);

	entry_keep(f);
	if (rq == NULL || v == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory");
	for (size_t i = 0; i < f->n_fields; i++) {
		struct entry_field *field = &f->fields[i];

		field->fault = NULL;
		if (field->text == NULL)
			continue;
		if (field_to_request(f, field, rq, mem, err) != ST_OK) {
			field->fault = words_fault(field->rule, err->reason, err->message, &f->mem);
			entry_go(f, field->desc->name);
			return err->code;
		}
	}
	if (message_validate(f->m->in, rq, mem, v, err) != ST_OK) {
		(void)entry_faults(f, err, v->items, v->n);
		return err->code;
	}
	*ret = rq;
	return ST_OK;
}

static bool entry_fault(struct entry *f, const char *path, const char *reason, const char *message)
{
	char name[64];
	struct entry_field *field;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, ".["), path);
	field = entry_field(f, name);
	if (field == NULL)
		return false;
	field->fault = words_fault(field->rule, reason, message, &f->mem);
	return true;
}

bool entry_faults(struct entry *f, const struct st_err *err, const struct violation *v, size_t n)
{
	const char *first = NULL;
	char field[64];

	for (size_t i = 0; i < n; i++)
		if (entry_fault(f, v[i].field, v[i].rule, v[i].message) && first == NULL)
			first = v[i].field;
	if (first == NULL && err->field[0] != '\0' &&
	    entry_fault(f, err->field, err->reason, err->message))
		first = err->field;
	if (first == NULL)
		return false;
	(void)snprintf(field, sizeof(field), "%.*s", (int)strcspn(first, ".["), first);
	entry_go(f, field);
	return true;
}
