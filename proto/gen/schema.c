#include "proto/gen/schema.h"

#include <stdlib.h>
#include <string.h>

#include "proto/gen/descriptor.pb-c.h"
#include "proto/gen/text.h"

#define OPTION_TAG 50600 /* of (steward.rpc) and (steward.field), see proto/options.proto */
#define PATH_MAX_DEPTH 16

typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__MethodDescriptorProto method_proto;
typedef Google__Protobuf__SourceCodeInfo__Location location_proto;

/* Where we are in a file, as descriptor.proto counts: field number, index, field number, ... */
struct path {
	const file_proto *file;
	int32_t at[PATH_MAX_DEPTH];
	size_t n;
};

enum {
	FILE_MESSAGE = 4,
	FILE_SERVICE = 6,
	MESSAGE_FIELD = 2,
	MESSAGE_NESTED = 3,
	SERVICE_METHOD = 2,
};

static struct path path_down(const struct path *up, int32_t number, size_t index)
{
	struct path p = *up;

	if (p.n + 2 > PATH_MAX_DEPTH)
		die("%s: messages are nested too deep", p.file->name);
	p.at[p.n++] = number;
	p.at[p.n++] = (int32_t)index;
	return p;
}

static const location_proto *path_location(const struct path *p)
{
	const Google__Protobuf__SourceCodeInfo *info = p->file->source_code_info;

	for (size_t i = 0; info != NULL && i < info->n_location; i++) {
		const location_proto *l = info->location[i];

		if (l->n_path == p->n && memcmp(l->path, p->at, p->n * sizeof(*p->at)) == 0)
			return l;
	}
	return NULL;
}

static struct place path_place(const struct path *p)
{
	const location_proto *l = path_location(p);

	return (struct place){ p->file->name, l != NULL && l->n_span > 0 ? l->span[0] + 1 : 0 };
}

/* The comment above; of fields and messages also the one behind. */
static char *path_help(struct gen *g, const struct path *p, bool also_behind)
{
	const location_proto *l = path_location(p);
	const char *comment = l != NULL ? l->leading_comments : NULL;

	if (comment == NULL && l != NULL && also_behind)
		comment = l->trailing_comments;
	return text_help(g, comment);
}

/* Options the descriptor's own C code does not know wait among the unknown fields, as bytes behind
 * their length. Several pieces of one message put end to end are that message. */
