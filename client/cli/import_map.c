#include "client/cli/import_map.h"

#include <ctype.h>
#include <string.h>

#include "client/look/value.h"
#include "common/file.h"
#include "common/near.h"

#define MAP_FILE_MAX (1u << 20)

static enum st_code map_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory for the mapping");
}

/* "Opened At" and "opened-at" are the column opened_at. */
static bool map_same_name(const char *column, const char *field)
{
	for (; *column != '\0' && *field != '\0'; column++, field++) {
		char c = (char)tolower((unsigned char)*column);

		if (c == ' ' || c == '-')
			c = '_';
		if (c != *field)
			return false;
	}
	return *column == *field;
}

static enum st_code map_find_field(const struct import_map *map, const char *name, size_t len,
				   struct arena *mem, struct map_field **ret, struct st_err *err)
{
	const char *text = arena_strndup(mem, name, len);
	const ProtobufCFieldDescriptor *f = text != NULL ? message_field(map->row->desc, text)
							 : NULL;
	struct near n;

	if (f != NULL) {
		*ret = &map->fields[f - map->row->desc->fields];
		return ST_OK;
	}
	if (text == NULL)
		return map_no_memory(err);
	near_init(&n, text);
	for (unsigned i = 0; i < map->row->desc->n_fields; i++)
		near_offer(&n, map->row->desc->fields[i].name);
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FIELD", NULL,
		       near_best(&n) != NULL ? "a row has no field '%s'; did you mean '%s'?"
					     : "a row has no field '%s'",
		       text, near_best(&n));
}

static enum st_code map_find_column(const struct import_map *map, const char *name, size_t len,
				    struct arena *mem, size_t *ret, struct st_err *err)
{
	const char *text = arena_strndup(mem, name, len);
	struct near n;

	if (text == NULL)
		return map_no_memory(err);
	near_init(&n, text);
	for (size_t i = 0; i < map->n_header; i++) {
		if (strcmp(map->header[i], text) == 0) {
			*ret = i;
			return ST_OK;
		}
		near_offer(&n, map->header[i]);
	}
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_COLUMN", NULL,
		       near_best(&n) != NULL ? "the file has no column '%s'; did you mean '%s'?"
					     : "the file has no column '%s'",
		       text, near_best(&n));
}

static enum st_code map_add_part(struct map_field *f, struct map_part part, struct arena *mem,
				 struct st_err *err)
{
	f->parts = arena_grow(mem, f->parts, f->n_parts, sizeof(*f->parts));
	if (f->parts == NULL)
		return map_no_memory(err);
	f->parts[f->n_parts++] = part;
	return ST_OK;
}

/* "{type} / {topic}" or the name of one column. */
static enum st_code map_template(const struct import_map *map, struct map_field *f,
				 const char *text, struct arena *mem, struct st_err *err)
{
	struct map_part part = { 0 };

	f->n_parts = 0;
	f->parts = NULL;
	if (text[0] == '\0')
		return ST_OK; /* not taken */
	if (strchr(text, '{') == NULL) {
		ST_TRY(map_find_column(map, text, strlen(text), mem, &part.column, err));
		return map_add_part(f, part, mem, err);
	}
	while (*text != '\0') {
		size_t len = strcspn(text, text[0] == '{' ? "}" : "{");

		part = (struct map_part){ 0 };
		if (text[0] == '{') {
			if (text[len] != '}')
				return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--map",
					       "--map: a { is never closed in '%s'", text);
			ST_TRY(map_find_column(map, text + 1, len - 1, mem, &part.column, err));
			len++;
		} else {
			part.text = arena_strndup(mem, text, len);
			if (part.text == NULL)
				return map_no_memory(err);
		}
		ST_TRY(map_add_part(f, part, mem, err));
		text += len;
	}
	return ST_OK;
}

static enum st_code map_take_map(const struct import_map *map, const char *arg, struct arena *mem,
				 struct st_err *err)
{
	const char *sign = strchr(arg, '=');
	struct map_field *f;

	if (sign == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--map",
			       "--map takes FIELD=COLUMN, not '%s'", arg);
	ST_TRY(map_find_field(map, arg, (size_t)(sign - arg), mem, &f, err));
	return map_template(map, f, sign + 1, mem, err);
}

static enum st_code map_take_set(const struct import_map *map, const char *arg, struct arena *mem,
				 struct st_err *err)
{
	const char *sign = strchr(arg, '=');
	struct map_field *f;

	if (sign == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--set",
			       "--set takes FIELD=VALUE, not '%s'", arg);
	ST_TRY(map_find_field(map, arg, (size_t)(sign - arg), mem, &f, err));
	f->preset = sign + 1;
	return ST_OK;
}

