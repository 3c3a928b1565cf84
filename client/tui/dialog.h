#pragma once
/* A question with two answers, the harmless one chosen beforehand; a notice with one. */
#include <stdbool.h>

struct app;

struct dialog_ask {
	const char *title, *text;
	const char *yes, *no; /* named by what they do; 'yes' NULL: a notice, closed by any key */
	/* To be typed before it can be done ("RE-1042"); NULL: nothing. And whether a reason is. */
	const char *confirm;
	bool reason;
	void (*done)(void *arg);                         /* yes was chosen */
	void (*done_why)(void *arg, const char *reason); /* instead, where a reason is asked for */
	void *arg;
};

/* To be pushed. */
void *dialog_new(struct app *app, const struct dialog_ask *ask);
