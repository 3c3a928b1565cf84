#include "client/tui/edit.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <form.h>

#include "common/err.h"

struct edit {
	FORM *form;
	FIELD *fields[2];
	WINDOW *pad;
	int lines, width;
	uint32_t max;
	bool secret;
};

static bool edit_build(struct edit *e, const char *text)
{
	FIELD *f = new_field(e->lines, e->width, 0, 0, 0, 0);

	if (f == NULL)
		return false;
	e->fields[0] = f;
	(void)field_opts_off(f, O_AUTOSKIP | O_BLANK);
	if (e->lines == 1) {
		(void)field_opts_off(f, O_STATIC | O_WRAP);
		(void)set_max_field(f, e->max > 0 ? (int)e->max : 2000);
	} else {
		(void)field_opts_off(f, O_STATIC);
		(void)set_max_field(f, 200);
	}
	(void)set_field_buffer(f, 0, text);
	e->form = new_form(e->fields);
	e->pad = newpad(e->lines, e->width);
	if (e->form == NULL || e->pad == NULL)
		return false;
	(void)form_opts_off(e->form, O_BS_OVERLOAD | O_NL_OVERLOAD);
	(void)set_form_win(e->form, e->pad);
	(void)set_form_sub(e->form, e->pad);
	if (post_form(e->form) != E_OK)
		return false;
	(void)form_driver(e->form, REQ_END_FIELD);
	return true;
}

struct edit *edit_open(const char *text, int lines, int width, uint32_t max, bool secret)
{
	struct edit *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->lines = lines;
	e->width = width > 1 ? width : 1;
	e->max = max;
	e->secret = secret;
	if (edit_build(e, text != NULL ? text : ""))
		return e;
	edit_close(e);
	return NULL;
}

void edit_close(struct edit *e)
{
	if (e == NULL)
		return;
	if (e->form != NULL) {
		(void)unpost_form(e->form);
		free_form(e->form);
	}
	if (e->fields[0] != NULL)
		free_field(e->fields[0]);
	if (e->pad != NULL)
		(void)delwin(e->pad);
	free(e);
}

static int edit_request(const struct edit *e, const struct key *k)
{
	switch (k->code) {
	case K_LEFT:
		return REQ_PREV_CHAR;
	case K_RIGHT:
		return REQ_NEXT_CHAR;
	case K_UP:
		return e->lines > 1 ? REQ_UP_CHAR : 0;
	case K_DOWN:
		return e->lines > 1 ? REQ_DOWN_CHAR : 0;
	case K_HOME:
		return REQ_BEG_LINE;
	case K_END:
		return REQ_END_LINE;
	case K_BACKSPACE:
		return REQ_DEL_PREV;
	case K_DELETE:
		return REQ_DEL_CHAR;
	case K_CONTROL:
		return k->wc == L'U'   ? REQ_CLR_FIELD
		       : k->wc == L'A' ? REQ_BEG_FIELD
		       : k->wc == L'E' ? REQ_END_FIELD
				       : 0;
	default:
		return 0;
	}
}

static size_t edit_length(const struct edit *e)
{
	struct arena mem;
	const char *text;
	size_t n = 0;

	arena_init(&mem, 4u << 20);
	text = edit_text(e, &mem);
	n = text != NULL ? mbstowcs(NULL, text, 0) : 0;
	arena_fini(&mem);
	return n == (size_t)-1 ? 0 : n;
}

bool edit_key(struct edit *e, const struct key *k)
{
	int request = edit_request(e, k);

	if (request != 0) {
		(void)form_driver(e->form, request);
		return true;
	}
	if (k->code == K_ENTER && e->lines > 1) {
		(void)form_driver(e->form, REQ_NEW_LINE);
		return true;
	}
	if (!key_is_text(k))
		return false;
	if (e->max == 0 || edit_length(e) < e->max)
		(void)form_driver_w(e->form, OK, k->wc);
	return true;
}

bool edit_at_edge(const struct edit *e, bool down)
{
	int y = getcury(e->pad);

	if (e->lines == 1)
		return true;
	return down ? y == e->lines - 1 && !data_ahead(e->form) : y == 0 && !data_behind(e->form);
}

