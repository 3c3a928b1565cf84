#pragma once
/*
 * The recorded session: a fixed walk of one desk, always the same calls in the same order, reads
 * and writes of several kinds and a refusal, while a watch tells of them. What a call is not
 * answered is asked again under its key; a watch that broke goes on behind its last message. So the
 * walk ends the same way however often the line broke.
 */
#include "tests/fault/desk.h"

#define WALK_STEPS_MAX 20

struct walk {
	struct desk *desk;
	size_t n_keys;
	struct uuid keys[WALK_STEPS_MAX]; /* of the writes, in their order */
	char numbers[3][40];              /* of the case, the work order and the call */
	unsigned repeated;
	char failure[400]; /* "" : all went as it should */
	struct walk_watch {
		struct walk *walk;
		struct arena mem;
		struct call *call;
		char cursor[60];
		int64_t first, last; /* positions: before the watch, of the last message */
		uint64_t seen;       /* bit n: position first + n + 1 came */
		bool up;
	} watch;
};

/* The calls, with the watch from position 'first' of the property with this number on. */
void walk_run(struct walk *w, struct desk *d, int property_id, int64_t first);
/* Runs the loop until the watch has told of position 'last', and ends it. */
void walk_watch_until(struct walk *w, int64_t last);
