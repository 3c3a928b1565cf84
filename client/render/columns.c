#include "client/render/columns.h"

#include <stdbool.h>

static double columns_sum_least(const struct column *c, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += c[i].least;
	return sum;
}

static void columns_narrow(struct column *c, size_t n, double total)
{
	double sum = columns_sum_least(c, n);

	for (size_t i = 0; i < n; i++)
		c[i].width = sum > 0 ? c[i].least * total / sum : total / (double)n;
}

/* Those without a weight take what they would like, or a part of it where all do not find room. */
static double columns_take_natural(struct column *c, size_t n, double total)
{
	double spare = total - columns_sum_least(c, n), wish = 0, taken = 0;

	for (size_t i = 0; i < n; i++)
		if (c[i].weight <= 0 && c[i].natural > c[i].least)
			wish += c[i].natural - c[i].least;
	for (size_t i = 0; i < n; i++) {
		double more = c[i].natural > c[i].least ? c[i].natural - c[i].least : 0;

		if (c[i].weight > 0)
			continue;
		c[i].width = c[i].least + (wish > spare ? more * spare / wish : more);
		taken += c[i].width;
	}
	return taken;
}

/* The others share the rest by weight; whose share is below its least gets that, and the rest share
 * again. */
static void columns_share(struct column *c, size_t n, double rest)
{
	bool settled[COLUMNS_MAX] = { false };
	bool again = true;

	while (again) {
		double weights = 0, left = rest;

		again = false;
		for (size_t i = 0; i < n; i++) {
			if (c[i].weight > 0 && !settled[i])
				weights += c[i].weight;
			else if (c[i].weight > 0)
				left -= c[i].width;
		}
		for (size_t i = 0; i < n && !again; i++) {
			if (c[i].weight <= 0 || settled[i])
				continue;
			c[i].width = left * c[i].weight / weights;
			if (c[i].width < c[i].least) {
				c[i].width = c[i].least;
				settled[i] = again = true;
			}
		}
	}
}

void columns_fit(struct column *c, size_t n, double total)
{
	double weights = 0;

	if (columns_sum_least(c, n) >= total) {
		columns_narrow(c, n, total);
		return;
	}
	for (size_t i = 0; i < n; i++)
		weights += c[i].weight;
	for (size_t i = 0; i < n && weights <= 0; i++)
		c[i].weight = c[i].natural > 0 ? c[i].natural : 1;
	columns_share(c, n, total - columns_take_natural(c, n, total));
}
