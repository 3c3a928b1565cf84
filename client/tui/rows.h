#pragma once
/*
 * A list of rows with headings, a cursor, marks and a filter. Its columns are those that the
 * method declares; what does not fit is narrowed, then left out from the right.
 */
#include <stdbool.h>

#include "client/look/view.h"
#include "client/tui/canvas.h"
#include "client/tui/key.h"

struct rows {
	const struct rpc_method *m; /* the list whose rows these are, or NULL */
	const char *columns;        /* instead of the declared ones; NULL: those */
	const char *name;           /* the field that marks go by; NULL: what a row is called */
	struct arena mem;           /* of what is below; anew with each rows_set() */
	bool open;                  /* 'mem' is in use */
	struct view view;
	const char ***cells;    /* of each row, as shown */
	size_t *shown, n_shown; /* after the filter */
	size_t cursor, first;   /* among those */
	int page;               /* lines at the last drawing */
	char filter[100];
	char at[80]; /* the row under the cursor by name, so that it stays there */
	char marked[200][48];
	size_t n_marked;
	bool numbered; /* the first nine on the page have their digit in front of them */
	/* Which rows are shown at all; NULL: every one. */
	bool (*keep)(void *arg, const ProtobufCMessage *row);
	/* Another text or look for a cell; NULL: as it is. Called at each drawing, so it may tell
	 * of time. */
	const char *(*cell)(void *arg, const struct view_column *c, const ProtobufCMessage *row,
			    enum style *style, char out[80]);
	void *arg;
};

void rows_init(struct rows *r, const struct rpc_method *m, const char *columns);
/* New rows: those of a repeated field, which must live until the next call. Cursor and marks stay
 * on the things they were on. */
void rows_set(struct rows *r, const struct message_rules *rules, const ProtobufCMessage *msg,
	      const ProtobufCFieldDescriptor *f);
/* Those of the first list in a reply of r->m; NULL: none. */
void rows_set_reply(struct rows *r, const ProtobufCMessage *reply);
/* Draws headings and rows; the row under the cursor is shown as such where 'focused'. */
void rows_draw(struct rows *r, const struct area *a, bool focused);
/* Moves, marks, filters. True: taken. */
bool rows_key(struct rows *r, const struct key *k);
/* The n-th row shown on the page, from 0 on: for digits and clicks. False: there is none. */
bool rows_jump(struct rows *r, size_t n);
/* Under the cursor; NULL: there are no rows. */
const ProtobufCMessage *rows_current(const struct rows *r);
/* Its name ("C-1042"), "" where there is none. */
const char *rows_name(const struct rows *r);
bool rows_is_marked(const struct rows *r, const ProtobufCMessage *row);
void rows_mark(struct rows *r, const ProtobufCMessage *row);
void rows_filter(struct rows *r, const char *filter);
void rows_free(struct rows *r);
