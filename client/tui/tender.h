#pragma once
/*
 * How money is paid: in which ways and how much each, what was handed over, the change. It only
 * reckons and draws; the cashier's screen sends it.
 *
 * The way picked last takes what the others leave until somebody types an amount for it. So a digit
 * is enough for the whole, and a smaller amount or too little cash leaves the rest to the next
 * digit.
 */
#include <stdbool.h>
#include <stdint.h>

#include "client/tui/canvas.h"
#include "client/tui/inputs.h"
#include "client/tui/key.h"
#include "common/arena.h"
#include "common/err.h"

#define TENDER_WAYS 8
#define TENDER_ANY (-1) /* nothing is due: as much as somebody likes */

struct tender {
	struct {
		char code[17]; /* "cash", "card" */
		bool chosen, typed;
	} ways[TENDER_WAYS];
	size_t n_ways;
	int64_t due; /* what is to be paid, in minor units */
	int digits;
	bool at_ways, focused; /* the line of ways hears the keys; anything here does */
	struct inputs inputs;
	struct input of[2 * TENDER_WAYS + 2];
};

/* "cash|card|qr": what there is to pay with, as the declarations have it. */
const char *tender_ways(void);
void tender_init(struct tender *t, const char *ways);
void tender_free(struct tender *t);
/* So much is due now, or TENDER_ANY. */
void tender_due(struct tender *t, int64_t due, const char *currency);
/* Nothing is paid yet. */
void tender_clear(struct tender *t);
/* Picks the n-th way, from 0 on, and goes to what is typed for it. False: there is none. */
bool tender_pick(struct tender *t, size_t n);
void tender_focus(struct tender *t, bool focused);
bool tender_key(struct tender *t, const struct key *k);
/* Is the payer's field typed into? */
bool tender_at_payer(const struct tender *t);
/* Lines it needs, and what it draws into them. 'customer': who pays if nobody is named. */
int tender_lines(const struct tender *t);
void tender_draw(struct tender *t, const struct area *a, const char *customer);

/* Has anything been typed or picked? */
bool tender_dirty(const struct tender *t);
/* What is paid in all; what of it is handed over too much, or 0. */
int64_t tender_sum(struct tender *t);
int64_t tender_change(struct tender *t);
/* Cash is among it. */
bool tender_has_cash(struct tender *t);
/* Why it cannot be taken so; NULL: it can. */
const char *tender_why_not(struct tender *t);
/* The n-th of what is paid, as calls take it: "cash=100", "card=26.80:A1B2". NULL: no more of them,
 * or no memory. */
const char *tender_paid(struct tender *t, size_t n, struct arena *mem);
/* What was handed over in cash, in minor units; "": nobody said. */
const char *tender_tendered(struct tender *t, struct arena *mem);
const char *tender_payer(struct tender *t);
void tender_set_payer(struct tender *t, const char *payer);
const char *tender_note(struct tender *t);
