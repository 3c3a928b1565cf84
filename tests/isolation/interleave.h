#pragma once
/*
 * Two transactions in every order in which they can meet. Each runs one statement as the daemon's
 * role and commits; on its way it stops at gates: before each statement that writes to one of the
 * tables named. The order in which the two go on from gate to gate is what is tried, all of it, one
 * run after the other, each on data made anew. Nothing sleeps: who waits for whom is asked of
 * PostgreSQL.
 *
 * Two that wait for each other fail the test, unless the meeting says that they may: then the one
 * that PostgreSQL ends is run again when the other one is through, as the daemon does.
 */
#include <libpq-fe.h>
#include <stdbool.h>

/* In all texts $p is the number of the property that the run is made at. */
struct meeting {
	const char *name;
	const char *given;  /* SQL: what there is before */
	const char *run[2]; /* one statement each */
	const char *gates;  /* tables, as an array of PostgreSQL: {journal,settlement} */
	/*
	 * SQL: one text, null when all is well. Here $a and $b are how the two ended, as a literal:
	 * 'ok' or the SQLSTATE; $first is 'a' or 'b', which came to its end first.
	 */
	const char *holds;
	bool may_deadlock;
};

/* Fails the cmocka test that calls it. 'always' is asked after each run like 'holds'. Prints how
 * many orders there were. */
void interleave(const char *conninfo_app, const char *conninfo_super, const char *begin,
		const char *always, const struct meeting *m);
