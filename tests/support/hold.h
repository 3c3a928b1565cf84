#pragma once
/*
 * Holds something in the daemon's database from outside, past every wall, so that a test can bring
 * calls to a stop where it wants them: a transaction that is open until hold_end().
 */
#include <libpq-fe.h>

#include "tests/support/rig.h"

struct hold {
	PGconn *pg;
};

/* Opens a transaction and runs 'sql' in it. */
struct hold hold_begin(struct rig *rig, const char *sql);
/* Runs another statement without waiting for it; hold_end() does. */
void hold_send(struct hold *h, const char *sql);
/* Waits until this many of the daemon's connections wait for a lock. */
void hold_until_waiting(struct rig *rig, int n);
/* Rolls back. */
void hold_end(struct hold *h);
