#include "proto/gen/check.h"

#include <string.h>

#include "proto/gen/text.h"

#define MESSAGE_BYTES_MAX 4194304 /* of Request.body and Response.body, see envelope.proto */

static bool is_camel(const char *s)
{
	if (!(*s >= 'A' && *s <= 'Z'))
		return false;
	for (; *s != 0; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9'))
			return false;
	return true;
}

static void check_method_names(struct gen *g, const struct method *m)
{
	if (!is_camel(strchr(m->name, '.') + 1))
		refuse(g, m->at, "rpc %s: names of rpcs look like AddNote", m->name);
	if (strlen(m->name) > 60)
		refuse(g, m->at, "rpc %s: the name is longer than 60 characters", m->name);
	if (*m->help == 0)
		refuse(g, m->at,
		       "rpc %s has no comment above it; write what it does, it is the help people "
		       "read",
		       m->name);
	if (m->in_stream)
		refuse(g, m->at, "rpc %s: requests are single messages; remove `stream` from it",
		       m->name);
}

static void check_method_access(struct gen *g, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;
	bool by_role = r->access == STEWARD__ACCESS__BY_ROLE;

	if (r->class_ == STEWARD__CLASS__CLASS_UNSPECIFIED)
		refuse(g, m->at, "rpc %s has no class: add class: READ, WRITE or STREAM", m->name);
	if (by_role && r->n_role == 0)
		refuse(g, m->at,
		       "rpc %s may be called by nobody: add role: [...], or access: LOGGED_IN, "
		       "DEVICE "
		       "or ENROLMENT",
		       m->name);
	if (!by_role && r->n_role > 0)
		refuse(g, m->at,
		       "rpc %s: roles count only with access: BY_ROLE; remove one of the two",
		       m->name);
	if (m->roles & 1u << STEWARD__ROLE__ROLE_UNSPECIFIED)
		refuse(g, m->at, "rpc %s: ROLE_UNSPECIFIED is nobody's role; name a real one",
		       m->name);
}

static void check_method_class(struct gen *g, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;
	bool stream = r->class_ == STEWARD__CLASS__STREAM;

	if (stream && !m->out_stream)
		refuse(g, m->at, "rpc %s is class: STREAM; write returns (stream %s)", m->name,
		       strrchr(m->out->name, '.') + 1);
	if (!stream && m->out_stream)
		refuse(g, m->at, "rpc %s returns a stream; write class: STREAM", m->name);
	if (r->offline == STEWARD__OFFLINE__CACHE && r->class_ != STEWARD__CLASS__READ)
		refuse(g, m->at, "rpc %s: offline: CACHE is for class: READ", m->name);
	if (r->offline == STEWARD__OFFLINE__QUEUE && r->class_ != STEWARD__CLASS__WRITE)
		refuse(g, m->at, "rpc %s: offline: QUEUE is for class: WRITE", m->name);
	if (r->watch != NULL && r->class_ != STEWARD__CLASS__READ)
		refuse(g, m->at, "rpc %s: watch is for class: READ", m->name);
	if (r->max_bytes > MESSAGE_BYTES_MAX)
		refuse(g, m->at, "rpc %s: max_bytes is above %d, the most a message may be",
		       m->name, MESSAGE_BYTES_MAX);
}

static bool has_feed_fields(const struct message *m)
{
	static const char *const names[] = { "property_id", "id", "version" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (message_find(m, names[i], strlen(names[i])) == NULL)
			return false;
	return true;
}

/* What changed is read from the reply, or from its first message. */
static void check_method_feed(struct gen *g, const struct method *m)
{
	const struct message *first = NULL;

	if (m->rule->feed == NULL)
		return;
	if (m->rule->class_ != STEWARD__CLASS__WRITE) {
		refuse(g, m->at, "rpc %s: feed is for class: WRITE", m->name);
		return;
	}
	for (size_t i = 0; i < m->out->n_fields && first == NULL; i++)
		if (!m->out->fields[i].repeated)
			first = m->out->fields[i].sub;
	if (!has_feed_fields(m->out) && (first == NULL || !has_feed_fields(first)))
		refuse(g, m->at,
		       "rpc %s: feed: \"%s\" is read from the reply, but neither %s nor its first "
		       "message has property_id, id and version; add them, or remove feed and "
		       "write "
		       "a :feed statement",
		       m->name, m->rule->feed, m->out->name);
}

static void check_method_import(struct gen *g, const struct method *m)
{
	const char *name = m->rule->import;
	const struct field *f = name != NULL ? message_find(m->in, name, strlen(name)) : NULL;

	if (name != NULL && (f == NULL || !f->repeated || f->sub == NULL))
		refuse(g, m->at, "rpc %s: import: \"%s\" is no repeated message field of %s",
		       m->name, name, m->in->name);
}

static bool has_field(const struct message *m, const char *name, enum field_kind kind)
{
	const struct field *f = message_find(m, name, strlen(name));

	return f != NULL && !f->repeated && f->kind == kind;
}

/* A message that tells of a file: what came of it, or what it is. */
static bool has_thing(const struct message *m, bool file)
{
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct message *sub = m->fields[i].repeated ? NULL : m->fields[i].sub;

		if (sub != NULL && (!file || (has_field(sub, "name", KIND_STRING) &&
					      has_field(sub, "size", KIND_INT) &&
					      has_field(sub, "sha256", KIND_STRING))))
			return true;
	}
	return false;
}

static bool fits_upload(const struct method *m)
{
	const struct method *part = m->upload_part, *end = m->upload_end;

	return has_field(m->in, "name", KIND_STRING) && has_field(m->in, "size", KIND_INT) &&
	       has_field(m->in, "sha256", KIND_STRING) &&
	       has_field(m->out, "upload", KIND_STRING) && has_field(m->out, "offset", KIND_INT) &&
	       has_thing(m->out, false) && has_field(part->in, "upload", KIND_STRING) &&
	       has_field(part->in, "offset", KIND_INT) && has_field(part->in, "data", KIND_BYTES) &&
	       has_field(part->out, "offset", KIND_INT) &&
	       has_field(end->in, "upload", KIND_STRING) && has_thing(end->out, false);
}

static void check_method_files(struct gen *g, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;

	if (r->upload != NULL && m->upload_end == NULL)
		refuse(g, m->at,
		       "rpc %s: upload: \"%s\" must be two rpcs of this capability, the one that "
		       "takes "
		       "parts and the one that ends it: \"Put Finish\"",
		       m->name, r->upload);
	else if (r->upload != NULL && (r->class_ != STEWARD__CLASS__WRITE || !fits_upload(m)))
		refuse(g, m->at,
		       "rpc %s: an upload is a WRITE with name, size and sha256 in the request and "
		       "upload, offset and a message in the reply; %s takes upload, offset and "
		       "data "
		       "and tells offset, %s takes upload and tells a message",
		       m->name, m->upload_part->name, m->upload_end->name);
	if (r->download != NULL &&
	    (r->class_ != STEWARD__CLASS__STREAM || !has_field(m->out, r->download, KIND_BYTES) ||
	     !has_field(m->in, "offset", KIND_INT) || !has_thing(m->out, true)))
		refuse(g, m->at,
		       "rpc %s: a download is a STREAM with offset in the request; its messages "
		       "have "
		       "the bytes field %s and a message with name, size and sha256",
		       m->name, r->download);
}

/* Documents of a reply: in fields of its own, or of its messages. */
static bool has_document(const struct message *m, unsigned depth)
{
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct message *sub = m->fields[i].sub;

		if (sub != NULL && (strcmp(sub->name, "steward.PrintDocument") == 0 ||
				    (depth > 0 && has_document(sub, depth - 1))))
			return true;
	}
	return false;
}

