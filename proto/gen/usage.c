#include "proto/gen/usage.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "proto/gen/emit.h"
#include "proto/gen/text.h"

static bool is_import(const struct method *m, const struct field *f)
{
	return m->rule->import != NULL && strcmp(m->rule->import, f->name) == 0;
}

/* What the command line finds out by itself: of a file to be sent, and where to go on with one that
 * is fetched. */
static bool is_own(const struct method *m, const struct field *f)
{
	if (m->rule->upload != NULL)
		return strcmp(f->name, "name") == 0 || strcmp(f->name, "size") == 0 ||
		       strcmp(f->name, "sha256") == 0;
	return m->rule->download != NULL && strcmp(f->name, "offset") == 0;
}

/* `limit` of a read is the command line's own --limit. */
static bool is_paging(const struct method *m, const struct field *f)
{
	return m->rule->class_ == STEWARD__CLASS__READ && !f->repeated &&
	       strcmp(f->name, "limit") == 0;
}

/* Words first, then what must be given, then the rest. */
static int rank(const struct method *m, const struct field *f)
{
	if (f->rule->arg > 0)
		return (int)f->rule->arg;
	return f->rule->required || is_import(m, f) ? 10 : 11;
}

const struct field **usage_fields(struct gen *g, const struct method *m)
{
	const struct message *in = m->in;
	const struct field **list = mem_array(g, in->n_fields + 1, sizeof(*list));
	size_t n = 0;

	for (int r = 1; r <= 11; r++)
		for (size_t i = 0; i < in->n_fields; i++)
			if (rank(m, &in->fields[i]) == r && !is_paging(m, &in->fields[i]) &&
			    !is_own(m, &in->fields[i]))
				list[n++] = &in->fields[i];
	return list;
}

static const char *upper(struct gen *g, const char *s)
{
	char *out = mem_strndup(g, s, strlen(s));

	for (char *c = out; *c != 0; c++)
		*c = (char)toupper((unsigned char)*c);
	return out;
}

/* What stands for the value: "YYYY-MM-DD", "N", "urgent|high". */
static const char *placeholder(struct gen *g, const struct field *f)
{
	if (f->rule->file)
		return "FILE";
	if (f->rule->choices != NULL)
		return f->rule->choices;
	switch (f->rule->format) {
	case STEWARD__FORMAT__DATE:
		return "YYYY-MM-DD";
	case STEWARD__FORMAT__TIMESTAMP:
		return "TIME";
	case STEWARD__FORMAT__MINOR:
		return "AMOUNT";
	case STEWARD__FORMAT__NAME:
	case STEWARD__FORMAT__REF:
		return upper(g, f->name);
	case STEWARD__FORMAT__TEXT:
	case STEWARD__FORMAT__LINE:
		break;
	default:
		return upper(g, format_word(g, f));
	}
	switch (f->kind) {
	case KIND_STRING:
		return "TEXT";
	case KIND_BYTES:
		return "HEX";
	case KIND_ENUM:
		return "NAME";
	case KIND_MESSAGE:
		return "JSON";
	default:
		return "N";
	}
}

const char *usage_field(struct gen *g, const struct method *m, const struct field *f)
{
	size_t len = strlen(f->name);
	const char *base = f->name, *flag;

	/* Money is typed in whole units: amount_minor is --amount. */
	if (f->rule->format == STEWARD__FORMAT__MINOR)
		base = mem_strndup(g, f->name, len - strlen("_minor"));
	flag = text_replace(g, base, '_', '-');
	if (is_import(m, f))
		return "FILE";
	if (f->rule->secret)
		return mem_printf(g, "--%s-file=FILE", flag);
	if (f->rule->arg > 0)
		return upper(g, base);
	if (f->kind == KIND_BOOL)
		return mem_printf(g, "--%s", flag);
	return mem_printf(g, "--%s=%s", flag, placeholder(g, f));
}

const char *usage_line(struct gen *g, const struct method *m)
{
	const struct field **fields = usage_fields(g, m);
	const char *line = m->words;

	for (size_t i = 0; fields[i] != NULL; i++) {
		bool needed = fields[i]->rule->required || is_import(m, fields[i]);

		/* A secret is asked for, never typed into the line. */
		if (fields[i]->rule->secret)
			continue;
		line = mem_printf(g, "%s %s%s%s%s", line, needed ? "" : "[",
				  usage_field(g, m, fields[i]),
				  fields[i]->repeated && !is_import(m, fields[i]) ? "..." : "",
				  needed ? "" : "]");
	}
	for (const struct usage_extra *e = usage_extras(m); e->word != NULL; e++)
		line = mem_printf(g, "%s %s%s%s", line, e->needed ? "" : "[", e->word,
				  e->needed ? "" : "]");
	return line;
}

const struct usage_extra *usage_extras(const struct method *m)
{
	static const struct usage_extra upload[] = {
		{ "FILE...",
		  "The files to be sent. The same command again goes on where the line broke.",
		  true },
		{ NULL, NULL, false },
	};
	static const struct usage_extra download[] = {
		{ "--file=FILE",
		  "Where to write it, '-' is standard output; if not said, here under its own "
		  "name.",
		  false },
		{ "--force", "Write over a file that is there already.", false },
		{ NULL, NULL, false },
	};
	static const struct usage_extra print[] = {
		{ "--pdf=FILE", "Print to a PDF file; '-' is standard output.", false },
		{ "--paper=A4|A5|LETTER", "Paper of the PDF; A4 if not said.", false },
		{ "--escpos=FILE",
		  "Print as a receipt printer reads it, to a file; '-' is standard output.",
		  false },
		{ "--printer=DEVICE", "Print on a receipt printer, such as /dev/usb/lp0.", false },
		{ "--roll=58|80", "Width of the receipt printer's paper in mm; 80 if not said.",
		  false },
		{ "--drawer", "Open the cash drawer at the receipt printer first.", false },
		{ "--force", "Write over a file that is there already.", false },
		{ NULL, NULL, false },
	};
	static const struct usage_extra none = { NULL, NULL, false };

	if (m->rule->upload != NULL)
		return upload;
	if (m->rule->print || m->print_by != NULL)
		return print;
	return m->rule->download != NULL ? download : &none;
}

