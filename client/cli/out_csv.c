#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/out.h"

static bool csv_has_tabs(enum csv_kind kind)
{
	return kind == CSV_TABS || kind == CSV_PLAIN;
}

static bool csv_is_number(const char *s)
{
	size_t digits = 0;

	s += *s == '-' || *s == '+' ? 1 : 0;
	for (; isdigit((unsigned char)*s) || *s == '.' || *s == ','; s++)
		digits += isdigit((unsigned char)*s) ? 1 : 0;
	return digits > 0 && *s == '\0';
}

/* Spreadsheets run what begins like this; -12.50 is a number, +86 138 is not. */
static bool csv_is_formula(const char *s)
{
	return s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL && !csv_is_number(s);
}

static void csv_put_tabs(FILE *out, const char *value)
{
	for (; *value != '\0'; value++) {
		switch (*value) {
		case '\t':
			(void)fputs("\\t", out);
			break;
		case '\n':
			(void)fputs("\\n", out);
			break;
		case '\r':
			(void)fputs("\\r", out);
			break;
		case '\\':
			(void)fputs("\\\\", out);
			break;
		default:
			(void)fputc(*value, out);
		}
	}
}

void csv_put(FILE *out, enum csv_kind kind, bool first, const char *value, bool text)
{
	bool guard = kind == CSV_FILE && text && csv_is_formula(value);

	if (!first)
		(void)fputc(csv_has_tabs(kind) ? '\t' : ',', out);
	if (csv_has_tabs(kind)) {
		csv_put_tabs(out, value);
		return;
	}
	if (strpbrk(value, "\",\r\n") == NULL && !guard) {
		(void)fputs(value, out);
		return;
	}
	(void)fputc('"', out);
	if (guard)
		(void)fputc('\'', out);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			(void)fputc('"', out);
		(void)fputc(*value, out);
	}
	(void)fputc('"', out);
}

void csv_begin(FILE *out, enum csv_kind kind)
{
	if (kind == CSV_FILE)
		(void)fputs("\xef\xbb\xbf", out);
}

void csv_end_row(FILE *out, enum csv_kind kind)
{
	(void)fputs(csv_has_tabs(kind) ? "\n" : "\r\n", out);
}

void csv_heading(FILE *out, const struct view *v, enum csv_kind kind)
{
	csv_begin(out, kind);
	if (kind == CSV_PLAIN)
		return;
	for (size_t c = 0; c < v->n_columns; c++)
		csv_put(out, kind, c == 0, v->columns[c].path, true);
	csv_end_row(out, kind);
}

void csv_rows(FILE *out, const struct view *v, enum csv_kind kind, struct arena *mem)
{
	for (size_t r = 0; r < v->n_rows; r++) {
		for (size_t c = 0; c < v->n_columns; c++)
			csv_put(out, kind, c == 0, view_raw(&v->columns[c], v->rows[r], mem),
				!v->columns[c].right);
		csv_end_row(out, kind);
	}
}

void out_csv(FILE *out, const struct view *v, enum csv_kind kind, struct arena *mem)
{
	csv_heading(out, v, kind);
	csv_rows(out, v, kind, mem);
}
