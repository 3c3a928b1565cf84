#pragma once
/*
 * A cashier's shift: the report while it is open (X), and its close in three steps. The drawer is
 * counted before anybody says what should be in it; where the count is not what it should be a
 * reason is asked for; then the report (Z) with its number, which somebody else signs.
 */
struct app;

/* To be pushed. 'number': SH-1001. */
void *shift_screen_new(struct app *app, const char *number);
