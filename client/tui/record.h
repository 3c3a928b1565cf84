#pragma once
/*
 * One thing in full: its fields by name, what belongs to it below as lists. It is lines that
 * scroll; lines that stand for a thing of its own can be gone to.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "common/rules.h"

struct record_line {
	const char *label, *text; /* label NULL: a whole line */
	enum style style;
	const ProtobufCMessage *row; /* it stands for; NULL: nothing */
};

struct record {
	struct arena mem;
	bool open;
	struct record_line *lines;
	size_t n, at, first;
	int page, label_width;
	bool cursor; /* lines can be gone to; else it only scrolls */
};

void record_init(struct record *r, bool cursor);
/* From a message as its rules tell it. NULL: nothing. */
void record_set(struct record *r, const struct message_rules *rules, const ProtobufCMessage *msg);
void record_draw(struct record *r, const struct area *a, bool focused);
bool record_key(struct record *r, const struct key *k);
/* What the line under the cursor stands for; NULL: nothing. */
const ProtobufCMessage *record_row(const struct record *r);
void record_free(struct record *r);
