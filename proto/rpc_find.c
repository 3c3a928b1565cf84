#include "common/rules.h"

#include <string.h>

const struct rpc_method *rpc_find(const char *name)
{
	size_t low = 0, high = rpc_method_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, rpc_methods[middle].name);

		if (order == 0)
			return &rpc_methods[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* How many of the arguments are the method's words; 'ret_all': these are all of its words. */
static int words_match(const char *words, int argc, char *const argv[], bool *ret_all)
{
	int n = 0;

	while (*words != 0 && n < argc) {
		size_t len = strcspn(words, " ");

		if (strlen(argv[n]) != len || memcmp(argv[n], words, len) != 0)
			break;
		n++;
		words += len;
		words += strspn(words, " ");
	}
	*ret_all = *words == 0;
	return n;
}

const struct rpc_method *rpc_find_words(int argc, char *const argv[], int *ret_used)
{
	const struct rpc_method *best = NULL;
	int used = 0, partly = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		bool all;
		int n = words_match(rpc_methods[i].words, argc, argv, &all);

		if (n > partly)
			partly = n;
		if (all && n > used) {
			used = n;
			best = &rpc_methods[i];
		}
	}
	*ret_used = best != NULL ? used : partly;
	return best;
}
