#include "client/cli/camt_text.h"

#include <inttypes.h>
#include <string.h>

#define UNIT \
	100000 /* of an amount: the fifth digit after the point, the last that the standard has */

/* "1280.5" in UNITs. */
static bool camt_number(const char *text, int64_t *ret)
{
	int64_t n = 0, unit = UNIT;
	unsigned digits = 0;

	if (text == NULL)
		return false;
	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		if (n > INT64_MAX / UNIT / 100)
			return false;
		n = n * 10 + (*text - '0');
	}
	n *= UNIT;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, digits++) {
			unit /= 10;
			if (unit == 0 && *text != '0')
				return false;
			n += (*text - '0') * unit;
		}
	*ret = n;
	return digits > 0 && *text == '\0';
}

bool camt_signed(const char *text, const char *sign, int64_t *ret)
{
	if (sign == NULL || !camt_number(text, ret))
		return false;
	if (strcmp(sign, "DBIT") == 0)
		*ret = -*ret;
	return *ret <= 0 || strcmp(sign, "CRDT") == 0;
}

const char *camt_amount_text(int64_t n, struct arena *mem)
{
	uint64_t whole = (uint64_t)(n < 0 ? -n : n);
	char *text = arena_printf(mem, "%s%" PRIu64 ".%05" PRIu64, n < 0 ? "-" : "", whole / UNIT,
				  whole % UNIT);
	size_t len = text != NULL ? strlen(text) : 0;

	while (len > 0 && text[len - 1] == '0')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '.')
		text[len - 1] = '\0';
	return text;
}

const char *camt_day(const char *text, struct arena *mem)
{
	return text != NULL ? arena_strndup(mem, text, strcspn(text, "T")) : "";
}

const char *camt_ref(const char *text)
{
	static const char *const none[] = { "NONREF", "NOTPROVIDED", "NOREF" };

	for (size_t i = 0; text != NULL && i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(text, none[i]) == 0)
			return NULL;
	return text;
}
