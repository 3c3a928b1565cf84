#pragma once
/*
 * Where pages break. Pure: heights in, places out; knows neither text nor paper.
 *
 * A document is a row of items, each made of a number of lines. What belongs together is a chain:
 * items that each keep_next, and the one behind them. A chain goes to the next page as a whole, as
 * long as a page can hold it. An item that no page can hold is broken between its lines.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"

struct flow_item {
	double before;            /* white space above; none at the top of a page */
	double top, line, bottom; /* padding above the lines; one line; padding below */
	unsigned lines;           /* 0: one thing of height top + bottom that cannot be broken */
	bool keep_next;           /* stays on the page of the next item */
	bool breakable;           /* between lines, two at least on each side */
	double head; /* height of what is repeated above it at the top of a page; 0: nothing */
};

/* What stands where: lines [first, first + lines) of an item. */
struct flow_piece {
	size_t item;
	unsigned first, lines;
	unsigned page;
	double y, height; /* from the top of the page's room, with paddings, without 'before' */
	bool head;        /* the repeated head stands above it */
};

struct flow_room {
	double first, next; /* height of the first page's room and of all others */
	unsigned pages_max;
};

struct flow {
	struct flow_piece *pieces; /* in the arena, in order */
	size_t n_pieces;
	unsigned pages; /* 1 at least */
	double end;     /* where the last page's last piece ends */
};

double flow_item_height(const struct flow_item *item);

/*
 * OUT_OF_RANGE, reason TOO_MANY_PAGES: more than room->pages_max. OUT_OF_RANGE, reason TOO_TALL: an
 * item without lines is taller than a page; '*ret_item' says which. RESOURCE_EXHAUSTED: the arena.
 */
enum st_code flow_break(const struct flow_item *items, size_t n, const struct flow_room *room,
			struct arena *mem, struct flow *ret, size_t *ret_item,
			struct st_err *err) ST_MUSTCHECK;