static const char *add(struct gen *g, const char *list, const char *more)
{
	return mem_printf(g, "%s%s%s", list, *list != 0 ? "; " : "", more);
}

static const char *format_sentence(int format)
{
	switch (format) {
	case STEWARD__FORMAT__UUID:
		return "a UUID";
	case STEWARD__FORMAT__DATE:
		return "a date, YYYY-MM-DD";
	case STEWARD__FORMAT__TIMESTAMP:
		return "a date and time";
	case STEWARD__FORMAT__PHONE:
		return "a telephone number";
	case STEWARD__FORMAT__CODE:
		return "A-Z, 0-9 and hyphen";
	case STEWARD__FORMAT__NAME:
		return "a-z, 0-9, dot, hyphen and underscore";
	case STEWARD__FORMAT__LINE:
		return "one line";
	case STEWARD__FORMAT__REF:
		return "a number or an id";
	case STEWARD__FORMAT__MINOR:
		return "an amount of money, such as 12.50";
	case STEWARD__FORMAT__ZONE:
		return "a time zone";
	default:
		return NULL;
	}
}

/* Lengths that follow from the format are not worth a word. */
static bool length_matters(const struct field *f)
{
	return f->kind == KIND_STRING && f->rule->choices == NULL &&
	       f->rule->format != STEWARD__FORMAT__UUID &&
	       f->rule->format != STEWARD__FORMAT__DATE &&
	       f->rule->format != STEWARD__FORMAT__TIMESTAMP &&
	       f->rule->format != STEWARD__FORMAT__ZONE;
}

/* The columns of a file that fills a list. */
static const char *file_columns(struct gen *g, const struct message *row)
{
	const char *list = "";

	for (size_t i = 0; i < row->n_fields; i++)
		list = mem_printf(g, "%s%s%s%s", list, i > 0 ? ", " : "", row->fields[i].name,
				  row->fields[i].rule->required ? " (required)" : "");
	return list;
}

const char *usage_help(struct gen *g, const struct method *m, const struct field *f)
{
	if (!is_import(m, f))
		return f->help;
	return mem_printf(g, "%s%sA CSV file. Its first line names the columns, any of: %s.",
			  f->help, *f->help != 0 ? " " : "", file_columns(g, f->sub));
}

const char *usage_limits(struct gen *g, const struct method *m, const struct field *f)
{
	const Steward__FieldRule *r = f->rule;
	const char *format = format_sentence((int)r->format);
	const char *list = r->required ? "required" : "";

	if (is_import(m, f))
		return "";
	if (format != NULL)
		list = add(g, list, format);
	if (f->repeated)
		list = add(g, list, mem_printf(g, "up to %" PRIu32 " of them", f->max));
	if (length_matters(f))
		list = add(g, list,
			   mem_printf(g, "up to %" PRIu32 " characters",
				      f->repeated ? f->item_max : f->max));
	if (r->file)
		list = add(g, list,
			   f->kind == KIND_BYTES
				   ? mem_printf(g,
						"a file of up to %" PRIu32
						" bytes, or - for standard input",
						f->repeated ? f->item_max : f->max)
				   : "read from a file, or from standard input where it is -");
	if (r->has_low && r->has_high)
		list = add(g, list, mem_printf(g, "%" PRId64 " to %" PRId64, r->low, r->high));
	else if (r->has_low)
		list = add(g, list, mem_printf(g, "%" PRId64 " or more", r->low));
	else if (r->has_high)
		list = add(g, list, mem_printf(g, "%" PRId64 " or less", r->high));
	if (r->secret)
		list = add(g, list, "secret: asked for, or read from a file");
	return list;
}

const char *usage_offline(const struct method *m)
{
	switch (m->rule->offline) {
	case STEWARD__OFFLINE__CACHE:
		return "While the line is down it is answered from the desk's own copy, with its "
		       "age.";
	case STEWARD__OFFLINE__QUEUE:
		return "While the line is down the desk keeps it and sends it later.";
	default:
		return "It needs the line.";
	}
}

const char *usage_who(struct gen *g, const struct method *m)
{
	switch (m->rule->access) {
	case STEWARD__ACCESS__LOGGED_IN:
		return "Everybody who is logged in may.";
	case STEWARD__ACCESS__DEVICE:
		return "Every enrolled device may, also before a login.";
	case STEWARD__ACCESS__ENROLMENT:
		return "For a machine that is being enrolled.";
	default:
		return mem_printf(g, "For: %s.", text_replace(g, method_who(g, m, ", "), '_', ' '));
	}
}

const char *usage_danger(const struct method *m)
{
	switch (m->rule->danger) {
	case STEWARD__DANGER__MODERATE:
		return "Asks before it acts, unless --yes is given.";
	case STEWARD__DANGER__SEVERE:
		return "Wants the number typed again, a reason, and a fresh proof of identity.";
	default:
		return "";
	}
}
