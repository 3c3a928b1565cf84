#include <ctype.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/out.h"
#include "client/look/text.h"

#define LONG_TEXT 60 /* columns of longer texts give way first */
#define NARROW 8     /* but not below this */
#define GAP 2

static enum st_code table_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory for the table");
}

static const char *table_heading(const char *label, struct arena *mem)
{
	char *text = arena_strdup(mem, label);

	for (char *c = text; c != NULL && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	return text;
}

/* All cells as they will stand there, and how wide each column is. */
struct cells {
	const struct view *v;
	const char **text; /* rows by columns; the first row is the heading */
	size_t *width;
};

static enum st_code cells_make(const struct view *v, struct arena *mem, struct cells *ret,
			       struct st_err *err)
{
	struct cells c = { .v = v };
	size_t n = v->n_columns;

	c.text = arena_array(mem, const char *, (v->n_rows + 1) * n);
	c.width = arena_array(mem, size_t, n);
	if (c.text == NULL || c.width == NULL)
		return table_no_memory(err);
	for (size_t r = 0; r <= v->n_rows; r++)
		for (size_t i = 0; i < n; i++) {
			const char *text = r == 0 ? table_heading(v->columns[i].label, mem)
						  : text_clean(view_text(&v->columns[i],
									 v->rows[r - 1], mem),
							       false, mem);
			size_t width;

			if (text == NULL)
				return table_no_memory(err);
			c.text[r * n + i] = text;
			width = text_width(text);
			c.width[i] = width > c.width[i] ? width : c.width[i];
		}
	*ret = c;
	return ST_OK;
}

/* Only free text gives way: a number cut short is a wrong number. Returns the widest one, n: none
 * can give more. */
static size_t cells_widest(const struct cells *c)
{
	size_t n = c->v->n_columns, widest = n;

	for (size_t i = 0; i < n; i++) {
		const struct view_column *column = &c->v->columns[i];

		if (column->right || column->rule->max <= LONG_TEXT || c->width[i] <= NARROW ||
		    c->width[i] <= text_width(c->text[i]))
			continue;
		if (widest == n || c->width[i] > c->width[widest])
			widest = i;
	}
	return widest;
}

static enum st_code cells_fit(struct cells *c, size_t width, struct arena *mem, struct st_err *err)
{
	size_t n = c->v->n_columns, sum = GAP * (n - 1), i;

	for (i = 0; i < n; i++)
		sum += c->width[i];
	while (sum > width && (i = cells_widest(c)) < n) {
		c->width[i]--;
		sum--;
	}
	for (i = 0; i < (c->v->n_rows + 1) * n; i++) {
		c->text[i] = text_cut(c->text[i], c->width[i % n], mem);
		if (c->text[i] == NULL)
			return table_no_memory(err);
	}
	return ST_OK;
}

static enum st_code table_columns(struct libscols_table *tb, const struct cells *c, bool color,
				  struct st_err *err)
{
	for (size_t i = 0; i < c->v->n_columns; i++) {
		struct libscols_column *cl;

		cl = scols_table_new_column(tb, c->text[i], 0,
					    c->v->columns[i].right ? SCOLS_FL_RIGHT : 0);
		if (cl == NULL)
			return table_no_memory(err);
		if (color)
			(void)scols_cell_set_color(scols_column_get_header(cl), "bold");
	}
	return ST_OK;
}

static enum st_code table_rows(struct libscols_table *tb, const struct cells *c, struct st_err *err)
{
	size_t n = c->v->n_columns;

	for (size_t r = 1; r <= c->v->n_rows; r++) {
		struct libscols_line *line = scols_table_new_line(tb, NULL);

		for (size_t i = 0; i < n; i++)
			if (line == NULL || scols_line_set_data(line, i, c->text[r * n + i]) != 0)
				return table_no_memory(err);
	}
	return ST_OK;
}

/* smartcols pads the last column with blanks; nobody wants them in a file or a selection. */
static void table_write_trimmed(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), used = len;

		while (used > 0 && text[used - 1] == ' ')
			used--;
		(void)fwrite(text, 1, used, out);
		(void)fputc('\n', out);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

static enum st_code table_fill(struct libscols_table *tb, FILE *out, const struct view *v,
			       size_t width, bool color, struct arena *mem, struct st_err *err)
{
	struct cells c = { 0 };
	char *text = NULL;

	(void)scols_table_enable_colors(tb, color);
	(void)scols_table_enable_noencoding(tb, 1);
	(void)scols_table_set_column_separator(tb, "  ");
	(void)scols_table_set_termforce(tb, SCOLS_TERMFORCE_NEVER);
	ST_TRY(cells_make(v, mem, &c, err));
	if (width > 0)
		ST_TRY(cells_fit(&c, width, mem, err));
	ST_TRY(table_columns(tb, &c, color, err));
	ST_TRY(table_rows(tb, &c, err));
	if (scols_print_table_to_string(tb, &text) != 0)
		return table_no_memory(err);
	table_write_trimmed(out, text);
	free(text);
	return ST_OK;
}

enum st_code out_table(FILE *out, const struct view *v, size_t width, bool color, struct arena *mem,
		       struct st_err *err)
{
	struct libscols_table *tb;
	enum st_code code;

	if (v->n_rows == 0 || v->n_columns == 0)
		return ST_OK;
	tb = scols_new_table();
	if (tb == NULL)
		return table_no_memory(err);
	code = table_fill(tb, out, v, width, color, mem, err);
	scols_unref_table(tb);
	return code;
}

static size_t stream_width(const struct view_column *c)
{
	if (c->rule->format == STEWARD__FORMAT__TIMESTAMP)
		return 16;
	return c->rule->max > 0 && c->rule->max < 12 ? c->rule->max : 12;
}

static void stream_cell(FILE *out, const struct view *v, size_t i, const char *text)
{
	size_t width = text_width(text), wanted = stream_width(&v->columns[i]);

	(void)fputs(text, out);
	if (i + 1 < v->n_columns)
		(void)fprintf(out, "%*s", width < wanted ? (int)(wanted - width + 2) : 2, "");
}

void out_stream_heading(FILE *out, const struct view *v, bool color, struct arena *mem)
{
	(void)fputs(color ? "\033[1m" : "", out);
	for (size_t i = 0; i < v->n_columns; i++) {
		const char *heading = table_heading(v->columns[i].label, mem);

		stream_cell(out, v, i, heading != NULL ? heading : "");
	}
	(void)fprintf(out, "%s\n", color ? "\033[0m" : "");
}

void out_stream_rows(FILE *out, const struct view *v, struct arena *mem)
{
	for (size_t r = 0; r < v->n_rows; r++) {
		for (size_t i = 0; i < v->n_columns; i++) {
			const char *text = text_clean(view_text(&v->columns[i], v->rows[r], mem),
						      false, mem);

			stream_cell(out, v, i, text != NULL ? text : "");
		}
		(void)fputc('\n', out);
	}
}

/* One line of a record: what it is called and what it says. */
struct record_line {
	const char *label, *value;
};

struct record {
	struct record_line *lines;
	size_t n, label_width;
};

static bool record_add(struct record *rec, const char *label, const char *value, struct arena *mem)
{
	size_t width = text_width(label);

	rec->lines = arena_grow(mem, rec->lines, rec->n, sizeof(*rec->lines));
	if (rec->lines == NULL)
		return false;
	rec->lines[rec->n++] = (struct record_line){ label, value };
	rec->label_width = width > rec->label_width ? width : rec->label_width;
	return true;
}

/* Collects the visible values of a message, those of single sub-messages in their place. Secrets
 * are told here, once. */
static bool record_collect(struct record *rec, const struct message_rules *rules,
			   const ProtobufCMessage *msg, struct arena *mem)
{
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const struct field_rule *rule = &rules->fields[i];
		const char *text;

		if (rule->hidden || !field_is_set(msg, f))
			continue;
		if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			if (f->label != PROTOBUF_C_LABEL_REPEATED &&
			    !record_collect(rec, rule->sub, field_message(msg, f, 0), mem))
				return false;
			continue;
		}
		text = text_clean(view_field_text(msg, f, rule, mem), true, mem);
		if (text == NULL || !record_add(rec, rule->label, text, mem))
			return false;
	}
	return true;
}

