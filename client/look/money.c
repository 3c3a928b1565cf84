#include "client/look/money.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

int money_digits(const char *currency)
{
	static const struct {
		char code[4];
		int digits;
	} odd[] = {
		{ "BHD", 3 }, { "CLP", 0 }, { "IQD", 3 }, { "ISK", 0 }, { "JOD", 3 },
		{ "JPY", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "OMR", 3 }, { "PYG", 0 },
		{ "TND", 3 }, { "UGX", 0 }, { "VND", 0 }, { "XAF", 0 },
	};

	for (size_t i = 0; currency != NULL && i < sizeof(odd) / sizeof(odd[0]); i++)
		if (strcmp(currency, odd[i].code) == 0)
			return odd[i].digits;
	return MONEY_DIGITS;
}

static enum st_code money_bad(const char *text, int digits, struct st_err *err)
{
	return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL,
		       "'%s' is not an amount; write it like 1280%s with at most %d digits after "
		       "the point",
		       text, digits > 0 ? ".50" : "", digits);
}

enum st_code money_parse(const char *text, int digits, int64_t *ret, struct st_err *err)
{
	const char *c = text;
	bool minus = *c == '-', point = false;
	int64_t n = 0;
	int whole = 0, after = 0;

	c += minus ? 1 : 0;
	for (; *c != '\0'; c++) {
		if (*c == '.' && !point && whole > 0) {
			point = true;
			continue;
		}
		if (*c == ',' && !point && isdigit((unsigned char)c[1]) && whole > 0)
			continue;
		if (!isdigit((unsigned char)*c) || (point && ++after > digits) ||
		    __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *c - '0', &n))
			return money_bad(text, digits, err);
		whole += point ? 0 : 1;
	}
	if (whole == 0 || (point && after == 0))
		return money_bad(text, digits, err);
	for (; after < digits; after++)
		if (__builtin_mul_overflow(n, 10, &n))
			return money_bad(text, digits, err);
	*ret = minus ? -n : n;
	return ST_OK;
}

char *money_format(int64_t minor, int digits, bool group, char out[40])
{
	uint64_t n = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
	char *c = out + 39;

	*c = '\0';
	for (int i = 0; i < digits; i++, n /= 10)
		*--c = (char)('0' + n % 10);
	if (digits > 0)
		*--c = '.';
	for (int i = 0; i == 0 || n > 0; i++, n /= 10) {
		if (group && i > 0 && i % 3 == 0)
			*--c = ',';
		*--c = (char)('0' + n % 10);
	}
	if (minor < 0)
		*--c = '-';
	memmove(out, c, (size_t)(out + 40 - c));
	return out;
}
