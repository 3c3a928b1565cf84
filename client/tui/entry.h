#pragma once
/*
 * A form made from the declaration of a request: labels, limits, choices and help come from there.
 * It holds texts; the request is made of them when it is to be sent.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/edit.h"
#include "client/tui/key.h"
#include "common/rules.h"
#include "common/wire.h"

#define ENTRY_TEXT 16384

/* Where a field stands on a form that was laid out by hand: its label begins at 'x', what is typed
 * behind it. */
struct entry_place {
	const char *name, *label; /* label NULL: the declared one; N_() */
	int y, x, label_width, width, lines;
};

struct entry_field {
	unsigned index;                       /* in rules->fields */
	const struct message_rules *rules;    /* of the request */
	const ProtobufCFieldDescriptor *desc; /* of a pair: named "answer.quality" */
	const struct field_rule *rule;
	const char *label; /* in their language */
	char *text;        /* what stands in it, on the heap; NULL: nothing */
	const char *fault; /* what is wrong with it; NULL: nothing that is known */
	bool fixed;        /* given, not to be changed here */
	bool coded;        /* holds words of the daemon's tables: shown in people's language */
	bool unseen;       /* the layout has no place for it: it is kept and sent, not shown */
	const char
		*pair; /* it is one "quality=..." of a repeated field; NULL: a field of its own */
	const struct entry_place *place; /* NULL: there is no layout */
	int lines;                       /* it takes on screen */
	int y;                           /* its first line, from the form's beginning */
};

struct entry {
	const struct rpc_method *m;
	struct arena mem; /* as long as the form */
	struct entry_field *fields;
	size_t n_fields, at;
	struct edit *edit; /* of fields[at], or NULL */
	int edit_width;    /* it was made for */
	int top, width;    /* scrolled so far; at the last drawing */
	bool laid_out;     /* by hand */
	bool no_hints;     /* what a field can hold is told by whoever shows the form */
	int label_widest;  /* columns; 0: as usual */
	bool dirty;        /* somebody typed */
	uint64_t changes;
};

/* Is it one that people fill in? Clients fill the others by themselves. */
bool entry_shows(const struct rpc_method *m, unsigned field);
/* 'order': names of the fields to be shown, blank-separated; NULL: all that people fill in, those
 * that must be first. False: no memory. */
bool entry_init(struct entry *f, const struct rpc_method *m, const char *order);
void entry_free(struct entry *f);
/* Where fields stand; those not named are unseen. 'places' must live as long as the form or until
 * the next layout. */
void entry_layout(struct entry *f, const struct entry_place *places, size_t n);
/* One more field, whose text goes into the repeated field 'name' as "code=text". 'choices': "a|b",
 * or NULL. False: no memory. */
bool entry_add_pair(struct entry *f, const char *name, const char *code, const char *label,
		    const char *choices, bool required);
/* Other choices than the declared ones, or the same in another order. */
void entry_choices(struct entry *f, const char *name, const char *choices);
void entry_draw(struct entry *f, const struct area *a, bool focused);
/* True: taken. */
bool entry_key(struct entry *f, const struct key *k);
struct entry_field *entry_field(const struct entry *f, const char *name);
/* "" if there is nothing. */
const char *entry_text(const struct entry *f, const char *name);
void entry_set(struct entry *f, const char *name, const char *text);
void entry_go(struct entry *f, const char *name);
/* Takes what is being typed into the field. */
void entry_keep(struct entry *f);
struct entry_field *entry_current(const struct entry *f);
/* Its choices on one line, each with the digit that is its code. Returns the columns taken. */
int entry_draw_choices(const struct entry_field *field, const struct area *a, int y, int x,
		       enum style style);
/* The n-th of a field's choices, from 0 on, in 'out' (64 bytes); false: there are not so many. */
bool entry_choice(const struct entry_field *field, size_t n, char out[64]);
/* A field's text as people read it: a choice in their language. */
const char *entry_shown(const struct entry_field *field, const char *text);
/* The request as it is now. INVALID_ARGUMENT: a field holds no such value; it is marked, and the
 * first of them is gone to. */
enum st_code entry_request(struct entry *f, struct arena *mem, ProtobufCMessage **ret,
			   struct st_err *err) ST_MUSTCHECK;
/* Marks fields by what the daemon said of them; true: one of them is here. */
bool entry_faults(struct entry *f, const struct st_err *err, const struct violation *v, size_t n);
/* Lines that it takes in all, at the width of the last drawing. */
int entry_height(const struct entry *f);
