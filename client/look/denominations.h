#pragma once
/* The notes and coins of a currency, for counting a drawer. */
#include <stddef.h>
#include <stdint.h>

#define DENOMINATIONS_MAX 16 /* of one currency */

/* What there is of an ISO 4217 currency, in minor units, the largest first. NULL and *ret_n 0: it
 * is not known here, and cash is counted as one sum. */
const int64_t *denominations_of(const char *currency, size_t *ret_n);
