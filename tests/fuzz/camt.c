/*
 * A bank's statements in CAMT.053, as a file whose sender is not known. Whatever it is: every cell
 * is text, rows are numbered in their order, an amount is one, and of each statement with both
 * balances the rows come to what lies between them. What is read again is the same.
 */
#include "client/cli/camt_in.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (64u << 20)
#define COLUMNS 16
#define OPENING 3
#define AMOUNT 8

__extension__ typedef __int128 wide;

/* In the fifth digit after the point. */
static wide amount(const char *text)
{
	bool minus = text[0] == '-';
	wide n = 0;
	int digits = 0, after = -1;

	for (text += minus ? 1 : 0; *text != '\0'; text++) {
		if (*text == '.') {
			must(after < 0);
			after = 0;
			continue;
		}
		must(*text >= '0' && *text <= '9');
		n = n * 10 + (*text - '0');
		digits++;
		after += after >= 0 ? 1 : 0;
	}
	must(digits > 0 && after <= 5);
	for (int i = after < 0 ? 0 : after; i < 5; i++)
		n *= 10;
	return minus ? -n : n;
}

static bool same_statement(const struct csv_record *a, const struct csv_record *b)
{
	return a->cells[OPENING] == b->cells[OPENING];
}

static void check_rows(const struct camt_in *in)
{
	wide sum = 0;

	must(in->header.n == COLUMNS);
	for (size_t i = 0; i < in->n; i++) {
		const struct csv_record *r = &in->rows[i];

		must(r->line == i + 1 && r->n == COLUMNS && r->error == NULL && r->raw.len > 0);
		for (size_t k = 0; k < COLUMNS; k++)
			must(utf8_ok((const uint8_t *)r->cells[k], strlen(r->cells[k])));
		sum += amount(r->cells[AMOUNT]);
		must(amount(r->cells[AMOUNT]) != 0);
		if (i + 1 < in->n && same_statement(r, r + 1))
			continue;
		/* Amounts of a statement's cells are its own strings, so that this is its last row.
		 */
		if (r->cells[OPENING][0] != '\0')
			must(amount(r->cells[OPENING]) + sum == amount(r->cells[OPENING + 1]));
		sum = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct st_err err = { 0 };
	struct camt_in in, again;
	struct csv_record record;
	struct arena mem;
	size_t n = 0;

	arena_init(&mem, ARENA_MAX);
	if (camt_open(&in, slice_of(data, size), &mem, &err) == ST_OK) {
		check_rows(&in);
		must(camt_open(&again, slice_of(data, size), &mem, &err) == ST_OK || mem.refused);
		while (!mem.refused && camt_next(&again, &record))
			must(record.raw.len == in.rows[n].raw.len &&
			     memcmp(record.raw.data, in.rows[n++].raw.data, record.raw.len) == 0);
		must(mem.refused || n == in.n);
	} else {
		must(err.message[0] != '\0');
	}
	arena_fini(&mem);
	return 0;
}
