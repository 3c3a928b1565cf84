#pragma once
/*
 * Methods with the rule "import": a file (CSV, or a bank's statements in CAMT.053) becomes rows,
 * rows travel in batches, and every row is accounted for: taken, changed, unchanged or rejected
 * with its line and the reason; what was not sent is counted too.
 */
#include "client/cli/args.h"
#include "client/cli/camt_in.h"
#include "client/cli/csv_in.h"
#include "client/cli/import_map.h"
#include "common/clock.h"
#include "common/list.h"

#define IMPORT_PARALLEL_MAX 8

enum import_outcome {
	IMPORT_TAKEN,
	IMPORT_CHANGED,
	IMPORT_UNCHANGED,
	IMPORT_REJECTED,
	IMPORT_OUTCOMES
};

struct import_reject {
	unsigned long line;
	const char *column, *number, *reason;
	struct slice raw; /* the record in the file */
};

struct import_counts {
	size_t rows, by[IMPORT_OUTCOMES], not_sent;
};

/* How often each row was there already: rows that are equal but for their place are told apart by
 * which one of them they are. */
struct import_copies {
	struct import_copy *slots;
	size_t n, size;
};

struct import_run {
	struct cli *cli;
	struct args *a;
	bool is_camt; /* rows come from 'camt', else from 'in' */
	struct csv_in in;
	struct camt_in camt;
	struct import_copies copies;
	struct csv_record header;
	struct import_map map;
	const ProtobufCFieldDescriptor *rows; /* of the request */
	const struct message_rules *row;
	size_t batch_rows, batch_bytes;
	struct import_counts counts;
	struct import_reject *rejects;
	size_t n_rejects;
	unsigned under_way, batches; /* now; so far */
	bool read_all, dry_run_seen;
	struct call_result failure; /* why it had to stop; code OK: it did not */
	uint64_t started_ms, told_ms;
	int told_tenth;
	struct list again; /* batches to be sent once more without their bad rows */
};

int import_run(struct cli *cli, struct args *a);
/* The next record of the file. False: it has ended. */
bool import_next(struct import_run *run, struct arena *mem, struct csv_record *ret);

/* import_send.c: sends all there is; returns when every row is accounted for. */
enum st_code import_send_all(struct import_run *run, struct st_err *err) ST_MUSTCHECK;
/* Notes a rejected row. */
bool import_reject(struct import_run *run, unsigned long line, struct slice raw, const char *column,
		   const char *number, const char *reason);
/* Counts one row by the word of the reply; unknown words are rejections. */
enum import_outcome import_outcome_of(const char *word);

/* import_copies.c: which of the equal ones this is, from 1; 0: no memory. What 'packed' holds is
 * what makes a row equal. */
uint32_t import_copy_of(struct import_copies *c, struct slice packed, struct arena *mem);

/* import_report.c */
/* "24,071 rows: 24,000 taken, 60 unchanged, 11 rejected" */
const char *import_sentence(const struct import_counts *c, bool changed, struct arena *mem);
enum st_code import_show(struct import_run *run, struct st_err *err) ST_MUSTCHECK;
/* --report: the rejected records as they stood in the file, line and reason in front. */
enum st_code import_write_report(const struct import_run *run, const char *path,
				 struct st_err *err) ST_MUSTCHECK;
/* A line on stderr while it runs: at a terminal after half a second, else for every tenth of the
 * file. */
void import_progress(struct import_run *run);