void edit_draw(const struct edit *e, const struct area *a, int y, int x, enum style style)
{
	int cursor_y, cursor_x;

	getyx(e->pad, cursor_y, cursor_x);
	for (int row = 0; row < e->lines; row++)
		for (int column = 0; column < e->width; column++) {
			wchar_t wide[CCHARW_MAX + 1] = L" ";
			char text[CELL_BYTES * 2] = " ";
			cchar_t c;
			attr_t attributes;
			short pair;
			int columns;

			(void)mvwin_wch(e->pad, row, column, &c);
			(void)getcchar(&c, wide, &attributes, &pair, NULL);
			columns = wcwidth(wide[0]) == 2 ? 2 : 1;
			if (wcstombs(text, wide, sizeof(text)) == (size_t)-1 || text[0] == '\0' ||
			    strlen(text) >= CELL_BYTES)
				(void)snprintf(text, sizeof(text), " ");
			if (e->secret && text[0] != ' ')
				(void)snprintf(text, sizeof(text), "*");
			area_cell(a, y + row, x + column, style, text, columns);
			column += columns - 1;
		}
	(void)wmove(e->pad, cursor_y, cursor_x);
	area_cursor(a, y + cursor_y, x + cursor_x);
}

/* Columns of a text, and of its first word. */
static int edit_columns(const wchar_t *s, size_t n)
{
	int all = 0;

	for (size_t i = 0; i < n; i++)
		all += wcwidth(s[i]) > 0 ? wcwidth(s[i]) : 0;
	return all;
}

/* Why does the next line begin where it does: because a word did not fit, or because somebody
 * wanted it so? 'line' without the blanks at its end. */
static const wchar_t *edit_joint(const struct edit *e, const wchar_t *line, size_t n,
				 const wchar_t *next)
{
	int used = edit_columns(line, n), word = edit_columns(next, wcscspn(next, L" "));

	if (n == 0 || next[0] == L' ')
		return L"\n";
	if (used >= e->width - 1 && wcwidth(next[0]) == 2)
		return L"";
	return used + 1 + word > e->width ? (used >= e->width ? L"" : L" ") : L"\n";
}

static size_t edit_trim(const wchar_t *s, size_t n)
{
	while (n > 0 && s[n - 1] == L' ')
		n--;
	return n;
}

/* The buffer is rows padded with blanks, as many columns each as the field is wide. */
static void edit_join(const struct edit *e, const wchar_t *all, wchar_t *out)
{
	size_t len = wcslen(all);
	const wchar_t *at = all;

	len = edit_trim(all, len);
	while (at < all + len) {
		size_t n = 0, kept;
		int columns = 0;

		while (at + n < all + wcslen(all) && columns < e->width) {
			columns += wcwidth(at[n]) > 0 ? wcwidth(at[n]) : 0;
			n++;
		}
		kept = edit_trim(at, n);
		wmemcpy(out, at, kept);
		out += kept;
		if (at + n < all + len) {
			const wchar_t *joint = edit_joint(e, at, kept, at + n);

			wcscpy(out, joint);
			out += wcslen(joint);
		}
		at += n;
	}
	*out = L'\0';
}

const char *edit_text(const struct edit *e, struct arena *mem)
{
	const char *buffer;
	wchar_t *wide, *out;
	size_t n, bytes;
	char *text;

	(void)form_driver(e->form, REQ_VALIDATION);
	buffer = field_buffer(e->fields[0], 0);
	n = buffer != NULL ? mbstowcs(NULL, buffer, 0) : 0;
	if (n == (size_t)-1)
		n = 0;
	wide = arena_array(mem, wchar_t, n + 1);
	out = arena_array(mem, wchar_t, n * 2 + 2);
	if (wide == NULL || out == NULL)
		return NULL;
	if (n > 0)
		(void)mbstowcs(wide, buffer, n + 1);
	if (e->lines > 1)
		edit_join(e, wide, out);
	else
		wmemcpy(out, wide, edit_trim(wide, n));
	bytes = wcstombs(NULL, out, 0);
	text = arena_alloc(mem, (bytes == (size_t)-1 ? 0 : bytes) + 1);
	if (text != NULL && bytes != (size_t)-1)
		(void)wcstombs(text, out, bytes + 1);
	return text;
}
