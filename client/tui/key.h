#pragma once
/* Keys as people call them, whatever the terminal sends. */
#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

enum key_code {
	K_NOTHING,
	K_TEXT, /* a character: 'wc' */
	K_ENTER,
	K_TAB,
	K_BACKTAB,
	K_ESCAPE,
	K_BACKSPACE,
	K_DELETE,
	K_INSERT,
	K_UP,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_PAGE_UP,
	K_PAGE_DOWN,
	K_HOME,
	K_END,
	K_CONTROL,  /* Ctrl with 'wc', an upper-case letter or \ */
	K_FUNCTION, /* F'wc', 1 to 12 */
	K_CLICK,    /* at 'y', 'x'; 'wc' 2: twice */
	K_WHEEL_UP,
	K_WHEEL_DOWN,
};

struct key {
	enum key_code code;
	wchar_t wc;
	int y, x;
};

/* From what is written in a table of actions: "F3", "Ctrl-K", "Enter", "a", "Space", "PgUp". */
struct key key_named(const char *name);
/* The same the other way round; 'out' takes 32 bytes. Returns out. */
char *key_label(const struct key *k, char out[32]);
/* Is the key one of those in the list "F3|Ctrl-N"? */
bool key_is(const struct key *k, const char *names);
/* Is it a printable character? */
bool key_is_text(const struct key *k);
