#pragma once
/*
 * Waiting for something to change: a command that is shown again and again (--watch) is shown when
 * the change feed tells of one of its entities, not by asking every few seconds.
 *
 *   follow_start -> [follow_wait]... -> follow_stop
 *
 * While the line is away it waits the time instead, and listens again when it is back.
 */
#include "client/cli/cli.h"
#include "client/lib/client.h"

struct follow {
	struct cli *cli;
	const char *entities; /* blank-separated, or NULL: only the time is waited for */
	struct arena mem;     /* of the stream */
	struct call *call;    /* NULL: not listening */
	bool changed;
};

void follow_start(struct follow *f, struct cli *cli, const char *entities);
/* Until something has changed, or 'most_ms' are over. Several changes in quick succession are one.
 */
void follow_wait(struct follow *f, uint32_t most_ms);
void follow_stop(struct follow *f);
