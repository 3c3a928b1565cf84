#pragma once
/*
 * What is known about a case while it is being written down: open cases like it, what to say, until
 * when it is to be answered and solved. Asked for when typing has settled, never waited for; what a
 * field holds counts once the field was left.
 */
#include <stdbool.h>
#include <stddef.h>

#include "client/tui/canvas.h"
#include "client/tui/entry.h"
#include "client/tui/source.h"

struct app;

struct advice_due {
	struct source source;           /* calendar.Due */
	char calendar[40], minutes[24]; /* "": on all hours; the clock is not kept */
};

struct advice {
	struct app *app;
	struct entry *form; /* of case.Open */
	struct source kinds, categories, levels, similar, fit, article;
	struct advice_due answer, solve;
	char asked_similar[600], asked_fit[600], asked_article[24];
	size_t article_at; /* of those that fit */
	uv_timer_t *settle;
	bool half; /* the field under the cursor is being typed in */
	/* Something has come. */
	void (*changed)(void *arg);
	void *arg;
};

void advice_init(struct advice *ad, struct app *app, struct entry *form, void (*changed)(void *arg),
		 void *arg);
/* Something was typed, and the cursor has not left that field ('half'), or has gone to another one.
 */
void advice_touch(struct advice *ad, bool half);
/* Another one of the articles that fit. */
void advice_turn(struct advice *ad, int by);
/* Cases that may be about the same and are not over, most alike first; at most 'most'. */
size_t advice_similar(const struct advice *ad, const ProtobufCMessage **ret, size_t most);
/* A row of case.Kinds by its value; NULL: there is none, or they have not come yet. */
const ProtobufCMessage *advice_kind(const struct advice *ad, const char *kind);
void advice_draw_dues(const struct advice *ad, const struct area *a, int y);
void advice_draw_similar(const struct advice *ad, const struct area *a);
/* In a frame of its own. */
void advice_draw_words(const struct advice *ad, const struct area *a);
void advice_free(struct advice *ad);
