#pragma once
/* Every command there is for whoever sits here, found by a few letters; and the help of a screen.
 */
struct app;

void palette_open(struct app *app);
/* The keys of the topmost screen, then those that work everywhere. */
void palette_help(struct app *app);
