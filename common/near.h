#pragma once
/* "Did you mean": the closest of many candidates to a word somebody typed. */

struct near {
	const char *word;
	const char *best; /* borrowed from the candidate */
	unsigned distance;
};

/* Single-character insertions, deletions, changes and swaps of neighbours that turn 'a' into 'b'.
 * Words of more than 63 bytes are never near anything. */
unsigned near_distance(const char *a, const char *b);

void near_init(struct near *n, const char *word);
void near_offer(struct near *n, const char *candidate);
/* The closest one if it is close enough to be meant, else NULL. */
const char *near_best(const struct near *n);
