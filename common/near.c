#include "common/near.h"

#include <limits.h>
#include <string.h>

#define NEAR_WORD 64

static unsigned near_min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned near_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_WORD + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n >= NEAR_WORD || m >= NEAR_WORD)
		return UINT_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned same = a[i - 1] == b[j - 1] ? 0 : 1;

			row[j] = near_min(near_min(up[j] + 1, row[j - 1] + 1), up[j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = near_min(row[j], up2[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void near_init(struct near *n, const char *word)
{
	*n = (struct near){ .word = word, .distance = UINT_MAX };
}

void near_offer(struct near *n, const char *candidate)
{
	unsigned d = near_distance(n->word, candidate);

	if (d < n->distance) {
		n->distance = d;
		n->best = candidate;
	}
}

const char *near_best(const struct near *n)
{
	size_t len = strlen(n->word);
	unsigned most = len <= 3 ? 1 : len <= 6 ? 2 : 3;

	return n->distance <= most && n->distance < len ? n->best : NULL;
}
