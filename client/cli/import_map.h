#pragma once
/* From the columns of a file to the fields of a row: by name, or as --map, --set and --value say.
 */
#include "client/cli/args.h"
#include "client/cli/csv_in.h"

struct map_part {
	const char *text; /* between columns; NULL: a column */
	size_t column;
};

struct map_value {
	const char *from, *to; /* from "*": any other value */
};

struct map_field {
	struct map_part *parts;
	size_t n_parts;
	struct map_value *values;
	size_t n_values;
	const char *preset; /* where the rest gives nothing; NULL: none */
};

struct import_map {
	const struct message_rules *row;
	struct map_field *fields; /* one per field of the row */
	const char *const *header;
	size_t n_header;
	int line_field; /* gets the line of the file; -1: none */
	int copy_field; /* gets which of several equal rows it is; -1: none */
};

/* 'header': the names of the columns. Errors name what is near. */
enum st_code import_map_make(const struct message_rules *row, const struct csv_record *header,
			     const struct import_args *a, struct arena *mem, struct import_map *ret,
			     struct st_err *err) ST_MUSTCHECK;
/* Columns no field takes, "a, b"; "" if none. */
const char *import_map_unused(const struct import_map *map, struct arena *mem);
/* The fields of a new row message from one record. INVALID_ARGUMENT: err->field is the field at
 * fault. */
enum st_code import_map_row(const struct import_map *map, const struct csv_record *record,
			    struct arena *mem, ProtobufCMessage *row,
			    struct st_err *err) ST_MUSTCHECK;
