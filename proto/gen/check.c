#include "proto/gen/check.h"

#include <inttypes.h>
#include <string.h>

#include "proto/gen/text.h"

static void check_field_shape(struct gen *g, const struct message *m, const struct field *f)
{
	if (f->must_be_there)
		refuse(g, f->at,
		       "%s.%s: `required` cannot be taken back later; write `optional`, and in a "
		       "request (steward.field) = { required: true }",
		       m->name, f->name);
	if (f->kind == KIND_FLOAT)
		refuse(g, f->at,
		       "%s.%s: a %s loses digits; use int64 and say the unit in the name, as in "
		       "rent_minor",
		       m->name, f->name, f->type);
	if (f->kind == KIND_GROUP || (f->sub != NULL && f->sub->is_map))
		refuse(g, f->at, "%s.%s: neither groups nor maps; use a repeated message", m->name,
		       f->name);
	if (f->kind == KIND_MESSAGE && f->sub == NULL)
		refuse(g, f->at, "%s.%s: %s is from outside proto/; declare a message of our own",
		       m->name, f->name, f->type);
	if (f->in_oneof)
		refuse(g, f->at, "%s.%s: no oneof; use optional fields and check them in SQL",
		       m->name, f->name);
	if (f->has_default)
		refuse(g, f->at,
		       "%s.%s: a default hides that nothing was said; use coalesce() in SQL",
		       m->name, f->name);
	if (!text_is_name(f->name))
		refuse(g, f->at, "%s.%s: names of fields are made of a-z, 0-9 and _", m->name,
		       f->name);
	if (strncmp(f->name, "ctx_", 4) == 0)
		refuse(g, f->at,
		       "%s.%s: in SQL :ctx_... is what the daemon knows; choose another name",
		       m->name, f->name);
}

static bool ends_in_word(const char *name, const char *word)
{
	size_t n = strlen(name), w = strlen(word);

	return n >= w && strcmp(name + n - w, word) == 0 && (n == w || name[n - w - 1] == '_');
}

static void check_field_money(struct gen *g, const struct message *m, const struct field *f)
{
	static const char *const words[] = { "amount", "price", "balance", "fee", "cost", "rent" };
	bool minor = ends_in_word(f->name, "minor");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ends_in_word(f->name, words[i]))
			refuse(g, f->at,
			       "%s.%s: money is counted in minor units: int64 %s_minor with "
			       "format: MINOR",
			       m->name, f->name, f->name);
	if (minor && strcmp(f->type, "int64") != 0)
		refuse(g, f->at, "%s.%s: minor units of money are int64, not %s", m->name, f->name,
		       f->type);
	if (f->rule->format == STEWARD__FORMAT__MINOR && !minor)
		refuse(g, f->at, "%s.%s: format MINOR belongs to a field called int64 ..._minor",
		       m->name, f->name);
}

/* Everything that has a length says how long it may get; nothing else does. */
static void check_field_length(struct gen *g, const struct message *m, const struct field *f)
{
	bool text = f->kind == KIND_STRING || f->kind == KIND_BYTES;

	if ((text || f->repeated) && f->max == 0)
		refuse(g, f->at, "%s.%s has no limit: add (steward.field) = { max: ... } (%s)",
		       m->name, f->name,
		       f->repeated              ? "elements"
		       : f->kind == KIND_STRING ? "characters"
						: "bytes");
	if (text && f->repeated && f->item_max == 0)
		refuse(g, f->at,
		       "%s.%s: an element has no limit: add item_max: ... beside max (%s of each)",
		       m->name, f->name, f->kind == KIND_STRING ? "characters" : "bytes");
	if (!text && !f->repeated && f->max != 0)
		refuse(g, f->at, "%s.%s: max is for what has a length; a number takes low and high",
		       m->name, f->name);
	if (!(text && f->repeated) && f->rule->has_item_max)
		refuse(g, f->at, "%s.%s: item_max is for repeated string and bytes only", m->name,
		       f->name);
}

static void check_field_values(struct gen *g, const struct message *m, const struct field *f)
{
	const Steward__FieldRule *r = f->rule;

	if ((r->has_low || r->has_high) && f->kind != KIND_INT)
		refuse(g, f->at, "%s.%s: low and high are for numbers, this is a %s", m->name,
		       f->name, f->type);
	if (r->has_low && r->has_high && r->low > r->high)
		refuse(g, f->at, "%s.%s: low %" PRId64 " is above high %" PRId64, m->name, f->name,
		       r->low, r->high);
	if (r->has_format && r->format != STEWARD__FORMAT__MINOR && f->kind != KIND_STRING)
		refuse(g, f->at, "%s.%s: this format is for a string, this is a %s", m->name,
		       f->name, f->type);
	if (r->choices != NULL && f->kind != KIND_STRING)
		refuse(g, f->at, "%s.%s: choices are for a string, this is a %s", m->name, f->name,
		       f->type);
	if (r->choices != NULL &&
	    (r->choices[0] == 0 || r->choices[0] == '|' || strstr(r->choices, "||") != NULL ||
	     r->choices[strlen(r->choices) - 1] == '|'))
		refuse(g, f->at, "%s.%s: an empty choice; write choices: \"one|other\"", m->name,
		       f->name);
	if (r->file && f->kind != KIND_STRING && f->kind != KIND_BYTES)
		refuse(g, f->at, "%s.%s: file is for a string or bytes, this is a %s", m->name,
		       f->name, f->type);
	else if (r->file && (r->arg != 0 || r->secret || r->choices != NULL ||
			     r->complete != NULL || r->format != STEWARD__FORMAT__TEXT))
		refuse(g, f->at,
		       "%s.%s: what a file holds has neither arg, secret, choices, complete nor "
		       "format; "
		       "remove file or these",
		       m->name, f->name);
	if (r->arg > 9)
		refuse(g, f->at, "%s.%s: arg %" PRIu32 "; a command takes at most 9 words", m->name,
		       f->name, r->arg);
}

