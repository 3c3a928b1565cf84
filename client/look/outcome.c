#include "client/look/outcome.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/look/text.h"

static bool outcome_is_vowel(char c)
{
	return c != '\0' && strchr("aeiou", c) != NULL;
}

char *outcome_participle(const char *verb, char out[64])
{
	static const struct {
		const char *verb, *done;
	} odd[] = {
		{ "set", "set" },
		{ "put", "put" },
		{ "cut", "cut" },
		{ "let", "let" },
		{ "split", "split" },
		{ "reset", "reset" },
		{ "take", "taken" },
		{ "give", "given" },
		{ "hold", "held" },
		{ "lend", "lent" },
		{ "send", "sent" },
		{ "sell", "sold" },
		{ "pay", "paid" },
		{ "keep", "kept" },
		{ "make", "made" },
		{ "find", "found" },
		{ "cancel", "cancelled" },
		{ "stop", "stopped" },
		{ "plan", "planned" },
		{ "drop", "dropped" },
		{ "edit", "changed" },
		{ "new", "made" },
		{ "remove", "removed" },
		{ "undo", "undone" },
		{ "read", "read" },
		{ "write", "written" },
		{ "draw", "drawn" },
		{ "submit", "submitted" },
		{ "household", "visited" },
		{ "day", "changed" },
		{ "ring", "noted" },
		{ "begin", "begun" },
		{ "back", "opened" },
		{ "run", "begun" },
		{ "work", "billed" },
		{ "apply", "used" },
		{ "withdraw", "withdrawn" },
		{ "payee", "set" },
		{ "policy", "set" },
	};
	size_t n = strlen(verb);

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (strcmp(verb, odd[i].verb) == 0) {
			(void)snprintf(out, 64, "%s", odd[i].done);
			return out;
		}
	if (n > 0 && verb[n - 1] == 'e')
		(void)snprintf(out, 64, "%sd", verb);
	else if (n > 1 && verb[n - 1] == 'y' && !outcome_is_vowel(verb[n - 2]))
		(void)snprintf(out, 64, "%.*sied", (int)(n - 1), verb);
	else
		(void)snprintf(out, 64, "%sed", verb);
	return out;
}

static const char *outcome_verb(const struct rpc_method *m)
{
	const char *last = strrchr(m->words, ' ');

	/* Of a period it means that it is opened again, of a call that it was tried. */
	if (strcmp(m->words, "call back") == 0)
		return "record";
	return last != NULL ? last + 1 : m->words;
}

const ProtobufCMessage *outcome_subject(const struct rpc_method *m, const ProtobufCMessage *reply)
{
	const ProtobufCMessage *first = NULL;

	for (unsigned i = 0; i < reply->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &reply->descriptor->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED ||
		    !field_is_set(reply, f))
			continue;
		if (strcmp(f->name, m->cap) == 0)
			return field_message(reply, f, 0);
		first = first != NULL ? first : field_message(reply, f, 0);
	}
	return first != NULL ? first : reply;
}

static const char *outcome_text(const ProtobufCMessage *msg, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);

	return f != NULL && f->label != PROTOBUF_C_LABEL_REPEATED ? field_text(msg, f, 0, mem)
								  : NULL;
}

/* " Order W-1003 is issued." for each other thing the reply tells of; " It is closed." where that
 * is the thing named. */
static const char *outcome_others(const struct rpc_method *m, const ProtobufCMessage *reply,
				  const ProtobufCMessage *subject, const char *name,
				  struct arena *mem)
{
	const char *all = "";

	for (unsigned i = 0; i < reply->descriptor->n_fields && all != NULL; i++) {
		const ProtobufCFieldDescriptor *f = &reply->descriptor->fields[i];
		const ProtobufCMessage *other;
		const char *number, *state, *label = m->out->fields[i].label;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED ||
		    !field_is_set(reply, f) || field_message(reply, f, 0) == subject)
			continue;
		other = field_message(reply, f, 0);
		number = outcome_text(other, "number", mem);
		state = outcome_text(other, "state", mem);
		if (number == NULL || state == NULL)
			continue;
		if (name != NULL && strcmp(name, number) == 0)
			all = arena_printf(mem, "%s It is %s.", all, state);
		else
			all = arena_printf(mem, "%s %c%s %s is %s.", all,
					   toupper((unsigned char)label[0]), label + 1, number,
					   state);
	}
	return all;
}

const char *outcome_name(const struct rpc_method *m, const ProtobufCMessage *request,
			 const ProtobufCMessage *subject, struct arena *mem)
{
	static const char *const names[] = { "number", "code", "login", "name" };
	const char *text = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && text == NULL; i++)
		text = outcome_text(subject, names[i], mem);
	for (unsigned i = 0; request != NULL && i < m->in->desc->n_fields && text == NULL; i++)
		if (m->in->fields[i].arg == 1)
			text = field_text(request, &m->in->desc->fields[i], 0, mem);
	return text != NULL ? text_clean(text, false, mem) : NULL;
}

const char *outcome_asked(const struct rpc_method *m, const ProtobufCMessage *subject,
			  struct arena *mem)
{
	if (strcmp(m->cap, "approval") == 0)
		return NULL;
	return outcome_text(subject,
			    strcmp(subject->descriptor->name, "steward.approval.Approval") == 0
				    ? "number"
				    : "approval",
			    mem);
}

const char *outcome_sentence(const struct rpc_method *m, const ProtobufCMessage *request,
			     const struct call_result *r, struct arena *mem)
{
	const ProtobufCMessage *subject = outcome_subject(m, r->reply);
	const char *name = outcome_name(m, request, subject, mem), *verb = outcome_verb(m), *others,
		   *body, *asked = outcome_asked(m, subject, mem);
	char done[64];

	others = outcome_others(m, r->reply, subject, name, mem);
	if (asked != NULL)
		body = arena_printf(mem, "%s: %s %s asked; somebody else decides on it", m->words,
				    asked, r->dry_run ? "would be" : "is");
	else if (strchr(verb, '-') != NULL || name == NULL)
		body = arena_printf(mem, "%s%s%s: done", name != NULL ? name : "",
				    name != NULL ? ": " : "", m->words);
	else
		body = arena_printf(mem, "%s %s%s", name, r->dry_run ? "would be " : "",
				    outcome_participle(verb, done));
	if (body == NULL || others == NULL)
		return NULL;
	return arena_printf(
		mem, "%s%s%s.%s", r->dry_run ? "Dry run, nothing was kept: " : "", body,
		r->replayed ? " (it was done before; this is the answer given then)" : "", others);
}

const char *outcome_next(const struct rpc_method *m, const struct call_result *r,
			 const char *property, struct arena *mem)
{
	const ProtobufCMessage *subject = outcome_subject(m, r->reply);
	const struct rpc_method *show = method_show_of(m);
	const char *number = outcome_text(subject, "number", mem), *code;

	if (show == NULL || show == m || m->feed == NULL || number == NULL || r->dry_run)
		return NULL;
	code = property != NULL && property[0] != '\0' ? outcome_text(subject, "property", mem)
						       : NULL;
	return arena_printf(mem, "steward %s %s%s%s", show->words, code != NULL ? code : "",
			    code != NULL ? "/" : "", number);
}
