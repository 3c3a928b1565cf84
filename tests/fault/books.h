#pragma once
/*
 * What a walk left in the database, as text that depends on neither times nor ids nor on what was
 * there before: two walks did the same if and only if their texts are equal.
 */
#include <libpq-fe.h>

#include "common/uuid.h"

#define BOOKS_MAX 16384

struct books {
	PGconn *pg;
	int property_id;
	int64_t pos;        /* of the property's change feed when the walk began */
	char counters[400]; /* likewise, as JSON */
	char since[60];
};

/* Where the property stands now. False with a message on stderr. */
bool books_open(struct books *b, PGconn *pg, const char *property);
/* What was added since, where 'keys' are those of the walk's writes in their order. */
bool books_text(const struct books *b, const struct uuid *keys, size_t n, char out[BOOKS_MAX]);
/* Where the change feed stands now, and bit n: position pos + n + 1 is a thing's latest. */
bool books_feed(const struct books *b, int64_t *head, uint64_t *latest);
