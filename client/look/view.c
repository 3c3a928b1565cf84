#include "client/look/view.h"

#include <stdlib.h>
#include <string.h>

#include "client/look/json.h"
#include "client/look/money.h"

int view_rows_field(const struct message_rules *out)
{
	int first = -1, lists = 0;

	for (unsigned i = 0; i < out->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &out->desc->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (f->label != PROTOBUF_C_LABEL_REPEATED)
			return -1;
		first = lists++ == 0 ? (int)i : first;
	}
	return lists == 1 && first == 0 ? 0 : -1;
}

static bool view_is_number(const ProtobufCFieldDescriptor *f)
{
	return f->label != PROTOBUF_C_LABEL_REPEATED && f->type != PROTOBUF_C_TYPE_STRING &&
	       f->type != PROTOBUF_C_TYPE_BYTES && f->type != PROTOBUF_C_TYPE_ENUM &&
	       f->type != PROTOBUF_C_TYPE_BOOL && f->type != PROTOBUF_C_TYPE_MESSAGE;
}

/* The path was checked before; follows it and notes the fields on the way. */
static void view_follow(const struct message_rules *rules, const char *path, struct view_column *c,
			struct arena *mem)
{
	const size_t most = sizeof(c->fields) / sizeof(c->fields[0]);

	for (const char *p = path; c->depth < most;) {
		size_t len = strcspn(p, ".");
		const char *name = arena_strndup(mem, p, len);
		const ProtobufCFieldDescriptor *f = name != NULL ? message_field(rules->desc, name)
								 : NULL;

		if (f == NULL)
			return;
		c->fields[c->depth++] = f;
		c->rule = &rules->fields[f - rules->desc->fields];
		c->label = c->rule->label;
		c->right = view_is_number(f);
		if (p[len] == '\0' || c->rule->sub == NULL)
			return;
		rules = c->rule->sub;
		p += len + 1;
	}
}

static size_t view_count_paths(const char *paths)
{
	size_t n = 0;

	for (const char *p = paths; *p != '\0';) {
		size_t len = strcspn(p, ", ");

		n += len > 0 ? 1 : 0;
		p += len + (p[len] != '\0' ? 1 : 0);
	}
	return n;
}

static enum st_code view_named_columns(struct view *v, const char *paths, struct arena *mem,
				       struct st_err *err)
{
	struct view_column *columns = arena_array(mem, struct view_column,
						  view_count_paths(paths) + 1);
	size_t n = 0;

	if (columns == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	for (const char *p = paths; *p != '\0';) {
		size_t len = strcspn(p, ", ");

		if (len > 0) {
			struct view_column *c = &columns[n++];

			c->path = arena_strndup(mem, p, len);
			if (c->path == NULL)
				return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
					       "no memory for the output");
			ST_TRY(json_check_fields(v->rules, c->path, mem, err));
			view_follow(v->rules, c->path, c, mem);
		}
		p += len + (p[len] != '\0' ? 1 : 0);
	}
	v->columns = columns;
	v->n_columns = n;
	return ST_OK;
}

static enum st_code view_all_columns(struct view *v, struct arena *mem, struct st_err *err)
{
	const ProtobufCMessageDescriptor *d = v->rules->desc;
	struct view_column *columns = arena_array(mem, struct view_column, d->n_fields + 1);
	size_t n = 0;

