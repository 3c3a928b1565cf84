#include "common/format.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "common/uuid.h"

static bool format_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes exactly n digits; false: they are not there. */
static bool format_take_number(const char **text, unsigned n, unsigned *ret)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!format_digit((*text)[i]))
			return false;
		v = v * 10 + (unsigned)((*text)[i] - '0');
	}
	*text += n;
	*ret = v;
	return true;
}

static bool format_take(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

static unsigned format_days(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool format_take_date(const char **text)
{
	unsigned year, month, day;

	return format_take_number(text, 4, &year) && format_take(text, '-') &&
	       format_take_number(text, 2, &month) && format_take(text, '-') &&
	       format_take_number(text, 2, &day) && year >= 1 && month >= 1 && month <= 12 &&
	       day >= 1 && day <= format_days(year, month);
}

bool format_is_date(const char *text)
{
	return format_take_date(&text) && *text == 0;
}

/* "Z" or an offset: +08:00, also +08 as PostgreSQL writes it. */
static bool format_take_offset(const char **text)
{
	unsigned hours, minutes;

	if (format_take(text, 'Z') || format_take(text, 'z'))
		return true;
	if (!format_take(text, '+') && !format_take(text, '-'))
		return false;
	if (!format_take_number(text, 2, &hours) || hours > 23)
		return false;
	if (!format_take(text, ':'))
		return true;
	return format_take_number(text, 2, &minutes) && minutes <= 59;
}

/*
 * A moment: RFC 3339, or a date, or a date and a time of day in the property's zone. After a T
 * there must be seconds and an offset; after a blank both may be left out.
 */
static bool format_is_timestamp(const char *text)
{
	unsigned hour, minute, second;
	bool strict;

	if (!format_take_date(&text))
		return false;
	if (*text == 0)
		return true;
	strict = format_take(&text, 'T') || format_take(&text, 't');
	if (!strict && !format_take(&text, ' '))
		return false;
	if (!format_take_number(&text, 2, &hour) || hour > 23 || !format_take(&text, ':') ||
	    !format_take_number(&text, 2, &minute) || minute > 59)
		return false;
	if (*text == 0)
		return !strict;
	/* 60 is a leap second. */
	if (!format_take(&text, ':') || !format_take_number(&text, 2, &second) || second > 60)
		return false;
	if (format_take(&text, '.')) {
		if (!format_digit(*text))
			return false;
		while (format_digit(*text))
			text++;
	}
	if (*text == 0)
		return !strict;
	return format_take_offset(&text) && *text == 0;
}

/* What people write before an extension: its bytes, 0 for none. */
static size_t format_extension(const char *text)
{
	static const char *const marks[] = { "ext", "转", "轉", "分机" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strncasecmp(text, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* Digits with the signs people put between them, and a mark before an extension. */
static bool format_is_phone(const char *text)
{
	unsigned digits = 0;

	while (*text != 0) {
		size_t mark = format_extension(text);

		if (mark > 0) {
			text += mark;
			continue;
		}
		if (format_digit(*text))
			digits++;
		else if (strchr(" +-()/.", *text) == NULL)
			return false;
		text++;
	}
	return digits >= 3;
}

static bool format_only(const char *text, const char *letters)
{
	for (; *text != 0; text++)
		if (!format_digit(*text) && strchr(letters, *text) == NULL)
			return false;
	return true;
}

/* No control characters but those in 'but'. */
static bool format_is_plain(const char *text, const char *but)
{
	size_t len = strlen(text);

	while (len > 0) {
		int32_t c;
		size_t used = utf8_next((const uint8_t *)text, len, &c);

		if (used == 0 || (c >= 0x7f && c < 0xa0) || (c < 0x20 && strchr(but, c) == NULL))
			return false;
		text += used;
		len -= used;
	}
	return true;
}

/* Also without the two characters that Unicode means for line and paragraph ends. */
static bool format_is_line(const char *text)
{
	return format_is_plain(text, "") && strstr(text, "\xe2\x80\xa8") == NULL &&
	       strstr(text, "\xe2\x80\xa9") == NULL;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

const char *format_check(Steward__Format format, const char *text)
{
	struct uuid uuid;

	switch (format) {
	case STEWARD__FORMAT__UUID:
		return uuid_parse(text, strlen(text), &uuid)
			       ? NULL
			       : "an id is needed: 32 hexadecimal digits in groups of 8-4-4-4-12";
	case STEWARD__FORMAT__DATE:
		return format_is_date(text) ? NULL : "a date is needed, such as 2026-02-28";
	case STEWARD__FORMAT__TIMESTAMP:
		return format_is_timestamp(text) ? NULL
						 : "a time is needed, such as 2026-02-28 14:30 or "
						   "2026-02-28T14:30:00+08:00";
	case STEWARD__FORMAT__PHONE:
		return format_is_phone(text) ? NULL
					     : "a telephone number is needed: digits, blanks and + "
					       "- ( ) / . ext 转";
	case STEWARD__FORMAT__CODE:
		return format_only(text, UPPER "-")
			       ? NULL
			       : "only the letters A-Z, digits and - are possible";
	case STEWARD__FORMAT__NAME:
		return format_only(text, LOWER "._-")
			       ? NULL
			       : "only the letters a-z, digits and . _ - are possible";
	case STEWARD__FORMAT__LINE:
		return format_is_line(text) ? NULL
					    : "one line is needed, without control characters";
	case STEWARD__FORMAT__REF:
		return text[0] != 0 && format_is_line(text)
			       ? NULL
			       : "a number or an id is needed, such as C-1042";
	case STEWARD__FORMAT__ZONE:
		return text[0] != 0 && format_only(text, UPPER LOWER "_+-/")
			       ? NULL
			       : "a time zone is needed, such as Asia/Shanghai";
	case STEWARD__FORMAT__TEXT:
	default:
		return format_is_plain(text, "\n\t") ? NULL
						     : "control characters other than line breaks "
						       "and tabs are not possible";
	}
}
