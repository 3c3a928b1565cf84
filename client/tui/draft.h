#pragma once
/*
 * What somebody is typing, kept on this machine: $XDG_STATE_HOME/steward/drafts, a file for each
 * form, mode 0600. Secrets are never kept. A draft goes when its change has been made, or when it
 * is thrown away on purpose.
 */
#include <stdbool.h>
#include <stddef.h>

#include "client/tui/entry.h"
#include "common/uuid.h"

struct app;

struct draft {
	char path[600];
	uint64_t changes; /* of the form, when it was written last */
	struct uuid
		key; /* of the change, so that it happens once even when asked for after a crash */
	char kept_at[9]; /* "05:02:58", as forms show it; "": not yet */
};

/* $XDG_STATE_HOME/steward/KIND/LOGIN: where such files of whoever sits here are. */
void draft_state_dir(const struct app *app, const char *kind, char *out, size_t size);
/* Names the file; 'what' tells forms of one method apart ("C-1042"), "" if nothing does. */
void draft_init(struct draft *d, const struct app *app, const struct rpc_method *m,
		const char *what);
/* Writes if something has changed. */
void draft_keep(struct draft *d, struct entry *f);
/* A second has passed while somebody fills the form: writes every other one. True: it has. */
bool draft_tick(struct draft *d, const struct app *app, struct entry *f);
/* The change was refused. What is sent next is another one, under another key; but not where nobody
 * knows whether it happened. */
void draft_refused(struct draft *d, const struct app *app, const struct st_err *err);
/* Fills a form from what is kept. False: nothing is. */
bool draft_load(struct draft *d, struct entry *f);
/* Is there one of this name? */
bool draft_is_kept(const struct draft *d);
void draft_drop(struct draft *d);

/* All that are kept here: the words of each method with what it is about. Returns how many. */
struct draft_found {
	const struct rpc_method *m;
	char what[80];
	int64_t at; /* seconds */
};
size_t draft_list(const struct app *app, struct draft_found *ret, size_t most);
