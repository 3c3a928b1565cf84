#pragma once
/*
 * A drawer counted by notes and coins, the other ways to pay declared beside it, and the reason
 * where both are not what they should be. It knows nothing of what there should be.
 */
#include <stdbool.h>
#include <stdint.h>

#include "client/look/denominations.h"
#include "client/tui/canvas.h"
#include "client/tui/inputs.h"
#include "client/tui/key.h"
#include "common/arena.h"

#define COUNT_WAYS 8

struct count {
	const int64_t *values; /* notes and coins, the largest first */
	size_t n_values;
	int digits;
	char ways[COUNT_WAYS][17]; /* but cash */
	size_t n_ways;
	bool reason;  /* it is asked for */
	size_t first; /* line of the drawer shown first */
	struct inputs inputs;
	/* Notes and coins, what else there is in cash, the ways, the reason. */
	struct input of[DENOMINATIONS_MAX + 1 + COUNT_WAYS + 1];
};

/* 'ways': "cash|card|qr", as a declaration has them. */
void count_init(struct count *c, const char *currency, const char *ways);
void count_free(struct count *c);
/* Goes to the first field, or to none. */
void count_focus(struct count *c, bool focused);
/* From now on a reason is asked for, and gone to; or no more. */
void count_ask_reason(struct count *c, bool asked);
bool count_key(struct count *c, const struct key *k);
bool count_typing(const struct count *c);
bool count_dirty(struct count *c);
/* In the drawer, in minor units; what the n-th of the other ways has. */
int64_t count_cash(struct count *c);
int64_t count_way(struct count *c, size_t n);
const char *count_reason(struct count *c);
/* Why it cannot be handed in; NULL: it can. */
const char *count_why_not(struct count *c);
/* The n-th of what was counted, as the call takes it: "cash=1325.50". NULL: no more of them. */
const char *count_text(struct count *c, size_t n, struct arena *mem);
/* Lines "100.00 x [12] = 1,200.00", then the sums. 'opening': the cash it began with. */
void count_draw_drawer(struct count *c, const struct area *a, int64_t opening);
/* A line for each other way; 'documents' says how many documents there are of it. Returns the lines
 * taken. */
int count_draw_ways(struct count *c, const struct area *a,
		    int (*documents)(const void *arg, const char *way), const void *arg);
