#pragma once
/*
 * The cashier: whose money it is, what is due, oldest first, how it is paid, the receipt; what was
 * paid before. Ctrl-S takes money, Enter never does.
 */
struct app;

/* To be pushed; for a place or a customer, "" where somebody is to be found. */
void *cashier_new(struct app *app, const char *place, const char *party);
/* The first screen of a cashier's day. */
void *cashier_home(struct app *app);
