#pragma once
/*
 * Where a field stands in a message: "rows[3].summary". A chain of steps on the stack of whoever
 * walks the message, so that it costs nothing until somebody has to be told.
 */
#include <stdbool.h>
#include <stddef.h>

struct path {
	const struct path *up; /* NULL: a field of the message itself */
	const char *name;
	size_t index;
	bool indexed; /* an element of a repeated field */
};

/* Writes the path as text, cut to fit. NULL gives "". Returns out. */
char *path_format(const struct path *p, char *out, size_t size);
