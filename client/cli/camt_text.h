#pragma once
/* Amounts, days and references as CAMT.053 writes them. Amounts are counted in the fifth digit
 * after the point, the last that the standard has. */
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"

/* DBIT is less than nothing; whoever takes something back says so by the direction itself. False:
 * no amount, or neither CRDT nor DBIT. */
bool camt_signed(const char *text, const char *sign, int64_t *ret);
/* "-8.5", without zeros at its end; NULL: no memory. */
const char *camt_amount_text(int64_t n, struct arena *mem);
/* The day of "2026-11-23" or "2026-11-23T08:00:00+01:00"; "" where there is none. */
const char *camt_day(const char *text, struct arena *mem);
/* NULL where there is none, or one of the words that banks write then. */
const char *camt_ref(const char *text);
