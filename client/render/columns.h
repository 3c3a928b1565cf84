#pragma once
/* How a table's width is shared among its columns. Pure. */
#include <stddef.h>

#define COLUMNS_MAX 12

struct column {
	double weight;  /* of the share in what is left over; 0: only as wide as its contents */
	double natural; /* what its contents would take without a line break */
	double least;   /* what they need: the longest word, of figures all of it */
	double width;   /* the result */
};

/*
 * Sets the widths, which add up to 'total'. Nobody gets less than its least while that is possible;
 * where it is not, all are narrowed alike. Without any weight the natural widths are the weights.
 */
void columns_fit(struct column *c, size_t n, double total);