static void *option_unpack(struct gen *g, const ProtobufCMessage *options,
			   const ProtobufCMessageDescriptor *desc)
{
	size_t len = 0;
	uint8_t *data;
	void *msg;

	for (unsigned i = 0; options != NULL && i < options->n_unknown_fields; i++)
		len += options->unknown_fields[i].len;
	data = mem_array(g, len, 1);
	len = 0;
	for (unsigned i = 0; options != NULL && i < options->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *u = &options->unknown_fields[i];
		size_t skip = 0;

		if (u->tag != OPTION_TAG || u->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
			continue;
		while (skip < u->len && (u->data[skip] & 0x80))
			skip++;
		skip++;
		memcpy(data + len, u->data + skip, u->len - skip);
		len += u->len - skip;
	}
	msg = protobuf_c_message_unpack(desc, arena_pb(&g->mem), len, data);
	if (msg == NULL)
		die("the descriptor set holds an option that cannot be read");
	return msg;
}

static enum field_kind field_kind_of(const field_proto *d)
{
	switch (d->type) {
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL:
		return KIND_BOOL;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
		return KIND_STRING;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES:
		return KIND_BYTES;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
		return KIND_ENUM;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
		return KIND_MESSAGE;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP:
		return KIND_GROUP;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE:
		return KIND_FLOAT;
	default:
		return KIND_INT;
	}
}

/* "TYPE_INT64" -> "int64"; of messages and enums their name without the leading dot. */
static const char *field_type(struct gen *g, const field_proto *d)
{
	const ProtobufCEnumValue *v;
	char *name;

	if (d->type_name != NULL && d->type_name[0] == '.')
		return d->type_name + 1;
	v = protobuf_c_enum_descriptor_get_value(
		&google__protobuf__field_descriptor_proto__type__descriptor, (int)d->type);
	name = mem_strndup(g, v->name + strlen("TYPE_"), strlen(v->name + strlen("TYPE_")));
	for (char *c = name; *c != 0; c++)
		*c = (char)(*c | 0x20);
	return name;
}

static uint32_t longest_choice(const char *choices)
{
	size_t longest = 0;

	while (*choices != 0) {
		size_t n = strcspn(choices, "|");

		if (n > longest)
			longest = n;
		choices += n + (choices[n] == '|');
	}
	return (uint32_t)longest;
}

/* Characters that a format or a list of choices cannot exceed; 0: it says nothing about length. */
static uint32_t implied_max(const Steward__FieldRule *r)
{
	if (r->choices != NULL)
		return longest_choice(r->choices);
	switch (r->format) {
	case STEWARD__FORMAT__UUID:
		return 36;
	case STEWARD__FORMAT__DATE:
		return 10;
	case STEWARD__FORMAT__TIMESTAMP:
		return 40;
	case STEWARD__FORMAT__ZONE:
		return 64;
	default:
		return 0;
	}
}

/* Its name with blanks; people type and read whole units of money, so that "amount_minor" is
 * "amount". */
static const char *field_label(struct gen *g, const char *name, const Steward__FieldRule *r)
{
	size_t len = strlen(name);

	if (r->label != NULL)
		return r->label;
	if (r->format == STEWARD__FORMAT__MINOR && len > 6 && strcmp(name + len - 6, "_minor") == 0)
		name = mem_strndup(g, name, len - 6);
	return text_replace(g, name, '_', ' ');
}

static void field_load(struct gen *g, const struct path *p, const field_proto *d, struct field *f)
{
	const ProtobufCMessage *options = d->options != NULL ? &d->options->base : NULL;
	const Steward__FieldRule *r = option_unpack(g, options, &steward__field_rule__descriptor);

	f->at = path_place(p);
	f->name = d->name;
	f->number = (uint32_t)d->number;
	f->kind = field_kind_of(d);
	f->type = field_type(g, d);
	f->repeated = d->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
	f->must_be_there = d->label ==
			   GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED;
	f->has_default = d->default_value != NULL;
	f->in_oneof = d->has_oneof_index && !d->proto3_optional;
	f->rule = r;
	f->label = field_label(g, d->name, r);
	f->help = path_help(g, p, true);
	f->max = r->max;
	f->item_max = r->item_max;
	if (f->kind == KIND_STRING && f->repeated && !r->has_item_max)
		f->item_max = implied_max(r);
	if (f->kind == KIND_STRING && !f->repeated && !r->has_max)
		f->max = implied_max(r);
}

static int field_order(const void *a, const void *b)
{
	const struct field *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void message_load(struct gen *g, struct schema *s, const struct path *p, const char *scope,
			 const message_proto *d)
{
	struct message *m = mem_new(g, struct message);

	m->at = path_place(p);
	m->name = mem_printf(g, "%s.%s", scope, d->name);
	m->symbol = text_symbol(g, m->name);
	m->help = path_help(g, p, true);
	m->is_map = d->options != NULL && d->options->map_entry;
	m->n_fields = d->n_field;
	m->fields = mem_array(g, d->n_field, sizeof(*m->fields));
	for (size_t i = 0; i < d->n_field; i++) {
		struct path down = path_down(p, MESSAGE_FIELD, i);

		field_load(g, &down, d->field[i], &m->fields[i]);
	}
	qsort(m->fields, m->n_fields, sizeof(*m->fields), field_order);
	s->messages[s->n_messages++] = m;
	for (size_t i = 0; i < d->n_nested_type; i++) {
		struct path down = path_down(p, MESSAGE_NESTED, i);

		message_load(g, s, &down, m->name, d->nested_type[i]);
	}
}

static size_t count_messages(const message_proto *d)
{
	size_t n = 1;

	for (size_t i = 0; i < d->n_nested_type; i++)
		n += count_messages(d->nested_type[i]);
	return n;
}

static struct message *schema_message(const struct schema *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < s->n_messages; i++)
		if (strcmp(s->messages[i]->name, name) == 0)
			return s->messages[i];
	return NULL;
}

static void method_load(struct gen *g, struct schema *s, const struct path *p,
			const struct proto_file *file, const method_proto *d)
{
	const ProtobufCMessage *options = d->options != NULL ? &d->options->base : NULL;
	struct method *m = mem_new(g, struct method);

	m->at = path_place(p);
	m->cap = file->name;
	m->name = mem_printf(g, "%s.%s", file->name, d->name);
	m->symbol = mem_printf(g, "%s_%s", file->name, text_split(g, d->name, '_'));
	m->rule = option_unpack(g, options, &steward__rpc_rule__descriptor);
	m->words = m->rule->words;
	if (m->words == NULL)
		m->words = mem_printf(g, "%s %s", text_replace(g, file->name, '_', '-'),
				      text_split(g, d->name, '-'));
	m->help = path_help(g, p, false);
	m->in = schema_message(s, d->input_type + 1);
	m->out = schema_message(s, d->output_type + 1);
	m->in_stream = d->client_streaming;
	m->out_stream = d->server_streaming;
	for (size_t i = 0; i < m->rule->n_role; i++)
		m->roles |= 1u << m->rule->role[i];
	if (m->in == NULL || m->out == NULL)
		refuse(g, m->at, "rpc %s uses a message from outside proto/: declare it in %s",
		       m->name, file->path);
	else
		s->methods[s->n_methods++] = m;
}

/* Is it one of ours that carries messages? */
static bool file_counts(const char *path)
{
	return strncmp(path, "proto/", 6) == 0 && strcmp(path, "proto/options.proto") != 0 &&
	       strcmp(path, "proto/option_types.proto") != 0;
}

static void file_load(struct gen *g, struct schema *s, const file_proto *d)
{
	struct proto_file *file = &s->files[s->n_files++];
	const char *base = strrchr(d->name, '/') + 1;

	file->path = d->name;
	file->name = mem_strndup(g, base, strlen(base) - strlen(".proto"));
	file->package = d->package != NULL ? d->package : "";
	file->proto2 = d->syntax == NULL || strcmp(d->syntax, "proto2") == 0;
	file->n_services = d->n_service;
	if (d->n_service > 1) {
		struct path top = { .file = d };
		struct path second = path_down(&top, FILE_SERVICE, 1);

		file->second_service_line = path_place(&second).line;
	}
	for (size_t i = 0; i < d->n_message_type; i++) {
		struct path top = { .file = d };
		struct path p = path_down(&top, FILE_MESSAGE, i);

		message_load(g, s, &p, file->package, d->message_type[i]);
	}
}

static void file_load_methods(struct gen *g, struct schema *s, const file_proto *d,
			      const struct proto_file *file)
{
	for (size_t i = 0; i < d->n_service; i++)
		for (size_t j = 0; j < d->service[i]->n_method; j++) {
			struct path top = { .file = d };
			struct path service = path_down(&top, FILE_SERVICE, i);
			struct path p = path_down(&service, SERVICE_METHOD, j);

			method_load(g, s, &p, file, d->service[i]->method[j]);
		}
}

static struct method *method_sibling(const struct schema *s, const struct method *m,
				     const char *rpc, size_t len)
{
	for (size_t i = 0; i < s->n_methods; i++) {
		const char *name = strchr(s->methods[i]->name, '.') + 1;

		if (strcmp(s->methods[i]->cap, m->cap) == 0 && strlen(name) == len &&
		    strncmp(name, rpc, len) == 0)
			return s->methods[i];
	}
	return NULL;
}

/* "Put Finish": the rpcs that send the rest of a file are no commands of their own. */
static void schema_join_uploads(struct schema *s)
{
	for (size_t i = 0; i < s->n_methods; i++) {
		struct method *m = s->methods[i], *part, *end;
		const char *names = m->rule->upload != NULL ? m->rule->upload : "";
		size_t first = strcspn(names, " ");

		if (names[first] == 0)
			continue;
		part = method_sibling(s, m, names, first);
		end = method_sibling(s, m, names + first + 1, strlen(names + first + 1));
		if (part == NULL || end == NULL)
			continue; /* check_methods() tells of it */
		m->upload_part = part;
		m->upload_end = end;
		part->inner = end->inner = true;
	}
}

/* "Print": where it is no rpc of the capability check_methods() tells of it. */
static void schema_join_prints(struct schema *s)
{
	for (size_t i = 0; i < s->n_methods; i++) {
		struct method *m = s->methods[i];

		if (m->rule->print_by != NULL)
			m->print_by = method_sibling(s, m, m->rule->print_by,
						     strlen(m->rule->print_by));
	}
}

static int method_order(const void *a, const void *b)
{
	return strcmp((*(struct method *const *)a)->name, (*(struct method *const *)b)->name);
}

static void schema_sort_methods(struct gen *g, struct schema *s)
{
	s->by_name = mem_array(g, s->n_methods, sizeof(*s->by_name));
	for (size_t i = 0; i < s->n_methods; i++)
		s->by_name[i] = s->methods[i];
	qsort(s->by_name, s->n_methods, sizeof(*s->by_name), method_order);
	for (size_t i = 0; i < s->n_methods; i++)
		s->by_name[i]->index = (uint16_t)i;
}

static const file_proto *set_find(const Google__Protobuf__FileDescriptorSet *set, const char *path)
{
	for (size_t i = 0; i < set->n_file; i++)
		if (strcmp(set->file[i]->name, path) == 0)
			return set->file[i];
	return NULL;
}

/* Methods in the order of the capabilities, so that pages read as meson.build lists them. */
static void schema_load_methods(struct gen *g, struct schema *s,
				const Google__Protobuf__FileDescriptorSet *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_file; i++)
		for (size_t j = 0; j < set->file[i]->n_service; j++)
			n += set->file[i]->service[j]->n_method;
	s->methods = mem_array(g, n, sizeof(*s->methods));
	for (size_t c = 0; c < g->n_caps; c++)
		for (size_t i = 0; i < s->n_files; i++)
			if (strcmp(s->files[i].name, g->caps[c]) == 0)
				file_load_methods(g, s, set_find(set, s->files[i].path),
						  &s->files[i]);
}

