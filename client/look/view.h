#pragma once
/*
 * How a reply looks: a list (its only repeated message comes first: rows), or one record (with
 * lists below it). Decides columns and spells cells for people; knows no output format.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"
#include "common/wire.h"

struct view_column {
	const char *path;                          /* "number", "case.state" */
	const ProtobufCFieldDescriptor *fields[4]; /* from the row inwards */
	unsigned depth;
	const struct field_rule *rule; /* of the last one */
	const char *label;
	bool right; /* numbers */
};

struct view {
	const struct message_rules *rules; /* of a row */
	const ProtobufCMessage *const *rows;
	size_t n_rows;
	const struct view_column *columns;
	size_t n_columns;
};

/* The field of a reply whose elements are its rows; -1: the reply is one record. */
int view_rows_field(const struct message_rules *out);
/* A view of 'rows'. 'paths': "a,b" or "a b", NULL: all that are not hidden. INVALID_ARGUMENT: no
 * such field. */
enum st_code view_make(const struct message_rules *rules, const ProtobufCMessage *const *rows,
		       size_t n, const char *paths, struct arena *mem, struct view *ret,
		       struct st_err *err) ST_MUSTCHECK;
/* Leaves out columns that are empty in every row. */
void view_drop_empty(struct view *v, struct arena *mem);
/* The columns some list shows for rows of this type; NULL: there is no such list. */
const char *view_usual_columns(const struct message_rules *rules);
/* The rows of a repeated field as an array in 'mem'. */
const ProtobufCMessage *const *view_rows(const ProtobufCMessage *msg,
					 const ProtobufCFieldDescriptor *f, struct arena *mem,
					 size_t *ret_n);
/* Sorts the rows: "a,-b". */
enum st_code view_sort(struct view *v, const char *paths, struct arena *mem,
		       struct st_err *err) ST_MUSTCHECK;

/* A cell as it travels ("" if absent), and as people read it: times without seconds, money with a
 * point, yes and no. */
const char *view_raw(const struct view_column *c, const ProtobufCMessage *row, struct arena *mem);
const char *view_text(const struct view_column *c, const ProtobufCMessage *row, struct arena *mem);
/* One field of a message for people; repeated values are joined. "" if absent. */
const char *view_field_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			    const struct field_rule *rule, struct arena *mem);
/* What people call this thing: its number, code, login or name; NULL: nothing of the kind. */
const char *view_name(const ProtobufCMessage *msg, struct arena *mem);
/* The same so that it is understood wherever several properties are in reach: "SUN/C-1042". */
const char *view_full_name(const ProtobufCMessage *msg, struct arena *mem);
