#pragma once
/*
 * Statements of a bank in CAMT.053 (ISO 20022, any version) as records, as if they were lines of a
 * CSV file: one for each booked entry, or for each payment in it where the bank collected several
 * and tells their amounts. Entries that are only expected are counted, not read.
 *
 * The file is read from memory by libxml2's reader: nothing is fetched, a document type or an
 * entity is refused, and so is what is deeper or larger than any statement. A statement whose
 * opening balance and entries do not come to its closing balance is refused with its name.
 */
#include "client/cli/csv_in.h"

#define CAMT_BYTES_MAX (64u << 20)

struct camt_in {
	struct csv_record header; /* the names of the columns */
	struct csv_record *rows;  /* 'line' is the row's place in the file, from 1 */
	size_t n, at;             /* so many; the next one to give */
	size_t expected;          /* entries that are not booked yet */
};

/* Is this XML at all? Files of other kinds are read as CSV. */
bool camt_is_xml(struct slice text);
/* Reads all of it; rows and their cells lie in 'mem'. */
enum st_code camt_open(struct camt_in *in, struct slice text, struct arena *mem,
		       struct st_err *err) ST_MUSTCHECK;
/* The next record. False: there are no more. */
bool camt_next(struct camt_in *in, struct csv_record *ret);
