#pragma once
/* Money as people write it, in whole units with a decimal point, and as it is kept, in minor units.
 * Never floating point. */
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define MONEY_DIGITS 2 /* where no currency is named */

/* Digits after the point of an ISO 4217 currency. */
int money_digits(const char *currency);
/* "1280.50", "-3", "1,280.50" with 'digits' after the point at most. */
enum st_code money_parse(const char *text, int digits, int64_t *ret,
			 struct st_err *err) ST_MUSTCHECK;
/* "1280.50", or "1,280.50" with 'group'. 'out' takes 40 bytes. Returns out. */
char *money_format(int64_t minor, int digits, bool group, char out[40]);
