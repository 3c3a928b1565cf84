#pragma once
/*
 * What a field can hold, as a list beside the form: narrowed by what is typed, each entry with its
 * number, which is its code. Nothing has to be opened or closed; whoever knows the code types it.
 *
 *   pick_begin() -> pick_add() ... -> pick_narrow() / pick_key() / pick_take() / pick_draw() ...
 * pick_free()
 */
#include <stdbool.h>
#include <stddef.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "common/arena.h"

struct pick_item {
	const char *value,
		*detail; /* what the field holds then; dimmed behind it, "" for nothing */
	const void *data;
};

struct pick {
	struct arena mem;
	bool open;
	struct pick_item *items;
	size_t n;
	size_t *shown, n_shown;
	int at; /* among those shown; -1: the cursor is in the field */
	int first, page;
};

/* Empties the list. */
void pick_begin(struct pick *p);
/* Texts are copied. */
void pick_add(struct pick *p, const char *value, const char *detail, const void *data);
/* Shows what 'typed' may mean, best first; "" or a number: all. */
void pick_narrow(struct pick *p, const char *typed);
/* Moves the cursor into the list, in it, and out of it again. True: taken. */
bool pick_key(struct pick *p, const struct key *k);
/* Under the cursor; NULL: it is in the field. */
const struct pick_item *pick_current(const struct pick *p);
/* What 'typed' means: the entry of that name, of that number, else the one it fits best; NULL:
 * none. */
const struct pick_item *pick_take(const struct pick *p, const char *typed);
/* In as many columns as its texts leave room for. */
void pick_draw(struct pick *p, const struct area *a);
void pick_free(struct pick *p);
