#include "proto/gen/emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void contract_flag(FILE *f, const char *name, bool set)
{
	if (set)
		fprintf(f, " %s", name);
}

static void contract_text(FILE *f, const char *name, const char *value)
{
	if (value != NULL)
		fprintf(f, " %s=\"%s\"", name, value);
}

static void contract_number(FILE *f, const char *name, uint32_t value)
{
	if (value != 0)
		fprintf(f, " %s=%" PRIu32, name, value);
}

static void contract_method(struct gen *g, FILE *f, const struct method *m)
{
	const Steward__RpcRule *r = m->rule;

	fprintf(f, "rpc %s (%s) returns (%s%s)\n", m->name, m->in->name,
		m->out_stream ? "stream " : "", m->out->name);
	fprintf(f, "  words=\"%s\" class=%s offline=%s danger=%s", m->words, class_word(g, m),
		offline_word(g, m), danger_word(g, m));
	contract_flag(f, "needs_property", m->needs_property);
	contract_flag(f, "slow", r->slow);
	contract_flag(f, "personal", r->personal);
	contract_flag(f, "access_change", r->access_change);
	contract_text(f, "feed", r->feed);
	contract_text(f, "import", r->import);
	contract_text(f, "watch", r->watch);
	contract_text(f, "upload", r->upload);
	contract_text(f, "download", r->download);
	contract_flag(f, "print", r->print);
	contract_text(f, "print_by", r->print_by);
	contract_number(f, "timeout_ms", r->timeout_ms);
	contract_number(f, "max_bytes", r->max_bytes);
	fprintf(f, "\n  access=%s%s%s\n", access_word(g, m), m->roles != 0 ? " roles=" : "",
		method_who(g, m, ","));
}

static void contract_field(struct gen *g, FILE *f, const struct field *x)
{
	const Steward__FieldRule *r = x->rule;

	fprintf(f, "  %" PRIu32 " %s %s%s", x->number, x->name, x->repeated ? "repeated " : "",
		x->type);
	contract_number(f, "max", x->max);
	contract_number(f, "item_max", x->item_max);
	if (r->has_low)
		fprintf(f, " low=%" PRId64, r->low);
	if (r->has_high)
		fprintf(f, " high=%" PRId64, r->high);
	if (r->format != STEWARD__FORMAT__TEXT)
		fprintf(f, " format=%s", format_word(g, x));
	contract_text(f, "choices", r->choices);
	contract_number(f, "arg", r->arg);
	contract_flag(f, "required", r->required);
	contract_flag(f, "secret", r->secret);
	contract_flag(f, "hidden", r->hidden);
	contract_flag(f, "file", r->file);
	fputc('\n', f);
}

static int message_order(const void *a, const void *b)
{
	return strcmp((*(struct message *const *)a)->name, (*(struct message *const *)b)->name);
}

/* Sorted, so that moving a declaration changes nothing. */
static void emit_contract_text(struct gen *g, const struct schema *s)
{
	struct message **sorted = mem_array(g, s->n_messages, sizeof(*sorted));
	struct output o;

	for (size_t i = 0; i < s->n_messages; i++)
		sorted[i] = s->messages[i];
	qsort(sorted, s->n_messages, sizeof(*sorted), message_order);

	output_begin(g, &o, "methods.txt");
	for (size_t i = 0; i < s->n_methods; i++)
		contract_method(g, o.f, s->by_name[i]);
	for (size_t i = 0; i < s->n_messages; i++) {
		const struct message *m = sorted[i];

		fprintf(o.f, "\nmessage %s\n", m->name);
		for (size_t j = 0; j < m->n_fields; j++)
			contract_field(g, o.f, &m->fields[j]);
	}
	output_end(&o);
}

static void emit_contract_table(struct gen *g, const struct schema *s)
{
	struct output o;

	output_begin(g, &o, "methods.tsv");
	fputs("name\twords\tclass\taccess\troles\tneeds_property\toffline\tdanger\tfeed\tin\tout\n",
	      o.f);
	for (size_t i = 0; i < s->n_methods; i++) {
		const struct method *m = s->by_name[i];

		fprintf(o.f, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", m->name, m->words,
			class_word(g, m), access_word(g, m), method_who(g, m, ","),
			m->needs_property, offline_word(g, m), danger_word(g, m),
			m->rule->feed != NULL ? m->rule->feed : "", m->in->name, m->out->name);
	}
	output_end(&o);
}

void emit_contract(struct gen *g, const struct schema *s)
{
	emit_contract_text(g, s);
	emit_contract_table(g, s);
}
