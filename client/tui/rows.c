#include "client/tui/rows.h"

#include <stdio.h>
#include <string.h>

#include "client/look/text.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define ROWS_ARENA (64u << 20)

void rows_init(struct rows *r, const struct rpc_method *m, const char *columns)
{
	*r = (struct rows){ .m = m, .columns = columns };
}

static void rows_drop(struct rows *r)
{
	if (r->open)
		arena_fini(&r->mem);
	r->open = false;
	r->view = (struct view){ 0 };
	r->cells = NULL;
	r->shown = NULL;
	r->n_shown = 0;
}

static const char *rows_row_name(const struct rows *r, const ProtobufCMessage *row,
				 struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = r->name != NULL
						    ? message_field(row->descriptor, r->name)
						    : NULL;
	const char *name = f != NULL ? field_text(row, f, 0, mem) : view_name(row, mem);

	return name != NULL ? name : "";
}

/* Contains, whatever the case. */
static bool rows_matches(const struct rows *r, size_t i)
{
	if (r->keep != NULL && !r->keep(r->arg, r->view.rows[i]))
		return false;
	if (r->filter[0] == '\0')
		return true;
	for (size_t c = 0; c < r->view.n_columns; c++)
		if (strcasestr(r->cells[i][c], r->filter) != NULL)
			return true;
	return false;
}

static void rows_refilter(struct rows *r)
{
	size_t keep = r->cursor;
	bool found = false;

	r->n_shown = 0;
	for (size_t i = 0; r->cells != NULL && i < r->view.n_rows; i++) {
		if (!rows_matches(r, i))
			continue;
		/* Where several are called so the one that stood there, else the first of them. */
		if (r->at[0] != '\0' && (!found || r->n_shown == r->cursor) &&
		    strcmp(rows_row_name(r, r->view.rows[i], &r->mem), r->at) == 0) {
			keep = r->n_shown;
			found = true;
		}
		r->shown[r->n_shown++] = i;
	}
	r->cursor = keep < r->n_shown ? keep : r->n_shown > 0 ? r->n_shown - 1 : 0;
}

static void rows_note(struct rows *r)
{
	const ProtobufCMessage *row = rows_current(r);
	struct arena mem;

	arena_init(&mem, 1u << 20);
	(void)snprintf(r->at, sizeof(r->at), "%s", row != NULL ? rows_row_name(r, row, &mem) : "");
	arena_fini(&mem);
}

static bool rows_spell(struct rows *r)
{
	r->cells = arena_array(&r->mem, const char **, r->view.n_rows + 1);
	r->shown = arena_array(&r->mem, size_t, r->view.n_rows + 1);
	if (r->cells == NULL || r->shown == NULL)
		return false;
	for (size_t i = 0; i < r->view.n_rows; i++) {
		r->cells[i] = arena_array(&r->mem, const char *, r->view.n_columns + 1);
		for (size_t c = 0; r->cells[i] != NULL && c < r->view.n_columns; c++) {
			const char *text = words_cell(&r->view, c, r->view.rows[i], &r->mem);

			r->cells[i][c] = text_clean(text, false, &r->mem);
			if (r->cells[i][c] == NULL)
				r->cells[i][c] = "";
		}
		if (r->cells[i] == NULL)
			return false;
	}
	return true;
}

void rows_set(struct rows *r, const struct message_rules *rules, const ProtobufCMessage *msg,
	      const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessage *const *rows;
	const char *columns = r->columns;
	struct st_err err;
	size_t n;

	rows_drop(r);
	arena_init(&r->mem, ROWS_ARENA);
	r->open = true;
	rows = view_rows(msg, f, &r->mem, &n);
	if (columns == NULL)
		columns = r->m != NULL && r->m->columns != NULL ? r->m->columns
								: view_usual_columns(rules);
	if (rows == NULL || view_make(rules, rows, n, columns, &r->mem, &r->view, &err) != ST_OK)
		r->view = (struct view){ 0 };
	view_drop_empty(&r->view, &r->mem);
	words_columns(&r->view, &r->mem);
	if (!rows_spell(r))
		r->view = (struct view){ 0 };
	rows_refilter(r);
	rows_note(r);
}

void rows_set_reply(struct rows *r, const ProtobufCMessage *reply)
{
	for (unsigned i = 0; r->m != NULL && reply != NULL && i < r->m->out->desc->n_fields; i++)
		if (r->m->out->fields[i].sub != NULL &&
		    r->m->out->desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED) {
			rows_set(r, r->m->out->fields[i].sub, reply, &r->m->out->desc->fields[i]);
			return;
		}
	rows_drop(r);
}

void rows_free(struct rows *r)
{
	rows_drop(r);
}

const ProtobufCMessage *rows_current(const struct rows *r)
{
	return r->cursor < r->n_shown ? r->view.rows[r->shown[r->cursor]] : NULL;
}

const char *rows_name(const struct rows *r)
{
	return r->n_shown > 0 ? r->at : "";
}

static size_t rows_find_mark(const struct rows *r, const char *name)
{
	size_t i = 0;

	while (i < r->n_marked && strcmp(r->marked[i], name) != 0)
		i++;
	return i;
}

bool rows_is_marked(const struct rows *r, const ProtobufCMessage *row)
{
	struct arena mem;
	bool found;

	if (r->n_marked == 0)
		return false;
	arena_init(&mem, 1u << 20);
	found = rows_find_mark(r, rows_row_name(r, row, &mem)) < r->n_marked;
	arena_fini(&mem);
	return found;
}

void rows_mark(struct rows *r, const ProtobufCMessage *row)
{
	struct arena mem;
	const char *name;
	size_t i;

	arena_init(&mem, 1u << 20);
	name = rows_row_name(r, row, &mem);
	i = rows_find_mark(r, name);
	if (i < r->n_marked)
		memmove(r->marked[i], r->marked[i + 1],
			(r->n_marked-- - i - 1) * sizeof(r->marked[0]));
	else if (r->n_marked < sizeof(r->marked) / sizeof(r->marked[0]))
		(void)snprintf(r->marked[r->n_marked++], sizeof(r->marked[0]), "%s", name);
	arena_fini(&mem);
}

void rows_filter(struct rows *r, const char *filter)
{
	(void)snprintf(r->filter, sizeof(r->filter), "%s", filter);
	rows_refilter(r);
	rows_note(r);
}

static void rows_go(struct rows *r, long to)
{
	if (to >= (long)r->n_shown)
		to = (long)r->n_shown - 1;
	r->cursor = to < 0 ? 0 : (size_t)to;
	rows_note(r);
}

bool rows_jump(struct rows *r, size_t n)
{
	if (r->first + n >= r->n_shown || (r->page > 0 && n >= (size_t)r->page))
		return false;
	rows_go(r, (long)(r->first + n));
	return true;
}

bool rows_key(struct rows *r, const struct key *k)
{
	long at = (long)r->cursor, page = r->page > 1 ? r->page - 1 : 1;

	if (key_is(k, "Up|k") || k->code == K_WHEEL_UP)
		rows_go(r, at - 1);
	else if (key_is(k, "Down|j") || k->code == K_WHEEL_DOWN)
		rows_go(r, at + 1);
	else if (key_is(k, "PgUp"))
		rows_go(r, at - page);
	else if (key_is(k, "PgDn"))
		rows_go(r, at + page);
	else if (key_is(k, "Home|g"))
		rows_go(r, 0);
	else if (key_is(k, "End|G"))
		rows_go(r, (long)r->n_shown - 1);
	else
		return false;
	return true;
}
