#pragma once
/*
 * What a payer owes, with marks on what is to be paid now; what he paid before; what is held for
 * him. Marks are on bills: a bill is paid or not, its lines stand together.
 */
#include "client/tui/pane.h"
#include "client/tui/payer.h"

#define DUES_BILLS_MAX 100 /* that a payment can name */

struct dues {
	struct app *app;
	const struct payer *payer;
	struct pane due, paid;
	struct source prepaid, deposits;
	bool fresh;                 /* nothing is known of this payer yet */
	void (*changed)(void *arg); /* there is another answer */
	void *arg;
};

void dues_init(struct dues *d, struct app *app, const struct payer *payer,
	       void (*changed)(void *arg), void *arg);
void dues_free(struct dues *d);
/* The payer is another one. */
void dues_ask(struct dues *d);
void dues_changed(struct dues *d, const char *entity);
/* The answer about this payer is on its way. */
bool dues_is_asked(const struct dues *d);
/* Number, name and place of who pays; "" while that is not known. In 'mem'. */
const char *dues_payer(const struct dues *d, const char *field, struct arena *mem);
const char *dues_currency(const struct dues *d, struct arena *mem);
/* Marks the bill under the cursor, or no more; all of them, or none if all are. */
void dues_mark(struct dues *d);
void dues_mark_all(struct dues *d);
void dues_mark_bill(struct dues *d, const char *bill);
void dues_unmark(struct dues *d);
/* What is open of the marked lines, or of all if none is marked; how many are marked. */
int64_t dues_open(const struct dues *d, size_t *ret_marked);
/* The bills with a mark, or all; each once. Returns how many. */
size_t dues_bills(const struct dues *d, bool all, const char *ret[DUES_BILLS_MAX],
		  struct arena *mem);
/* Are some, but not all, of the lines marked? */
bool dues_some_marked(const struct dues *d);
/* "in advance 20.00  prepaid 12.30  deposits 300.00"; in 'mem'. */
const char *dues_held(const struct dues *d, struct arena *mem);
