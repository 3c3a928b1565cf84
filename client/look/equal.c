#include "client/look/equal.h"

#include <string.h>

#include "client/look/method.h"
#include "client/look/value.h"
#include "common/wire.h"

struct equal_words {
	const char **at; /* as the shell reads them */
	size_t n;
};

struct equal {
	const struct rpc_method *m;
	const ProtobufCMessage *request;
	struct arena *mem;
	struct equal_words words, flags;
	bool dashed; /* a word begins with - */
	bool refused;
};

/* In single quotes unless all of it means itself to every shell. */
static const char *equal_quoted(const char *text, struct arena *mem)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+:,./-";
	char *out, *to;

	if (text[0] != '\0' && strspn(text, plain) == strlen(text))
		return text;
	out = to = arena_alloc(mem, strlen(text) * 4 + 3);
	if (out == NULL)
		return NULL;
	*to++ = '\'';
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			memcpy(to, "'\\''", 4);
			to += 4;
		} else {
			*to++ = *text;
		}
	}
	*to = '\'';
	return out;
}

/* NULL among the texts made for it is memory that was refused. */
static void equal_add(struct equal *e, struct equal_words *to, const char *word)
{
	const char *quoted = word != NULL ? equal_quoted(word, e->mem) : NULL;
	const char **at = arena_grow(e->mem, to->at, to->n, sizeof(*at));

	if (quoted == NULL || at == NULL) {
		e->refused = true;
		return;
	}
	to->at = at;
	to->at[to->n++] = quoted;
}

static void equal_add_word(struct equal *e, const char *word)
{
	e->dashed |= word != NULL && word[0] == '-';
	equal_add(e, &e->words, word);
}

/* Element 'i' of a field as it is typed. */
static const char *equal_value(const struct equal *e, unsigned field, size_t i)
{
	if (e->m->in->fields[field].file)
		return "FILE";
	return value_text(e->request, e->m->in, field, i, e->mem);
}

static bool equal_is_word(const struct rpc_method *m, unsigned field)
{
	return m->in->fields[field].arg != 0 && !m->in->fields[field].secret;
}

/* The last place that has a value; 0: none has one. */
static unsigned equal_last_place(const struct equal *e)
{
	unsigned last = 0;

	for (unsigned i = 0; i < e->m->in->desc->n_fields; i++)
		if (equal_is_word(e->m, i) && e->m->in->fields[i].arg > last &&
		    field_is_set(e->request, &e->m->in->desc->fields[i]))
			last = e->m->in->fields[i].arg;
	return last;
}

static void equal_add_place(struct equal *e, unsigned place)
{
	int field = method_field_of_place(e->m, place);
	const ProtobufCFieldDescriptor *f;

	if (field < 0 || !equal_is_word(e->m, (unsigned)field))
		return;
	f = &e->m->in->desc->fields[field];
	for (size_t i = 0; i < field_count(e->request, f); i++)
		equal_add_word(e, equal_value(e, (unsigned)field, i));
	if (!field_is_set(e->request, f))
		equal_add_word(e, method_field_name(e->m, (unsigned)field, e->mem));
}

/* The name of the file that is to be sent, if the request has it by now. */
static const char *equal_sent_file(const struct equal *e)
{
	const ProtobufCFieldDescriptor *f = message_field(e->m->in->desc, "name");

	return f != NULL && field_is_set(e->request, f) ? field_text(e->request, f, 0, e->mem)
							: "FILE";
}

static void equal_add_words(struct equal *e)
{
	unsigned last = e->m->upload_end != NULL ? method_places(e->m) : equal_last_place(e);

	if (e->m->import != NULL)
		equal_add_word(e, "FILE");
	for (unsigned place = 1; place <= last; place++)
		equal_add_place(e, place);
	if (e->m->upload_end != NULL)
		equal_add_word(e, equal_sent_file(e));
}

static void equal_add_switch(struct equal *e, unsigned field)
{
	const char *base = method_base_name(e->m->in, field, e->mem);
	int64_t on = 0;

	(void)field_number(e->request, &e->m->in->desc->fields[field], 0, &on);
	equal_add(e, &e->flags,
		  base != NULL ? method_dashed(on != 0 ? "--" : "--no-", base, "", e->mem) : NULL);
}

static void equal_add_flag(struct equal *e, unsigned field)
{
	const ProtobufCFieldDescriptor *f = &e->m->in->desc->fields[field];

	if (e->m->in->fields[field].arg != 0 || e->m->in->fields[field].secret ||
	    method_is_import(e->m, field) || method_is_own(e->m, field))
		return;
	if (f->type == PROTOBUF_C_TYPE_BOOL && f->label != PROTOBUF_C_LABEL_REPEATED) {
		if (field_is_set(e->request, f))
			equal_add_switch(e, field);
		return;
	}
	for (size_t i = 0; i < field_count(e->request, f); i++) {
		equal_add(e, &e->flags, method_field_name(e->m, field, e->mem));
		equal_add(e, &e->flags, equal_value(e, field, i));
	}
}

static size_t equal_length(const struct equal_words *w)
{
	size_t length = 0;

	for (size_t i = 0; i < w->n; i++)
		length += 1 + strlen(w->at[i]);
	return length;
}

static char *equal_put(char *to, const struct equal_words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		*to++ = ' ';
		to = stpcpy(to, w->at[i]);
	}
	return to;
}

/* Everything in its order. */
static const char *equal_join(const struct equal *e)
{
	static const char program[] = "steward ", end[] = " --";
	size_t length = sizeof(program) + strlen(e->m->words) + sizeof(end) +
			equal_length(&e->words) + equal_length(&e->flags);
	char *out = arena_alloc(e->mem, length), *to = out;

	if (out == NULL)
		return NULL;
	to = stpcpy(stpcpy(to, program), e->m->words);
	if (!e->dashed)
		to = equal_put(to, &e->words);
	to = equal_put(to, &e->flags);
	if (e->dashed)
		(void)equal_put(stpcpy(to, end), &e->words);
	return out;
}

const char *equal_command(const struct rpc_method *m, const ProtobufCMessage *request,
			  const char *property, struct arena *mem)
{
	struct equal e = { .m = m, .request = request, .mem = mem };

	equal_add_words(&e);
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		equal_add_flag(&e, i);
	if (property != NULL && property[0] != '\0') {
		equal_add(&e, &e.flags, "-p");
		equal_add(&e, &e.flags, property);
	}
	return e.refused ? NULL : equal_join(&e);
}
