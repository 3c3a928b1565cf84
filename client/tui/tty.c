#include "client/tui/tty.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <panel.h>

#define ESCAPE_MS 25 /* in which the rest of a key's sequence comes */

static struct {
	SCREEN *screen;
	WINDOW *input; /* a pad: reading from it draws nothing */
	PANEL *panels[TTY_LAYERS];
	bool ascii;
} tty;

enum st_code tty_open(const struct tty_options *o, struct st_err *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_TERMINAL", NULL,
			       "this needs a terminal; in scripts use the commands of steward");
	if (term == NULL || strcmp(term, "dumb") == 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_TERMINAL", NULL,
			       "TERM names a terminal that cannot move its cursor");
	tty.screen = newterm(NULL, stdout, stdin);
	if (tty.screen == NULL)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_TERMINAL", NULL,
			       "nothing is known of a terminal called %s", term);
	(void)raw();
	(void)noecho();
	(void)nonl();
	(void)set_escdelay(ESCAPE_MS);
	tty.input = newpad(1, 1);
	(void)keypad(tty.input, TRUE);
	(void)nodelay(tty.input, TRUE);
	tty.ascii = o->ascii;
	theme_use(o->theme);
	(void)mouseinterval(0);
	if (!o->no_mouse)
		(void)mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	return ST_OK;
}

static void tty_drop_panels(size_t from)
{
	for (size_t i = from; i < TTY_LAYERS; i++) {
		WINDOW *w;

		if (tty.panels[i] == NULL)
			continue;
		w = panel_window(tty.panels[i]);
		(void)del_panel(tty.panels[i]);
		(void)delwin(w);
		tty.panels[i] = NULL;
	}
}

void tty_close(void)
{
	if (tty.screen == NULL)
		return;
	tty_drop_panels(0);
	(void)endwin();
}

void tty_free(void)
{
	if (tty.screen == NULL)
		return;
	(void)delwin(tty.input);
	delscreen(tty.screen);
	tty.screen = NULL;
}

void tty_size(int *ret_height, int *ret_width)
{
	*ret_height = LINES;
	*ret_width = COLS;
}

void tty_resized(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		return;
	tty_drop_panels(0);
	(void)resizeterm(size.ws_row, size.ws_col);
}

void tty_redraw(void)
{
	(void)clearok(curscr, TRUE);
}

static const cchar_t *tty_line(enum cell_line line)
{
	switch (line) {
	case CELL_HLINE:
		return WACS_HLINE;
	case CELL_VLINE:
		return WACS_VLINE;
	case CELL_UPPER_LEFT:
		return WACS_ULCORNER;
	case CELL_UPPER_RIGHT:
		return WACS_URCORNER;
	case CELL_LOWER_LEFT:
		return WACS_LLCORNER;
	case CELL_LOWER_RIGHT:
		return WACS_LRCORNER;
	default:
		return NULL;
	}
}

static void tty_put_cell(WINDOW *w, int y, int x, const struct cell *cell)
{
	static const char *const ascii[] = { NULL, "-", "|", "+", "+", "+", "+" };
	attr_t attributes = theme_attributes(cell->style);
	const char *text = cell->text;
	wchar_t wide[CCHARW_MAX + 1];
	cchar_t c;

	if (cell->line == CELL_TEXT && text[0] == '\0')
		return; /* the right half of what stands on the left */
	if (cell->line != CELL_TEXT && !tty.ascii) {
		short pair;
		attr_t own;

		c = *tty_line(cell->line);
		(void)getcchar(&c, wide, &own, &pair, NULL);
		(void)setcchar(&c, wide, own | attributes, theme_pair(cell->style), NULL);
	} else {
		size_t n;

		if (cell->line != CELL_TEXT)
			text = ascii[cell->line];
		n = mbstowcs(wide, text, CCHARW_MAX);
		wide[n == (size_t)-1 ? 0 : n] = L'\0';
		(void)setcchar(&c, n == (size_t)-1 || n == 0 ? L" " : wide, attributes,
			       theme_pair(cell->style), NULL);
	}
	(void)mvwadd_wch(w, y, x, &c);
}

