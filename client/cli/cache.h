#pragma once
/* Names seen in lists, kept for completion, which must answer at once and without the line. Numbers
 * only, no names of people beyond logins. */
#include "client/cli/render.h"

#define CACHE_NAMES 500

/* Remembers the rows of a list that completion may want. Failing is of no consequence. */
void cache_note(struct cli *cli, const struct rpc_method *m, const struct result *r);
/* Prints what is remembered of "case list", one per line, those that begin with 'prefix'. */
void cache_print(struct cli *cli, const char *words, const char *prefix, FILE *out);
