#include "client/cli/term.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

bool color_wanted(const struct color_case *c)
{
	if (c->mode != COLOR_AUTO)
		return c->mode == COLOR_ALWAYS;
	if (c->no_color != NULL && c->no_color[0] != '\0')
		return false;
	if (c->clicolor_force != NULL && c->clicolor_force[0] != '\0' &&
	    strcmp(c->clicolor_force, "0") != 0)
		return true;
	if (c->term != NULL && strcmp(c->term, "dumb") == 0)
		return false;
	return c->tty;
}

static int term_env_number(const char *name)
{
	const char *text = getenv(name);
	long n = text != NULL ? strtol(text, NULL, 10) : 0;

	return n > 0 && n < 10000 ? (int)n : 0;
}

static void term_size(struct term *t)
{
	struct winsize ws = { 0 };

	t->width = t->height = 0;
	if (ioctl(t->out_tty ? STDOUT_FILENO : STDERR_FILENO, TIOCGWINSZ, &ws) == 0) {
		t->width = ws.ws_col;
		t->height = ws.ws_row;
	}
	if (term_env_number("COLUMNS") > 0)
		t->width = term_env_number("COLUMNS");
	if (term_env_number("LINES") > 0)
		t->height = term_env_number("LINES");
	if (t->width <= 0)
		t->width = 80;
	if (t->height <= 0)
		t->height = 24;
}

void term_init(struct term *t, enum color_mode mode)
{
	struct color_case c = { .mode = mode,
				.no_color = getenv("NO_COLOR"),
				.clicolor_force = getenv("CLICOLOR_FORCE"),
				.term = getenv("TERM") };
	struct stat st;

	t->in_tty = isatty(STDIN_FILENO) == 1;
	t->out_tty = isatty(STDOUT_FILENO) == 1;
	t->err_tty = isatty(STDERR_FILENO) == 1;
	t->out_is_file = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	c.tty = t->out_tty;
	t->out_color = color_wanted(&c);
	c.tty = t->err_tty;
	t->err_color = color_wanted(&c);
	t->dumb = c.term == NULL || c.term[0] == '\0' || strcmp(c.term, "dumb") == 0;
	term_size(t);
}

bool term_can_ask(const struct term *t)
{
	return t->in_tty && t->err_tty && !t->dumb;
}

void term_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}
