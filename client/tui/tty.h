#pragma once
/*
 * The terminal: the only place that knows ncurses' screen and keyboard. A picture is a stack of
 * sheets, the lowest as large as the terminal, each a panel.
 *
 *   tty_open() -> tty_show() / tty_read() -> tty_close() -> tty_free()
 */
#include <stdbool.h>
#include <stddef.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "client/tui/theme.h"
#include "common/err.h"

#define TTY_LAYERS 8

struct layer {
	struct canvas *canvas;
	int y, x;
};

struct tty_options {
	enum theme theme;
	bool ascii; /* lines of - | + */
	bool no_mouse;
};

/* FAILED_PRECONDITION: standard input or output is no terminal, or one that cannot move its cursor.
 */
enum st_code tty_open(const struct tty_options *o, struct st_err *err) ST_MUSTCHECK;
/* Leaves the terminal as it was. May be called at any time, also twice. */
void tty_close(void);
/* Gives back what ncurses holds; after the screens, whose editors stand on it. */
void tty_free(void);
void tty_size(int *ret_height, int *ret_width);
/* After SIGWINCH. */
void tty_resized(void);
/* Everything is drawn anew with the next tty_show(): something else wrote on the terminal. */
void tty_redraw(void);
void tty_show(const struct layer *layers, size_t n);
/* The next key that is waiting; false: none is. Never waits (but the 25 ms in which the rest of a
 * key that begins with Esc comes). */
bool tty_read(struct key *ret);
/* Sends text to the terminal's clipboard (OSC 52). */
void tty_copy(const char *text);