/* Words of a command: 1, 2, ... without a gap, and only the last may be repeated. */
static void check_message_args(struct gen *g, const struct message *m)
{
	const struct field *taken[10] = { NULL };
	uint32_t last = 0;

	for (size_t i = 0; i < m->n_fields; i++) {
		const struct field *f = &m->fields[i];
		uint32_t arg = f->rule->arg;

		if (arg == 0 || arg > 9)
			continue;
		if (taken[arg] != NULL)
			refuse(g, f->at, "%s.%s: arg %" PRIu32 " is taken by %s", m->name, f->name,
			       arg, taken[arg]->name);
		taken[arg] = f;
		if (arg > last)
			last = arg;
	}
	for (uint32_t arg = 1; arg < last; arg++) {
		if (taken[arg] == NULL)
			refuse(g, m->at, "%s: there is arg %" PRIu32 " but no arg %" PRIu32,
			       m->name, last, arg);
		else if (taken[arg]->repeated)
			refuse(g, taken[arg]->at,
			       "%s.%s: only the last word of a command may be repeated", m->name,
			       taken[arg]->name);
	}
}

/* People name a file where they type a flag: that is in a request. */
static bool is_request(const struct schema *s, const struct message *m)
{
	for (size_t i = 0; i < s->n_methods; i++)
		if (s->methods[i]->in == m)
			return true;
	return false;
}

static bool words_known(const struct schema *s, const char *words)
{
	for (size_t i = 0; i < s->n_methods; i++)
		if (strcmp(s->methods[i]->words, words) == 0)
			return s->methods[i]->rule->class_ == STEWARD__CLASS__READ;
	return false;
}

/* Recursion has no bottom on the wire: a short message could fill the memory. */
static void check_cycles(struct gen *g, struct message *m)
{
	enum { NEW, OPEN, DONE };

	if (m->mark == DONE)
		return;
	m->mark = OPEN;
	for (size_t i = 0; i < m->n_fields; i++) {
		/* The messages are ours, only the links to them are const. */
		struct message *sub = (struct message *)m->fields[i].sub;

		if (sub != NULL && sub->mark == OPEN)
			refuse(g, m->fields[i].at,
			       "%s.%s: message %s contains itself; send a flat list and the "
			       "parent's "
			       "id",
			       m->name, m->fields[i].name, sub->name);
		else if (sub != NULL)
			check_cycles(g, sub);
	}
	m->mark = DONE;
}

void check_messages(struct gen *g, const struct schema *s)
{
	for (size_t i = 0; i < s->n_messages; i++) {
		const struct message *m = s->messages[i];

		for (size_t j = 0; j < m->n_fields; j++) {
			const struct field *f = &m->fields[j];

			check_field_shape(g, m, f);
			check_field_money(g, m, f);
			check_field_length(g, m, f);
			check_field_values(g, m, f);
			if (f->rule->file && !is_request(s, m))
				refuse(g, f->at,
				       "%s.%s: file is for a flag, so it belongs to the request of "
				       "an rpc",
				       m->name, f->name);
			if (f->rule->complete != NULL && !words_known(s, f->rule->complete))
				refuse(g, f->at,
				       "%s.%s: complete: \"%s\" is no command that reads; name one",
				       m->name, f->name, f->rule->complete);
		}
		check_message_args(g, m);
		check_cycles(g, s->messages[i]);
	}
}

static void check_file(struct gen *g, const struct proto_file *f)
{
	struct place at = { f->path, 0 };
	const char *package = is_cap_file(f) ? mem_printf(g, "steward.%s", f->name) : "steward";

	if (!f->proto2)
		refuse(g, at, "write syntax = \"proto2\": only there a field can be absent");
	if (strcmp(f->package, package) != 0)
		refuse(g, at, "the package is '%s'; write package %s;", f->package, package);
	if (f->n_services > 1)
		refuse(g, (struct place){ f->path, f->second_service_line },
		       "a second service; a capability has one, move its rpcs up");
	if (is_cap_file(f) && f->n_services == 0)
		refuse(g, at, "no service: declare the capability's rpcs in one");
}

void check_schema(struct gen *g, struct schema *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		check_file(g, &s->files[i]);
	check_messages(g, s);
	check_methods(g, s);
}
