#pragma once
/* The output formats. Each writes a whole result to 'out'; nothing else ever goes to stdout. */
#include <stdio.h>

#include "client/cli/cli.h"
#include "client/look/view.h"

/* A table for people, as wide as the terminal if 'width' is not 0. */
enum st_code out_table(FILE *out, const struct view *v, size_t width, bool color, struct arena *mem,
		       struct st_err *err) ST_MUSTCHECK;
/* The same row by row, where nobody knows what comes next: columns of a fixed width. */
void out_stream_heading(FILE *out, const struct view *v, bool color, struct arena *mem);
void out_stream_rows(FILE *out, const struct view *v, struct arena *mem);
/* "name  value" lines, sub-messages in place, lists below as tables. */
enum st_code out_record(FILE *out, const struct message_rules *rules, const ProtobufCMessage *msg,
			const char *columns, size_t width, bool color, struct arena *mem,
			struct st_err *err) ST_MUSTCHECK;
/* Only its lists, each below its name; nothing where there are none. */
enum st_code out_lists(FILE *out, const struct message_rules *rules, const ProtobufCMessage *msg,
		       const char *columns, size_t width, bool color, struct arena *mem,
		       struct st_err *err) ST_MUSTCHECK;

enum csv_kind {
	CSV_PIPE,  /* RFC 4180 and nothing more */
	CSV_FILE,  /* also a byte order mark, and no cell that a spreadsheet takes for a formula */
	CSV_TABS,  /* tabs, heading; tabs and line ends in values spelled \t \n, backslash \\ */
	CSV_PLAIN, /* the same without heading */
};
void out_csv(FILE *out, const struct view *v, enum csv_kind kind, struct arena *mem);
void csv_heading(FILE *out, const struct view *v, enum csv_kind kind);
void csv_rows(FILE *out, const struct view *v, enum csv_kind kind, struct arena *mem);
/* One value with its separator before it unless it is the first. 'text': may be mistaken for a
 * formula. */
void csv_put(FILE *out, enum csv_kind kind, bool first, const char *value, bool text);
void csv_begin(FILE *out, enum csv_kind kind);
void csv_end_row(FILE *out, enum csv_kind kind);
