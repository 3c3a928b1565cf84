#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The part of 'text' that fits into 'size' with its 0, never ending inside a character. */
static size_t st_fit(const char *text, size_t len, size_t size)
{
	if (len < size)
		return len;
	len = size - 1;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void st_copy(char *out, size_t size, const char *text)
{
	size_t len = st_fit(text, strlen(text), size);

	memmove(out, text, len);
	out[len] = 0;
}

enum st_code st_fail(struct st_err *err, enum st_code code, const char *reason, const char *field,
		     const char *fmt, ...)
{
	/* Built aside: the arguments may point into *err. One character more than fits tells
	 * whether the text was cut. */
	struct st_err made = { .code = code };
	char text[sizeof made.message + 4];
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = 0;
	va_end(ap);
	st_copy(made.message, sizeof made.message, text[0] != 0 ? text : st_code_text(code));
	st_copy(made.reason, sizeof made.reason, reason != NULL ? reason : st_code_name(code));
	st_copy(made.field, sizeof made.field, field != NULL ? field : "");
	*err = made;
	return code;
}

void st_keep_first(struct st_err *err, const struct st_err *from)
{
	if (err->code == ST_OK)
		*err = *from;
}

struct st_code_def {
	const char *name, *text;
	bool retry;
};

static const struct st_code_def st_codes[] = {
#define X(name, number, retry, text) [number] = { #name, text, retry },
	ST_CODES(X)
#undef X
};

static const struct st_code_def *st_code_def(enum st_code code)
{
	if ((unsigned)code >= sizeof st_codes / sizeof st_codes[0])
		return &st_codes[ST_UNKNOWN];
	return &st_codes[code];
}

const char *st_code_name(enum st_code code)
{
	return st_code_def(code)->name;
}

const char *st_code_text(enum st_code code)
{
	return st_code_def(code)->text;
}

bool st_code_retry(enum st_code code)
{
	return st_code_def(code)->retry;
}

enum st_code st_code_from_wire(int number)
{
	if (number < 0 || (size_t)number >= sizeof st_codes / sizeof st_codes[0])
		return ST_UNKNOWN;
	return (enum st_code)number;
}

void must_failed(const char *cond, const char *file, int line)
{
	char text[300];
	int len = snprintf(text, sizeof text, "fault=\"%s\" at=%s:%d\n", cond, file, line);

	if (len >= (int)sizeof text)
		len = (int)sizeof text - 1;
	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0)
		abort(); /* nobody can be told; the process ends all the same */
	abort();
}