/* The field that is the command's first word. */
static const struct field *first_word(const struct message *m)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (m->fields[i].rule->arg == 1)
			return &m->fields[i];
	return NULL;
}

static bool fits_print_by(const struct method *m)
{
	const struct field *word = m->print_by != NULL ? first_word(m->print_by->in) : NULL;

	return m->rule->class_ == STEWARD__CLASS__WRITE &&
	       has_field(m->out, "number", KIND_STRING) && word != NULL &&
	       word->kind == KIND_STRING && m->print_by->rule->print;
}

static void check_method_print(struct gen *g, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;

	if (has_document(m->out, 1) != (r->print && r->class_ != STEWARD__CLASS__STREAM))
		refuse(g, m->at,
		       "rpc %s: print: true and a PrintDocument in the reply, itself or in a "
		       "message of it, go together",
		       m->name);
	if (r->print_by != NULL && !fits_print_by(m))
		refuse(g, m->at,
		       "rpc %s: print_by: \"%s\" is for a WRITE whose reply has a number, and "
		       "names "
		       "an rpc of this capability with print: true that takes numbers as its first "
		       "word",
		       m->name, r->print_by);
}

/* A table shows the first repeated message, a form the reply or its first message. */
static bool has_column(const struct method *m, const char *name, size_t len)
{
	const struct message *rows = method_rows(m);

	if (message_find(rows, name, len) != NULL)
		return true;
	for (size_t i = 0; rows == m->out && i < rows->n_fields; i++)
		if (rows->fields[i].sub != NULL)
			return message_find(rows->fields[i].sub, name, len) != NULL;
	return false;
}

