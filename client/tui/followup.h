#pragma once
/*
 * Who is to be called: customers who are asked whether it was solved, what is due first on top, and
 * calls back that are owed. Enter shows whom to dial and what to say.
 */
struct app;

/* To be pushed. */
void *followup_new(struct app *app);
