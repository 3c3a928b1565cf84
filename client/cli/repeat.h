#pragma once
/* More than one call: a value at a time, the same again and again, or a stream of messages. Each
 * returns the exit code. */
#include "client/cli/args.h"

/* One call per value of the last word; EXIT_PARTLY and a list on stderr if some failed. */
int repeat_values(struct cli *cli, struct args *a);
/* Runs 'once' whenever what it shows may have changed, where the declaration says what that is,
 * else every --watch seconds; until interrupted or until it fails for another reason than a lost
 * line. */
int repeat_watch(struct cli *cli, struct args *a, int (*once)(struct cli *cli, struct args *a));
/* Prints each message of a stream; goes on after the last one when the line was lost. Ends after
 * --limit. */
int repeat_stream(struct cli *cli, struct args *a);
