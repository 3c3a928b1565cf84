#pragma once
/* What the parts of the form of a new case share: case_form.c (keys, fields), case_form_send.c
 * (what is sent), case_form_draw.c, case_form_draft.c (drafts that are left over). */
#include <stdbool.h>

#include "client/tui/advice.h"
#include "client/tui/draft.h"
#include "client/tui/entry.h"
#include "client/tui/pick.h"
#include "client/tui/screen.h"
#include "client/tui/source.h"

#define CASE_LINKS 8
#define CASE_PLACES 12

struct case_link {
	char number[24];
	const char *kind;
};

struct case_form {
	struct screen s;
	struct entry
		form; /* of case.Open; 'caller' is the customer's name where 'party' is known */
	struct advice advice;
	struct draft draft;
	bool sent, dispatch; /* it is on its way; and the work is given to somebody then */
	/* The list beside the field. */
	struct pick pick;
	char pick_of[32];
	struct source find; /* for caller and place */
	char sought[100];
	uv_timer_t *settle;
	/* Cases it is to be linked to once it is there. */
	struct case_link links[CASE_LINKS];
	size_t n_links;
	struct entry_place places[CASE_PLACES];
};

/* To be pushed. 'draft': a draft to go on with, or NULL. */
struct case_form *case_form_new(struct app *app, const ProtobufCMessage *given,
				const struct draft_found *draft);
/* Is a form that is open somewhere on the stack kept there? */
bool case_form_draft_in_use(const struct app *app, const char *path);
void case_form_draw(struct screen *s, const struct area *a);

void case_form_save(struct screen *s);
const char *case_form_no_dispatch(const struct screen *s);
void case_form_save_and_dispatch(struct screen *s);
const char *case_form_no_similar(const struct screen *s);
void case_form_join(struct screen *s);
void case_form_command(struct screen *s);
