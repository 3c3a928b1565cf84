#pragma once
/*
 * The dispatcher's screen: cases that nobody works on yet beside the work orders that are open, who
 * could do the one under the cursor, and how much everybody has. Steps that people tell by phone
 * are recorded here.
 */
struct app;

/* To be pushed. */
void *dispatch_new(struct app *app);
