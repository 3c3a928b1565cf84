#pragma once
/*
 * CSV files record by record: real quoting, CRLF, byte order marks, any encoding iconv knows. A
 * record that is no valid CSV or no valid text comes with the reason; reading goes on with the line
 * after it.
 */
#include <csv.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"

struct csv_record {
	unsigned long line; /* of the file, where it begins; the first is 1 */
	const char **cells; /* blanks around unquoted ones are taken off */
	size_t n;
	struct slice raw;  /* as it stands in the file, without the line end */
	const char *error; /* NULL: it is fine */
};

struct csv_in {
	struct slice text;
	size_t at;          /* next byte to read */
	unsigned long line; /* its line */
	char delimiter;
	struct csv_parser parser;
	bool open;
};

/* Takes the whole file; 'encoding' NULL: UTF-8, or UTF-16 where a mark says so. Other encodings are
 * converted into 'mem'. */
enum st_code csv_open(struct csv_in *in, struct slice text, const char *encoding, char delimiter,
		      struct arena *mem, struct st_err *err) ST_MUSTCHECK;
/* The next record, its cells in 'mem'; blank lines are passed over. False: the file has ended. */
bool csv_next(struct csv_in *in, struct arena *mem, struct csv_record *ret);
void csv_close(struct csv_in *in);