	if (columns == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	for (unsigned i = 0; i < d->n_fields; i++) {
		if (v->rules->fields[i].hidden || v->rules->fields[i].secret ||
		    d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			continue;
		columns[n].path = d->fields[i].name;
		view_follow(v->rules, d->fields[i].name, &columns[n++], mem);
	}
	v->columns = columns;
	v->n_columns = n;
	return ST_OK;
}

enum st_code view_make(const struct message_rules *rules, const ProtobufCMessage *const *rows,
		       size_t n, const char *paths, struct arena *mem, struct view *ret,
		       struct st_err *err)
{
	struct view v = { .rules = rules, .rows = rows, .n_rows = n };

	if (paths != NULL)
		ST_TRY(view_named_columns(&v, paths, mem, err));
	else
		ST_TRY(view_all_columns(&v, mem, err));
	*ret = v;
	return ST_OK;
}

const ProtobufCMessage *const *view_rows(const ProtobufCMessage *msg,
					 const ProtobufCFieldDescriptor *f, struct arena *mem,
					 size_t *ret_n)
{
	size_t n = field_count(msg, f);
	const ProtobufCMessage **rows = arena_array(mem, const ProtobufCMessage *, n + 1);

	for (size_t i = 0; rows != NULL && i < n; i++)
		rows[i] = field_message(msg, f, i);
	*ret_n = rows != NULL ? n : 0;
	return rows;
}

/* The message that holds the cell, or NULL where one on the way is absent. */
static const ProtobufCMessage *view_holder(const struct view_column *c, const ProtobufCMessage *row)
{
	for (unsigned i = 0; row != NULL && i + 1 < c->depth; i++)
		row = field_is_set(row, c->fields[i]) ? field_message(row, c->fields[i], 0) : NULL;
	return row;
}

/* 2026-11-23T16:00:07.123+08:00 -> 2026-11-23 16:00: the wall clock where it happened. */
static const char *view_time(const char *text, struct arena *mem)
{
	char *out;

	if (strlen(text) < 16 || (text[10] != 'T' && text[10] != ' '))
		return text;
	out = arena_strndup(mem, text, 16);
	if (out != NULL)
		out[10] = ' ';
	return out != NULL ? out : text;
}

static const char *view_money(const ProtobufCMessage *msg, const char *text, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, "currency");
	const char *currency = f != NULL ? field_text(msg, f, 0, mem) : NULL;
	char amount[40];
	int64_t minor;
	struct st_err err;

	if (money_parse(text, 0, &minor, &err) != ST_OK)
		return text;
	return arena_strdup(mem, money_format(minor, money_digits(currency), true, amount));
}

static const char *view_spell(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			      const struct field_rule *rule, const char *text, struct arena *mem)
{
	if (f->type == PROTOBUF_C_TYPE_BOOL)
		return text[0] == 't' ? "yes" : "no";
	if (rule->format == STEWARD__FORMAT__TIMESTAMP)
		return view_time(text, mem);
	if (rule->format == STEWARD__FORMAT__MINOR)
		return view_money(msg, text, mem);
	return text;
}

static const char *view_join(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			     const struct field_rule *rule, bool spell, struct arena *mem)
{
	const char *all = "";

	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return "";
	for (size_t i = 0; i < field_count(msg, f) && all != NULL; i++) {
		const char *text = field_text(msg, f, i, mem);

		if (text == NULL)
			continue;
		if (spell)
			text = view_spell(msg, f, rule, text, mem);
		all = i == 0 ? text : arena_printf(mem, "%s, %s", all, text);
	}
	return all != NULL ? all : "";
}

const char *view_field_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			    const struct field_rule *rule, struct arena *mem)
{
	return view_join(msg, f, rule, true, mem);
}

const char *view_raw(const struct view_column *c, const ProtobufCMessage *row, struct arena *mem)
{
	const ProtobufCMessage *msg = view_holder(c, row);

	return msg != NULL && c->depth > 0
		       ? view_join(msg, c->fields[c->depth - 1], c->rule, false, mem)
		       : "";
}

const char *view_text(const struct view_column *c, const ProtobufCMessage *row, struct arena *mem)
{
	const ProtobufCMessage *msg = view_holder(c, row);

	return msg != NULL && c->depth > 0
		       ? view_join(msg, c->fields[c->depth - 1], c->rule, true, mem)
		       : "";
}

