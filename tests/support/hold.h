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
/* Holds the head of the change feed at SUN: whatever changes something there waits with all but its
 * answer done. */
struct hold hold_changes(struct rig *rig);
/* Runs another statement without waiting for it. */
void hold_send(struct hold *h, const char *sql);
/* Waits for it. False: it failed. */
bool hold_join(struct hold *h);
/* Waits until this many of the daemon's connections wait for a lock. */
void hold_until_waiting(struct rig *rig, int n);
/* Rolls back, or keeps what was done. */
void hold_end(struct hold *h);
void hold_commit(struct hold *h);
