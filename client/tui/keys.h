#pragma once
/*
 * Keys from the terminal to whoever hears them. Esc followed by a digit is that function key; so
 * Esc alone waits half a second for one.
 */
#include "client/tui/key.h"

struct app;
struct keys;

struct keys *keys_new(struct app *app);
/* Begins to listen to standard input. */
void keys_start(struct keys *keys);
/* One key as the terminal sent it. */
void keys_take(struct keys *keys, const struct key *k);
void keys_free(struct keys *keys);