static void check_method_columns(struct gen *g, const struct method *m)
{
	const char *at = m->rule->columns;

	while (at != NULL && *at != 0) {
		size_t len = strcspn(at, " ");

		if (len > 0 && !has_column(m, at, len))
			refuse(g, m->at, "rpc %s: column '%.*s' is no field of %s", m->name,
			       (int)len, at, method_rows(m)->name);
		at += len + (at[len] == ' ');
	}
}

static bool are_words(const char *s)
{
	char before = ' ';

	for (; *s != 0; before = *s++)
		if (!(*s >= 'a' && *s <= 'z') && !((*s >= '0' && *s <= '9') && before != ' ') &&
		    !((*s == '-' || *s == ' ') && before != ' ' && before != '-'))
			return false;
	return before != ' ' && before != '-';
}

static void check_method_words(struct gen *g, const struct schema *s, const struct method *m)
{
	if (!are_words(m->words))
		refuse(g, m->at,
		       "rpc %s: words: \"%s\" must be words of a-z, 0-9 and -, one blank apart",
		       m->name, m->words);
	for (size_t i = 0; i < s->n_methods && s->methods[i] != m; i++)
		if (strcmp(s->methods[i]->words, m->words) == 0)
			refuse(g, m->at, "rpc %s and %s have the same words \"%s\"; change one",
			       s->methods[i]->name, m->name, m->words);
	if (m->rule->example != NULL && strstr(m->rule->example, m->words) == NULL)
		refuse(g, m->at,
		       "rpc %s: the example is typed after `steward`, so it must contain \"%s\"",
		       m->name, m->words);
}

void check_methods(struct gen *g, const struct schema *s)
{
	if (s->n_methods == 0)
		refuse(g, (struct place){ "meson.build", 0 },
		       "no capability declares an rpc; list one that does");
	for (size_t i = 0; i < s->n_methods; i++) {
		const struct method *m = s->methods[i];

		check_method_names(g, m);
		check_method_access(g, m);
		check_method_class(g, m);
		check_method_feed(g, m);
		check_method_import(g, m);
		check_method_files(g, m);
		check_method_print(g, m);
		check_method_columns(g, m);
		check_method_words(g, s, m);
	}
}
