#pragma once
/* The calls there are: those that ring or are being spoken, and those that rang in vain. */
struct app;

/* To be pushed. */
void *calls_new(struct app *app);
