#include "client/look/denominations.h"

#include <string.h>

/* Legal tender that passes over a counter; ended by 0. */
static const struct {
	char code[4];
	int64_t values[DENOMINATIONS_MAX];
} currencies[] = {
	{ "AUD", { 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5 } },
	{ "CAD", { 10000, 5000, 2000, 1000, 500, 200, 100, 50, 25, 10, 5 } },
	{ "CHF", { 100000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5 } },
	{ "CNY", { 10000, 5000, 2000, 1000, 500, 100, 50, 10 } },
	{ "EUR", { 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1 } },
	{ "GBP", { 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1 } },
	{ "HKD", { 100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10 } },
	{ "JPY", { 10000, 5000, 2000, 1000, 500, 100, 50, 10, 5, 1 } },
	{ "KRW", { 50000, 10000, 5000, 1000, 500, 100, 50, 10 } },
	{ "MOP", { 100000, 50000, 10000, 5000, 2000, 1000, 500, 100, 50, 20, 10 } },
	{ "MYR", { 10000, 5000, 2000, 1000, 500, 100, 50, 20, 10, 5 } },
	{ "PLN", { 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1 } },
	{ "SGD", { 10000, 5000, 1000, 500, 200, 100, 50, 20, 10, 5 } },
	{ "THB", { 100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 25 } },
	{ "TWD", { 200000, 100000, 50000, 20000, 10000, 5000, 1000, 500, 100 } },
	{ "USD", { 10000, 5000, 2000, 1000, 500, 200, 100, 50, 25, 10, 5, 1 } },
};

const int64_t *denominations_of(const char *currency, size_t *ret_n)
{
	size_t n = 0;

	*ret_n = 0;
	for (size_t i = 0; currency != NULL && i < sizeof(currencies) / sizeof(currencies[0]);
	     i++) {
		if (strcmp(currencies[i].code, currency) != 0)
			continue;
		while (n < DENOMINATIONS_MAX && currencies[i].values[n] != 0)
			n++;
		*ret_n = n;
		return currencies[i].values;
	}
	return NULL;
}
