#include "client/look/text.h"

#include <ctype.h>
#include <string.h>
#include <wchar.h>

/* One character: its bytes and its columns. What is not valid counts as one byte, one column. */
static size_t text_next(const char *s, int *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wc;
	size_t n = mbrtowc(&wc, s, strlen(s), &state);

	if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
		*ret_columns = 1;
		return 1;
	}
	*ret_columns = wcwidth(wc);
	return n;
}

static bool text_is_control(const char *s, size_t n, int columns)
{
	return columns < 0 || (n == 1 && ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f));
}

const char *text_clean(const char *s, bool lines, struct arena *mem)
{
	char *out = arena_alloc(mem, strlen(s) * 4 + 1), *to = out;

	while (out != NULL && *s != '\0') {
		int columns;
		size_t n = text_next(s, &columns);

		if (*s == '\n' && lines) {
			*to++ = '\n';
		} else if (*s == '\n' || *s == '\t' || *s == '\r') {
			*to++ = ' ';
		} else if (text_is_control(s, n, columns)) {
			for (size_t i = 0; i < n; i++)
				to += snprintf(to, 5, "\\x%02x", (unsigned char)s[i]);
		} else {
			memcpy(to, s, n);
			to += n;
		}
		s += n;
	}
	return out;
}

void text_put(FILE *out, const char *s)
{
	struct arena mem;
	const char *clean;

	arena_init(&mem, 1 << 20);
	clean = text_clean(s, false, &mem);
	(void)fputs(clean != NULL ? clean : "", out);
	arena_fini(&mem);
}

size_t text_width(const char *s)
{
	size_t width = 0;

	while (*s != '\0') {
		int columns;

		s += text_next(s, &columns);
		width += columns > 0 ? (size_t)columns : 0;
	}
	return width;
}

const char *text_cut(const char *s, size_t width, struct arena *mem)
{
	size_t used = 0, at = 0;

	if (text_width(s) <= width)
		return s;
	while (s[at] != '\0') {
		int columns;
		size_t n = text_next(s + at, &columns);

		if (columns > 0 && used + (size_t)columns + 1 > width)
			break;
		used += columns > 0 ? (size_t)columns : 0;
		at += n;
	}
	return arena_printf(mem, "%.*s~", (int)at, s);
}

/* How many bytes of the line fit: up to the last blank before the limit if there is one. */
static size_t text_fit(const char *s, size_t width)
{
	size_t used = 0, at = 0, blank = 0;

	while (s[at] != '\0' && s[at] != '\n') {
		int columns;
		size_t n = text_next(s + at, &columns);

		if (s[at] == ' ')
			blank = at;
		if (columns > 0 && used + (size_t)columns > width)
			return blank > 0 ? blank : (at > 0 ? at : n);
		used += columns > 0 ? (size_t)columns : 0;
		at += n;
	}
	return at;
}

void text_wrap(FILE *out, const char *s, size_t width, size_t indent)
{
	while (*s != '\0') {
		size_t n = width > 0 ? text_fit(s, width) : strcspn(s, "\n");

		(void)fwrite(s, 1, n, out);
		s += n;
		if (*s == '\0')
			return;
		s += *s == '\n' || *s == ' ' ? 1 : 0;
		(void)fprintf(out, "\n%*s", (int)indent, "");
	}
}

char *text_upper(const char *s, struct arena *mem)
{
	char *text = arena_strdup(mem, s);

	for (char *c = text; c != NULL && *c != '\0'; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	return text;
}