static const char *view_string(const ProtobufCMessage *msg, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	const char *text;

	if (f == NULL || f->type != PROTOBUF_C_TYPE_STRING || f->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	text = field_text(msg, f, 0, mem);
	return text != NULL && text[0] != '\0' ? text : NULL;
}

const char *view_name(const ProtobufCMessage *msg, struct arena *mem)
{
	static const char *const names[] = { "number", "code",     "login", "name", "device",
					     "key",    "category", "kind",  "id" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = view_string(msg, names[i], mem);

		if (text != NULL)
			return text;
	}
	return NULL;
}

const char *view_full_name(const ProtobufCMessage *msg, struct arena *mem)
{
	const char *property = view_string(msg, "property", mem);
	const char *number = view_string(msg, "number", mem);

	if (number == NULL)
		number = view_string(msg, "code", mem);
	if (property == NULL || number == NULL || strchr(number, '/') != NULL)
		return view_name(msg, mem);
	return arena_printf(mem, "%s/%s", property, number);
}

void view_drop_empty(struct view *v, struct arena *mem)
{
	struct view_column *kept = arena_array(mem, struct view_column, v->n_columns + 1);
	size_t n = 0;

	if (kept == NULL)
		return;
	for (size_t c = 0; c < v->n_columns; c++) {
		bool empty = true;

		for (size_t r = 0; r < v->n_rows && empty; r++)
			empty = view_raw(&v->columns[c], v->rows[r], mem)[0] == '\0';
		if (!empty)
			kept[n++] = v->columns[c];
	}
	v->columns = kept;
	v->n_columns = n;
}

const char *view_usual_columns(const struct message_rules *rules)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		int field = view_rows_field(m->out);

		if (field >= 0 && m->columns != NULL && m->out->fields[field].sub == rules)
			return m->columns;
	}
	return NULL;
}

struct view_key {
	const struct view_column *column;
	bool down;
};

struct view_sorted {
	const ProtobufCMessage *row;
	const char **cells;
	size_t index;
	const struct view_key *keys;
	size_t n_keys;
};

/* Numbers by value, everything else by its bytes; rows that are equal keep their order. */
static int view_compare(const void *a, const void *b)
{
	const struct view_sorted *x = a, *y = b;

	for (size_t i = 0; i < x->n_keys; i++) {
		int order;

		if (x->keys[i].column->right) {
			double l = strtod(x->cells[i], NULL), r = strtod(y->cells[i], NULL);

			order = (l > r) - (l < r);
		} else {
			order = strcmp(x->cells[i], y->cells[i]);
		}
		if (order != 0)
			return x->keys[i].down ? -order : order;
	}
	return (x->index > y->index) - (x->index < y->index);
}

static enum st_code view_sort_keys(const struct view *v, const char *paths, struct arena *mem,
				   struct view_key **ret, size_t *ret_n, struct st_err *err)
{
	struct view_key *keys = arena_array(mem, struct view_key, view_count_paths(paths) + 1);
	struct view by = { .rules = v->rules };
	size_t n = 0;

	for (const char *p = paths; keys != NULL && *p != '\0';) {
		size_t len = strcspn(p, ",");
		bool down = p[0] == '-';
		const char *path = arena_strndup(mem, p + (down ? 1 : 0), len - (down ? 1 : 0));

		if (path == NULL)
			break;
		ST_TRY(view_named_columns(&by, path, mem, err));
		if (by.n_columns == 1)
			keys[n++] = (struct view_key){ by.columns, down };
		p += len + (p[len] == ',' ? 1 : 0);
	}
	if (keys == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory to sort");
	*ret = keys;
	*ret_n = n;
	return ST_OK;
}

enum st_code view_sort(struct view *v, const char *paths, struct arena *mem, struct st_err *err)
{
	struct view_sorted *all = arena_array(mem, struct view_sorted, v->n_rows + 1);
	const ProtobufCMessage **rows = arena_array(mem, const ProtobufCMessage *, v->n_rows + 1);
	struct view_key *keys = NULL;
	size_t n_keys = 0;

	ST_TRY(view_sort_keys(v, paths, mem, &keys, &n_keys, err));
	for (size_t i = 0; all != NULL && i < v->n_rows; i++) {
		all[i] = (struct view_sorted){ v->rows[i],
					       arena_array(mem, const char *, n_keys + 1), i, keys,
					       n_keys };
		for (size_t k = 0; k < n_keys && all[i].cells != NULL; k++)
			all[i].cells[k] = view_raw(keys[k].column, v->rows[i], mem);
		if (all[i].cells == NULL)
			all = NULL;
	}
	if (all == NULL || rows == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory to sort");
	qsort(all, v->n_rows, sizeof(*all), view_compare);
	for (size_t i = 0; i < v->n_rows; i++)
		rows[i] = all[i].row;
	v->rows = rows;
	return ST_OK;
}
