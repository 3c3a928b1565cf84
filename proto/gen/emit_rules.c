#include "proto/gen/emit.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "proto/gen/text.h"

/* The name of an enum's value in C: STEWARD__CLASS__READ. */
static const char *c_enum(const ProtobufCEnumDescriptor *desc, int value)
{
	return protobuf_c_enum_descriptor_get_value(desc, value)->c_name;
}

static void emit_int64(FILE *f, const char *name, bool limited, int64_t value,
		       const char *otherwise)
{
	if (!limited || value == INT64_MIN)
		fprintf(f, "\t\t.%s = %s,\n", name, limited ? "INT64_MIN" : otherwise);
	else
		fprintf(f, "\t\t.%s = INT64_C(%" PRId64 "),\n", name, value);
}

static void emit_number(FILE *f, const char *name, uint32_t value)
{
	if (value != 0)
		fprintf(f, "\t\t.%s = %" PRIu32 ",\n", name, value);
}

static void emit_flag(FILE *f, const char *name, bool value)
{
	if (value)
		fprintf(f, "\t\t.%s = true,\n", name);
}

static void emit_text(FILE *f, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(f, "\t\t.%s = ", name);
	c_string(f, value, true);
	fputs(",\n", f);
}

static void emit_field(FILE *f, const struct field *x)
{
	const Steward__FieldRule *r = x->rule;

	fprintf(f, "\t{ /* %" PRIu32 " %s */\n", x->number, x->name);
	emit_number(f, "max", x->max);
	emit_number(f, "item_max", x->item_max);
	emit_int64(f, "low", r->has_low, r->low, "INT64_MIN");
	emit_int64(f, "high", r->has_high, r->high, "INT64_MAX");
	emit_flag(f, "required", r->required);
	emit_flag(f, "secret", r->secret);
	emit_flag(f, "hidden", r->hidden);
	emit_flag(f, "file", r->file);
	if (r->format != STEWARD__FORMAT__TEXT)
		fprintf(f, "\t\t.format = %s,\n",
			c_enum(&steward__format__descriptor, (int)r->format));
	emit_number(f, "arg", r->arg);
	emit_text(f, "label", x->label);
	emit_text(f, "choices", r->choices);
	emit_text(f, "complete", r->complete);
	emit_text(f, "help", x->help);
	if (x->sub != NULL)
		fprintf(f, "\t\t.sub = &rules_%s,\n", x->sub->symbol);
	fputs("\t},\n", f);
}

static void emit_message(FILE *f, const struct message *m)
{
	if (m->n_fields > 0) {
		fprintf(f, "static const struct field_rule fields_%s[] = {\n", m->symbol);
		for (size_t i = 0; i < m->n_fields; i++)
			emit_field(f, &m->fields[i]);
		fputs("};\n", f);
	}
	fprintf(f, "const struct message_rules rules_%s = {\n", m->symbol);
	fprintf(f, "\t.desc = &%s__descriptor,\n", m->symbol);
	if (m->n_fields > 0)
		fprintf(f, "\t.fields = fields_%s,\n", m->symbol);
	fputs("\t.help = ", f);
	c_string(f, m->help, true);
	fputs(",\n};\n\n", f);
}

static void emit_roles(FILE *f, uint32_t roles)
{
	const char *before = "";

	if (roles == 0)
		return;
	fputs("\t\t.roles = ", f);
	for (int role = 0; role < 32; role++)
		if (roles & 1u << role) {
			fprintf(f, "%s1u << %s", before, c_enum(&steward__role__descriptor, role));
			before = " |\n\t\t\t ";
		}
	fputs(",\n", f);
}

static void emit_method(FILE *f, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;

	fputs("\t{\n", f);
	emit_text(f, "name", m->name);
	emit_text(f, "cap", m->cap);
	emit_text(f, "words", m->words);
	emit_text(f, "help", m->help);
	emit_text(f, "example", r->example);
	emit_text(f, "columns", r->columns);
	emit_text(f, "feed", r->feed);
	emit_text(f, "import", r->import);
	emit_text(f, "watch", r->watch);
	if (m->upload_end != NULL) {
		emit_text(f, "upload_part", m->upload_part->name);
		emit_text(f, "upload_end", m->upload_end->name);
	}
	emit_text(f, "download", r->download);
	emit_text(f, "print_by", m->print_by != NULL ? m->print_by->name : NULL);
	fprintf(f, "\t\t.in = &rules_%s,\n", m->in->symbol);
	fprintf(f, "\t\t.out = &rules_%s,\n", m->out->symbol);
	emit_roles(f, m->roles);
	fprintf(f, "\t\t.access = %s,\n", c_enum(&steward__access__descriptor, (int)r->access));
	fprintf(f, "\t\t.rpc_class = %s,\n", c_enum(&steward__class__descriptor, (int)r->class_));
	fprintf(f, "\t\t.offline = %s,\n", c_enum(&steward__offline__descriptor, (int)r->offline));
	fprintf(f, "\t\t.danger = %s,\n", c_enum(&steward__danger__descriptor, (int)r->danger));
	emit_flag(f, "slow", r->slow);
	emit_flag(f, "personal", r->personal);
	emit_flag(f, "access_change", r->access_change);
	emit_flag(f, "print", r->print);
	emit_flag(f, "needs_property", m->needs_property);
	emit_flag(f, "inner", m->inner);
	emit_number(f, "timeout_ms", r->timeout_ms);
	emit_number(f, "max_bytes", r->max_bytes);
	fprintf(f, "\t\t.index = %u,\n\t},\n", (unsigned)m->index);
}

void emit_rules(struct gen *g, const struct schema *s)
{
	struct output o;

	output_begin(g, &o, "rpc_methods.c");
	fputs("/* Made by steward-gen from proto/: what every message and every rpc declares. */\n"
	      "#include \"common/rules.h\"\n\n",
	      o.f);
	for (size_t i = 0; i < s->n_files; i++)
		fprintf(o.f, "#include \"proto/%s.pb-c.h\"\n", s->files[i].name);
	fputc('\n', o.f);
	for (size_t i = 0; i < s->n_messages; i++)
		fprintf(o.f, "extern const struct message_rules rules_%s;\n",
			s->messages[i]->symbol);
	fputc('\n', o.f);
	for (size_t i = 0; i < s->n_messages; i++)
		emit_message(o.f, s->messages[i]);
	fputs("/* Sorted by name: rpc_find() searches by halves. */\n"
	      "const struct rpc_method rpc_methods[] = {\n",
	      o.f);
	for (size_t i = 0; i < s->n_methods; i++)
		emit_method(o.f, s->by_name[i]);
	fprintf(o.f, "};\nconst size_t rpc_method_count = %zu;\n", s->n_methods);
	output_end(&o);
}
