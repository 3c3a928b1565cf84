#include "proto/gen/text.h"

#include <ctype.h>
#include <string.h>

char *text_symbol(struct gen *g, const char *name)
{
	char *out = mem_array(g, strlen(name) * 2 + 1, 1), *to = out;
	bool after_upper = true;

	for (const char *c = name; *c != 0; c++) {
		bool upper = isupper((unsigned char)*c);

		if (*c == '.') {
			*to++ = '_';
			*to++ = '_';
			after_upper = true;
			continue;
		}
		if (upper && !after_upper)
			*to++ = '_';
		*to++ = (char)tolower((unsigned char)*c);
		after_upper = upper;
	}
	return out;
}

char *text_split(struct gen *g, const char *camel, char separator)
{
	return text_replace(g, text_symbol(g, camel), '_', separator);
}

char *text_replace(struct gen *g, const char *s, char from, char to)
{
	char *out = mem_strndup(g, s, strlen(s));

	for (char *c = out; *c != 0; c++)
		if (*c == from)
			*c = to;
	return out;
}

/* The end of the line and its first and last character that is no blank. */
static const char *line_trim(const char *line, const char **ret_first, const char **ret_last)
{
	const char *end = strchr(line, '\n');
	const char *next = end != NULL ? end + 1 : line + strlen(line);

	if (end == NULL)
		end = next;
	while (line < end && isspace((unsigned char)*line))
		line++;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*ret_first = line;
	*ret_last = end;
	return next;
}

char *text_help(struct gen *g, const char *comment)
{
	char *out, *to;
	bool gap = false;

	if (comment == NULL)
		comment = "";
	out = to = mem_array(g, strlen(comment) * 2 + 3, 1);
	while (*comment != 0) {
		const char *first, *last;
		bool blank = true;

		comment = line_trim(comment, &first, &last);
		if (first == last) {
			gap = to != out;
			continue;
		}
		if (to != out)
			*to++ = gap ? '\n' : ' ';
		if (gap)
			*to++ = '\n';
		gap = false;
		for (const char *c = first; c < last; c++) {
			bool space = isspace((unsigned char)*c);

			if (!space)
				*to++ = *c;
			else if (!blank)
				*to++ = ' ';
			blank = space;
		}
	}
	return out;
}

char *text_summary(struct gen *g, const char *help)
{
	const char *end = help;

	while (*end != 0 && *end != '\n') {
		if (*end == '.' && (end[1] == ' ' || end[1] == '\n' || end[1] == 0))
			return mem_strndup(g, help, (size_t)(end + 1 - help));
		end++;
	}
	return mem_strndup(g, help, (size_t)(end - help));
}

bool text_is_name(const char *s)
{
	if (!(*s >= 'a' && *s <= 'z'))
		return false;
	for (; *s != 0; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '_')
			return false;
	return true;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool text_has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if ((at == text || !is_name_char(at[-1])) && !is_name_char(at[len]))
			return true;
	return false;
}

static void c_char(FILE *f, char c, char before)
{
	if (c == '\n')
		fputs("\\n", f);
	else if (c == '\t')
		fputs("\\t", f);
	else if (c == '"' || c == '\\' || (c == '?' && before == '?'))
		fprintf(f, "\\%c", c);
	else if ((unsigned char)c < 0x20 || c == 0x7f)
		fprintf(f, "\\%03o", (unsigned)c);
	else
		fputc(c, f);
}

void c_string(FILE *f, const char *s, bool wrap)
{
	size_t column = 0;

	if (s == NULL) {
		fputs("NULL", f);
		return;
	}
	fputc('"', f);
	for (const char *c = s; *c != 0; c++) {
		bool line_end = *c == '\n' && c[1] != '\n';

		c_char(f, *c, c > s ? c[-1] : 0);
		column++;
		if (c[1] != 0 && (line_end || (wrap && column > 64 && *c == ' '))) {
			fputs("\"\n\t\t\t\"", f);
			column = 0;
		}
	}
	fputc('"', f);
}
