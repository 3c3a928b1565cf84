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

struct entry_field {
	unsigned index; /* in rules->fields */
	const ProtobufCFieldDescriptor *desc;
	const struct field_rule *rule;
	const char *label;
	char *text;        /* what stands in it, on the heap; NULL: nothing */
	const char *fault; /* what is wrong with it; NULL: nothing that is known */
	bool fixed;        /* given, not to be changed here */
	int lines;         /* it takes on screen */
	int y;             /* its first line, from the form's beginning */
};

struct entry {
	const struct rpc_method *m;
	struct arena mem; /* as long as the form */
	struct entry_field *fields;
	size_t n_fields, at;
	struct edit *edit; /* of fields[at], or NULL */
	int edit_width;    /* it was made for */
	int top, width;    /* scrolled so far; at the last drawing */
	bool dirty;        /* somebody typed */
	uint64_t changes;
};

/* Is it one that people fill in? Clients fill the others by themselves. */
bool entry_shows(const struct rpc_method *m, unsigned field);
/* 'order': names of the fields to be shown, blank-separated; NULL: all that people fill in, those
 * that must be first. False: no memory. */
bool entry_init(struct entry *f, const struct rpc_method *m, const char *order);
void entry_free(struct entry *f);
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
struct entry_field *entry_current(struct entry *f);
/* The request as it is now. INVALID_ARGUMENT: a field holds no such value; it is marked, and the
 * first of them is gone to. */
enum st_code entry_request(struct entry *f, struct arena *mem, ProtobufCMessage **ret,
			   struct st_err *err) ST_MUSTCHECK;
/* Marks fields by what the daemon said of them; true: one of them is here. */
bool entry_faults(struct entry *f, const struct st_err *err, const struct violation *v, size_t n);
/* Lines that it takes in all, at the width of the last drawing. */
int entry_height(const struct entry *f);
