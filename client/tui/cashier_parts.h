#pragma once
/* What the cashier's screen (cashier.c) and the taking of money (cashier_take.c) share. */
#include "client/tui/dues.h"
#include "client/tui/payer.h"
#include "client/tui/screen.h"
#include "client/tui/tender.h"
#include "client/tui/till.h"

enum cashier_part { PART_BOX, PART_DUE, PART_TENDER, PART_PAID };
enum cashier_purpose { FOR_DUES, FOR_PREPAID, FOR_DEPOSIT };

struct cashier {
	struct screen s;
	enum cashier_part at; /* hears the keys */
	struct payer payer;
	struct dues dues;
	struct source shift; /* the cashier's own, while it is open */
	struct tender tender;
	struct till till;
	enum cashier_purpose purpose;
	char purpose_of[40]; /* the balance (PA-1001); the deposit's purpose (fit_out) */
	int64_t open;        /* what is to be paid */
	size_t marked;
	char receipt[41]; /* the last one */
	bool drawer;      /* what is on its way is paid in cash */
	/* At the last drawing, for clicks; both lists were there. */
	struct area tender_inside, box_inside;
	bool both;
};

static inline struct cashier *cashier_of(const struct screen *s)
{
	return (struct cashier *)s;
}

/* The open shift; NULL: none is, or that is not known. */
const ProtobufCMessage *cashier_shift(const struct cashier *c);
/* Marks, or what is owed, have changed. */
void cashier_reckon(struct cashier *c);
void cashier_go(struct cashier *c, enum cashier_part part);

/* cashier_take.c */
const char *cashier_no_take(const struct screen *s);
void cashier_take(struct screen *s);
const char *cashier_no_purpose(const struct screen *s);
/* Asks what the money is for. */
void cashier_ask_purpose(struct screen *s);
void cashier_set_purpose(struct cashier *c, enum cashier_purpose purpose, const char *of);
/* "top-up of PA-1001"; in 'mem'. */
const char *cashier_purpose_text(const struct cashier *c, struct arena *mem);
void cashier_on_taken(void *arg, const struct call_result *r, const struct uuid *key);
const char *cashier_no_receipt(const struct screen *s);
void cashier_print_last(struct screen *s);
/* The call that Ctrl-S would make, as a command. */
void cashier_command(struct screen *s);

/* cashier_rows.c: with what is under the cursor; why that cannot be done. */
const char *cashier_no_line(const struct screen *s);
void cashier_before(struct screen *s);
void cashier_mark(struct screen *s);
void cashier_mark_all(struct screen *s);
const char *cashier_no_row(const struct screen *s);
void cashier_show(struct screen *s);
void cashier_waive(struct screen *s);
void cashier_dispute(struct screen *s);
void cashier_print_row(struct screen *s);
const char *cashier_no_print(const struct screen *s);
const char *cashier_no_paid(const struct screen *s);
void cashier_void(struct screen *s);
void cashier_refund(struct screen *s);