static void record_print(FILE *out, const struct record *rec, size_t width, bool color)
{
	for (size_t i = 0; i < rec->n; i++) {
		const struct record_line *l = &rec->lines[i];
		size_t pad = rec->label_width - text_width(l->label) + 2;
		size_t indent = rec->label_width + 2;

		(void)fprintf(out, "%s%s%s%*s", color ? "\033[1m" : "", l->label,
			      color ? "\033[0m" : "", (int)pad, "");
		text_wrap(out, l->value, width > indent + 20 ? width - indent : 0, indent);
		(void)fputc('\n', out);
	}
}

/* The method's columns if they are meant for this list, else those a list of such things has. */
static const char *record_columns(const struct message_rules *sub, const char *columns,
				  struct arena *mem)
{
	struct view v;
	struct st_err err = { 0 };

	if (columns == NULL || view_make(sub, NULL, 0, columns, mem, &v, &err) != ST_OK)
		return view_usual_columns(sub);
	return columns;
}

enum st_code out_lists(FILE *out, const struct message_rules *rules, const ProtobufCMessage *msg,
		       const char *columns, size_t width, bool color, struct arena *mem,
		       struct st_err *err)
{
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const ProtobufCMessage *const *rows;
		struct view v;
		size_t n;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label != PROTOBUF_C_LABEL_REPEATED ||
		    rules->fields[i].hidden)
			continue;
		rows = view_rows(msg, f, mem, &n);
		if (n == 0)
			continue;
		ST_TRY(view_make(rules->fields[i].sub, rows, n,
				 record_columns(rules->fields[i].sub, columns, mem), mem, &v, err));
		view_drop_empty(&v, mem);
		(void)fprintf(out, "\n%s%s%s\n", color ? "\033[1m" : "", rules->fields[i].label,
			      color ? "\033[0m" : "");
		ST_TRY(out_table(out, &v, width, color, mem, err));
	}
	return ST_OK;
}

enum st_code out_record(FILE *out, const struct message_rules *rules, const ProtobufCMessage *msg,
			const char *columns, size_t width, bool color, struct arena *mem,
			struct st_err *err)
{
	struct record rec = { 0 };

	if (!record_collect(&rec, rules, msg, mem))
		return table_no_memory(err);
	record_print(out, &rec, width, color);
	return out_lists(out, rules, msg, columns, width, color, mem, err);
}