static WINDOW *tty_window(size_t i, const struct layer *l)
{
	WINDOW *w = tty.panels[i] != NULL ? panel_window(tty.panels[i]) : NULL;

	if (w != NULL && getmaxy(w) == l->canvas->height && getmaxx(w) == l->canvas->width &&
	    getbegy(w) == l->y && getbegx(w) == l->x)
		return w;
	tty_drop_panels(i);
	w = newwin(l->canvas->height, l->canvas->width, l->y, l->x);
	if (w == NULL)
		return NULL;
	tty.panels[i] = new_panel(w);
	return w;
}

void tty_show(const struct layer *layers, size_t n)
{
	int cursor_y = -1, cursor_x = -1;

	for (size_t i = 0; i < n && i < TTY_LAYERS; i++) {
		const struct canvas *c = layers[i].canvas;
		WINDOW *w = tty_window(i, &layers[i]);

		if (w == NULL)
			return;
		for (int y = 0; y < c->height; y++)
			for (int x = 0; x < c->width; x++)
				tty_put_cell(w, y, x,
					     &c->cells[(size_t)y * (size_t)c->width + (size_t)x]);
		cursor_y = c->cursor_y < 0 ? -1 : c->cursor_y + layers[i].y;
		cursor_x = c->cursor_x + layers[i].x;
	}
	tty_drop_panels(n);
	update_panels();
	(void)curs_set(cursor_y >= 0 ? 1 : 0);
	if (cursor_y >= 0)
		(void)wmove(newscr, cursor_y, cursor_x);
	(void)doupdate();
}

static struct key tty_mouse(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return (struct key){ .code = K_NOTHING };
	if (event.bstate & BUTTON4_PRESSED)
		return (struct key){ .code = K_WHEEL_UP, .y = event.y, .x = event.x };
	if (event.bstate & BUTTON5_PRESSED)
		return (struct key){ .code = K_WHEEL_DOWN, .y = event.y, .x = event.x };
	return (struct key){ .code = K_CLICK, .y = event.y, .x = event.x };
}

static struct key tty_special(wint_t code)
{
	static const struct {
		wint_t curses;
		enum key_code code;
	} keys[] = {
		{ KEY_ENTER, K_ENTER },
		{ KEY_BTAB, K_BACKTAB },
		{ KEY_BACKSPACE, K_BACKSPACE },
		{ KEY_DC, K_DELETE },
		{ KEY_IC, K_INSERT },
		{ KEY_UP, K_UP },
		{ KEY_DOWN, K_DOWN },
		{ KEY_LEFT, K_LEFT },
		{ KEY_RIGHT, K_RIGHT },
		{ KEY_PPAGE, K_PAGE_UP },
		{ KEY_NPAGE, K_PAGE_DOWN },
		{ KEY_HOME, K_HOME },
		{ KEY_END, K_END },
	};

	if (code == KEY_MOUSE)
		return tty_mouse();
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return (struct key){ .code = K_FUNCTION, .wc = (wchar_t)(code - KEY_F0) };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].curses == code)
			return (struct key){ .code = keys[i].code };
	return (struct key){ .code = K_NOTHING };
}

static struct key tty_plain(wint_t code)
{
	switch (code) {
	case '\r':
	case '\n':
		return (struct key){ .code = K_ENTER };
	case '\t':
		return (struct key){ .code = K_TAB };
	case 0x1b:
		return (struct key){ .code = K_ESCAPE };
	case 0x7f:
	case 0x08:
		return (struct key){ .code = K_BACKSPACE };
	default:
		break;
	}
	if (code < 0x20)
		return (struct key){ .code = K_CONTROL, .wc = (wchar_t)(code + 0x40) };
	return (struct key){ .code = K_TEXT, .wc = (wchar_t)code };
}

bool tty_read(struct key *ret)
{
	wint_t code;

	switch (wget_wch(tty.input, &code)) {
	case OK:
		*ret = tty_plain(code);
		return true;
	case KEY_CODE_YES:
		*ret = tty_special(code);
		return true;
	default:
		return false;
	}
}

#define COPY_MOST 4000 /* bytes; terminals take no more than some thousand */

void tty_copy(const char *text)
{
	unsigned char coded[COPY_MOST / 3 * 4 + 8];
	size_t len = strlen(text);

	if (tty.screen == NULL)
		return;
	len = len < COPY_MOST ? len : COPY_MOST;
	(void)EVP_EncodeBlock(coded, (const unsigned char *)text, (int)len);
	(void)printf("\033]52;c;%s\a", coded);
	(void)fflush(stdout);
}