struct schema *schema_load(struct gen *g, const char *path)
{
	struct schema *s = mem_new(g, struct schema);
	Google__Protobuf__FileDescriptorSet *set;
	size_t len, n = 0;
	const char *data = file_read_built(g, path, &len);

	set = (Google__Protobuf__FileDescriptorSet *)protobuf_c_message_unpack(
		&google__protobuf__file_descriptor_set__descriptor, arena_pb(&g->mem), len,
		(const uint8_t *)data);
	if (set == NULL)
		die("%s is no descriptor set", path);
	for (size_t i = 0; i < set->n_file; i++)
		for (size_t j = 0; j < set->file[i]->n_message_type; j++)
			n += count_messages(set->file[i]->message_type[j]);
	s->messages = mem_array(g, n, sizeof(*s->messages));
	s->files = mem_array(g, set->n_file, sizeof(*s->files));
	for (size_t i = 0; i < set->n_file; i++)
		if (file_counts(set->file[i]->name))
			file_load(g, s, set->file[i]);
	for (size_t i = 0; i < s->n_messages; i++)
		for (size_t j = 0; j < s->messages[i]->n_fields; j++) {
			struct field *f = &s->messages[i]->fields[j];

			if (f->kind == KIND_MESSAGE)
				f->sub = schema_message(s, f->type);
		}
	schema_load_methods(g, s, set);
	schema_join_uploads(s);
	schema_join_prints(s);
	schema_sort_methods(g, s);
	return s;
}