static enum st_code map_take_value(const struct import_map *map, const char *arg, struct arena *mem,
				   struct st_err *err)
{
	const char *colon = strchr(arg, ':'), *sign = colon != NULL ? strrchr(colon, '=') : NULL;
	struct map_field *f;

	if (sign == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--value",
			       "--value takes FIELD:FROM=TO, not '%s'", arg);
	ST_TRY(map_find_field(map, arg, (size_t)(colon - arg), mem, &f, err));
	f->values = arena_grow(mem, f->values, f->n_values, sizeof(*f->values));
	if (f->values == NULL)
		return map_no_memory(err);
	f->values[f->n_values].from = arena_strndup(mem, colon + 1, (size_t)(sign - colon - 1));
	f->values[f->n_values].to = sign + 1;
	return f->values[f->n_values++].from != NULL ? ST_OK : map_no_memory(err);
}

static enum st_code map_take_line(const struct import_map *map, const char *line, struct arena *mem,
				  struct st_err *err)
{
	if (strncmp(line, "map ", 4) == 0)
		return map_take_map(map, line + 4, mem, err);
	if (strncmp(line, "set ", 4) == 0)
		return map_take_set(map, line + 4, mem, err);
	if (strncmp(line, "value ", 6) == 0)
		return map_take_value(map, line + 6, mem, err);
	return st_fail(err, ST_INVALID_ARGUMENT, "BAD_LINE", NULL,
		       "expected 'map FIELD=COLUMN', 'set FIELD=VALUE' or 'value FIELD:FROM=TO'");
}

static enum st_code map_read_file(const struct import_map *map, const char *path, struct arena *mem,
				  struct st_err *err)
{
	struct slice text;
	unsigned number = 0;

	ST_TRY(file_read(path, MAP_FILE_MAX, mem, &text, err));
	for (const char *at = (const char *)text.data; *at != '\0';) {
		size_t len = strcspn(at, "\n"), used = len;
		struct st_err own = { 0 };
		char *line;

		number++;
		while (used > 0 && isspace((unsigned char)at[used - 1]))
			used--;
		line = arena_strndup(mem, at, used);
		if (line == NULL)
			return map_no_memory(err);
		line += strspn(line, " \t");
		if (line[0] != '\0' && line[0] != '#' &&
		    map_take_line(map, line, mem, &own) != ST_OK)
			return st_fail(err, own.code, own.reason, own.field, "%s:%u: %s", path,
				       number, own.message);
		at += len + (at[len] == '\n' ? 1 : 0);
	}
	return ST_OK;
}

static enum st_code map_by_name(struct import_map *map, struct arena *mem, struct st_err *err)
{
	for (size_t c = 0; c < map->n_header; c++)
		for (unsigned i = 0; i < map->row->desc->n_fields; i++) {
			const struct map_part part = { NULL, c };

			if ((int)i != map->line_field && (int)i != map->copy_field &&
			    map->fields[i].n_parts == 0 &&
			    map_same_name(map->header[c], map->row->desc->fields[i].name))
				ST_TRY(map_add_part(&map->fields[i], part, mem, err));
		}
	return ST_OK;
}

static enum st_code map_check_header(const struct import_map *map, struct st_err *err)
{
	for (size_t i = 0; i < map->n_header; i++)
		for (size_t k = i + 1; k < map->n_header; k++)
			if (map->header[i][0] != '\0' &&
			    strcmp(map->header[i], map->header[k]) == 0)
				return st_fail(err, ST_INVALID_ARGUMENT, "BAD_HEADER", NULL,
					       "the file has two columns called '%s'",
					       map->header[i]);
	return ST_OK;
}

/* Nothing taken from the file at all, or a needed field without a source: the mapping is wrong, not
 * the rows. */
static enum st_code map_check_fields(const struct import_map *map, struct arena *mem,
				     struct st_err *err)
{
	const char *missing = "", *columns = "";
	bool any = false;

	for (unsigned i = 0; i < map->row->desc->n_fields && missing != NULL; i++) {
		any = any || map->fields[i].n_parts > 0;
		if (map->row->fields[i].required && map->fields[i].n_parts == 0 &&
		    map->fields[i].preset == NULL && (int)i != map->line_field)
			missing = arena_printf(mem, "%s%s%s", missing,
					       missing[0] != '\0' ? ", " : "",
					       map->row->desc->fields[i].name);
	}
	for (size_t i = 0; i < map->n_header && columns != NULL; i++)
		columns = arena_printf(mem, "%s%s%s", columns, i > 0 ? ", " : "", map->header[i]);
	if (missing == NULL || columns == NULL)
		return map_no_memory(err);
	if (missing[0] != '\0')
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", NULL,
			       "nothing gives %s; say --map FIELD=COLUMN or --set FIELD=VALUE "
			       "(columns: %s)",
			       missing, columns);
	if (!any)
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_COLUMN", NULL,
			       "no column of the file is called like a field; say --map "
			       "FIELD=COLUMN (columns: "
			       "%s)",
			       columns);
	return ST_OK;
}

