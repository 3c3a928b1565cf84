#include <ctype.h>
#include <string.h>

#include "client/cli/args.h"
#include "client/cli/args_keys.h"
#include "client/cli/command.h"
#include "client/look/method.h"
#include "client/look/value.h"

static const struct argp_option import_flags[] = {
	{ NULL, 0, NULL, 0, "The file:", 2 },
	{ "map", KEY_MAP, "FIELD=COLUMN", 0,
	  "Take this field from this column; several with text between: 'category={type} / "
	  "{topic}'",
	  0 },
	{ "set", KEY_SET, "FIELD=VALUE", 0,
	  "The same value in every row where the column is empty or missing", 0 },
	{ "value", KEY_VALUE, "FIELD:FROM=TO", 0,
	  "Read FROM in this field as TO; '*' is any other value", 0 },
	{ "map-file", KEY_MAP_FILE, "FILE", 0, "A file of lines 'map ...', 'set ...', 'value ...'",
	  0 },
	{ "encoding", KEY_ENCODING, "NAME", 0,
	  "Encoding of the file if it is not UTF-8, such as GB18030", 0 },
	{ "delimiter", KEY_DELIMITER, "CHAR", 0,
	  "What separates values; ',' or a tab for .tsv if not said", 0 },
	{ "batch", KEY_BATCH, "N", 0, "Rows sent at a time", 0 },
	{ "parallel", KEY_PARALLEL, "N", 0,
	  "Calls at the same time; 1, because rows may need those before them", 0 },
	{ "report", KEY_REPORT, "FILE", 0,
	  "Write the rejected rows with their reasons to this CSV file", 0 },
};

static const struct argp_option download_flags[] = {
	{ NULL, 0, NULL, 0, "The file:", 2 },
	{ "file", KEY_TARGET, "FILE", 0,
	  "Where to write it; '-' is standard output; if not said, here under its own name", 0 },
	{ "force", KEY_FORCE, NULL, 0, "Write over a file that is there already", 0 },
};

static const struct argp_option print_flags[] = {
	{ NULL, 0, NULL, 0, "Printing:", 2 },
	{ "pdf", KEY_PDF, "FILE", 0, "Print to a PDF file; '-' is standard output", 0 },
	{ "paper", KEY_PAPER, "A4|A5|LETTER", 0, "Paper of the PDF; A4 if not said", 0 },
	{ "escpos", KEY_ESCPOS, "FILE", 0,
	  "Print as a receipt printer reads it, to a file; '-' is standard output", 0 },
	{ "printer", KEY_PRINTER, "DEVICE", 0, "Print on a receipt printer, such as /dev/usb/lp0",
	  0 },
	{ "roll", KEY_ROLL, "80|58", 0,
	  "Width of the receipt printer's paper in mm; 80 if not said", 0 },
	{ "drawer", KEY_DRAWER, NULL, 0, "Open the cash drawer at the receipt printer first", 0 },
	{ "force", KEY_FORCE, NULL, 0, "Write over a file that is there already", 0 },
};

const struct field_rule *args_rule(const struct message_rules *rules, const char *name,
				   unsigned *ret_index)
{
	const ProtobufCFieldDescriptor *f = message_field(rules->desc, name);

	if (f == NULL)
		return NULL;
	*ret_index = (unsigned)(f - rules->desc->fields);
	return &rules->fields[*ret_index];
}

static const char *args_doc(const struct message_rules *rules, unsigned field, struct arena *mem)
{
	const struct field_rule *rule = &rules->fields[field];
	bool many = rules->desc->fields[field].label == PROTOBUF_C_LABEL_REPEATED;
	char *doc = arena_printf(
		mem, "%s%s%s%s", rule->help[0] != '\0' ? rule->help : rule->label,
		rule->required ? " (needed)" : "", many ? " (may be given several times)" : "",
		rule->secret || rule->file ? " (from a file, '-' is standard input)" : "");

	for (char *c = doc; c != NULL && *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	return doc;
}

static size_t args_add_field(struct argp_option *out, const struct rpc_method *m, unsigned i,
			     struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &m->in->desc->fields[i];
	const struct field_rule *rule = &m->in->fields[i];
	const char *base = method_base_name(m->in, i, mem);
	int key = KEY_FIELD + (int)i * KEY_VARIANTS;

	if (rule->arg != 0 && !rule->secret)
		return 0;
	if (method_is_import(m, i) || method_is_paging(m, i) || method_is_own(m, i) || base == NULL)
		return 0;
	if (f->type == PROTOBUF_C_TYPE_BOOL && f->label != PROTOBUF_C_LABEL_REPEATED) {
		out[0] = (struct argp_option){ method_dashed("", base, "", mem),
					       key + KEY_YES,
					       NULL,
					       0,
					       args_doc(m->in, i, mem),
					       0 };
		out[1] = (struct argp_option){ method_dashed("no-", base, "", mem),
					       key + KEY_NO,
					       NULL,
					       0,
					       "The opposite",
					       0 };
		return 2;
	}
	if (rule->secret) {
		out[0] = (struct argp_option){ method_dashed("", base, "-file", mem),
					       key + KEY_FROM_FILE,
					       "FILE",
					       0,
					       args_doc(m->in, i, mem),
					       0 };
		return 1;
	}
	out[0] = (struct argp_option){ method_dashed("", base, "", mem), key,
				       value_placeholder(m->in, i, mem), 0,
				       args_doc(m->in, i, mem),          0 };
	return 1;
}

const struct argp_option *args_table(const struct rpc_method *m, struct arena *mem)
{
	unsigned n = m->in->desc->n_fields;
	size_t extra = sizeof(import_flags) / sizeof(import_flags[0]);
	size_t fetch = sizeof(download_flags) / sizeof(download_flags[0]);
	size_t print = sizeof(print_flags) / sizeof(print_flags[0]);
	struct argp_option *out = arena_array(mem, struct argp_option,
					      2 * n + extra + fetch + print + 2);
	size_t used = 0;

	if (out == NULL)
		return NULL;
	out[used++] = (struct argp_option){ NULL, 0, NULL, 0, "Flags:", 1 };
	for (unsigned i = 0; i < n; i++)
		used += args_add_field(out + used, m, i, mem);
	if (used == 1)
		used = 0; /* no heading without anything below it */
	if (m->import != NULL) {
		memcpy(out + used, import_flags, sizeof(import_flags));
		used += extra;
	}
	if (m->download != NULL)
		memcpy(out + used, download_flags, sizeof(download_flags));
	else if (m->print || m->print_by != NULL)
		memcpy(out + used, print_flags, sizeof(print_flags));
	return out;
}