enum st_code import_map_make(const struct message_rules *row, const struct csv_record *header,
			     const struct import_args *a, struct arena *mem, struct import_map *ret,
			     struct st_err *err)
{
	struct import_map map = { .row = row, .header = header->cells, .n_header = header->n };
	const ProtobufCFieldDescriptor *line = message_field(row->desc, "line");
	const ProtobufCFieldDescriptor *copy = message_field(row->desc, "copy");

	map.fields = arena_array(mem, struct map_field, row->desc->n_fields);
	map.line_field = line != NULL ? (int)(line - row->desc->fields) : -1;
	map.copy_field = copy != NULL ? (int)(copy - row->desc->fields) : -1;
	if (map.fields == NULL)
		return map_no_memory(err);
	ST_TRY(map_check_header(&map, err));
	ST_TRY(map_by_name(&map, mem, err));
	if (a->map_file != NULL)
		ST_TRY(map_read_file(&map, a->map_file, mem, err));
	for (size_t i = 0; i < a->n_maps; i++)
		ST_TRY(map_take_map(&map, a->maps[i], mem, err));
	for (size_t i = 0; i < a->n_sets; i++)
		ST_TRY(map_take_set(&map, a->sets[i], mem, err));
	for (size_t i = 0; i < a->n_values; i++)
		ST_TRY(map_take_value(&map, a->values[i], mem, err));
	ST_TRY(map_check_fields(&map, mem, err));
	*ret = map;
	return ST_OK;
}

const char *import_map_unused(const struct import_map *map, struct arena *mem)
{
	const char *all = "";

	for (size_t c = 0; c < map->n_header && all != NULL; c++) {
		bool used = false;

		for (unsigned i = 0; i < map->row->desc->n_fields; i++)
			for (size_t p = 0; p < map->fields[i].n_parts; p++)
				used = used || (map->fields[i].parts[p].text == NULL &&
						map->fields[i].parts[p].column == c);
		if (!used)
			all = arena_printf(mem, "%s%s%s", all, all[0] != '\0' ? ", " : "",
					   map->header[c]);
	}
	return all != NULL ? all : "";
}

/* Text between two columns counts only where both have something; in front or behind, where its
 * column has. */
static const char *map_compose(const struct map_field *f, const struct csv_record *record,
			       struct arena *mem)
{
	const char *all = "", *between = "";
	bool any = false;

	for (size_t i = 0; i < f->n_parts && all != NULL; i++) {
		const struct map_part *part = &f->parts[i];
		const char *cell;

		if (part->text != NULL) {
			between = part->text;
			continue;
		}
		cell = part->column < record->n ? record->cells[part->column] : "";
		if (cell[0] != '\0') {
			all = any || i == 1 ? arena_printf(mem, "%s%s%s", all, between, cell)
					    : cell;
			any = true;
		}
		between = "";
	}
	if (all != NULL && any && between[0] != '\0' && f->parts[f->n_parts - 1].text != NULL &&
	    f->n_parts > 1)
		all = arena_printf(mem, "%s%s", all, between);
	return all;
}

static const char *map_translate(const struct map_field *f, const char *text)
{
	const char *other = text;

	for (size_t i = 0; i < f->n_values; i++) {
		if (strcmp(f->values[i].from, text) == 0)
			return f->values[i].to;
		if (strcmp(f->values[i].from, "*") == 0 && text[0] != '\0')
			other = f->values[i].to;
	}
	return other;
}

static enum st_code map_set(const struct import_map *map, unsigned i, const char *text,
			    struct arena *mem, ProtobufCMessage *row, struct st_err *err)
{
	struct st_err own = { 0 };
	enum st_code code = value_set(row, map->row, i, text, mem, &own);

	if (code == ST_OK)
		return ST_OK;
	return st_fail(err, code, own.reason, map->row->desc->fields[i].name, "%s", own.message);
}

enum st_code import_map_row(const struct import_map *map, const struct csv_record *record,
			    struct arena *mem, ProtobufCMessage *row, struct st_err *err)
{
	for (unsigned i = 0; i < map->row->desc->n_fields; i++) {
		const struct map_field *f = &map->fields[i];
		const char *text;

		if ((int)i == map->line_field) {
			text = arena_printf(mem, "%lu", record->line);
		} else {
			text = map_compose(f, record, mem);
			text = text != NULL ? map_translate(f, text) : NULL;
			if (text != NULL && text[0] == '\0' && f->preset != NULL)
				text = f->preset;
		}
		if (text == NULL)
			return map_no_memory(err);
		if (text[0] != '\0')
			ST_TRY(map_set(map, i, text, mem, row, err));
	}
	return ST_OK;
}
