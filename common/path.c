#include "common/path.h"

#include <stdio.h>

/* Returns how long the text is or would be. */
static size_t path_write(const struct path *p, char *out, size_t size)
{
	size_t n = p->up != NULL ? path_write(p->up, out, size) : 0;
	const char *dot = p->up != NULL ? "." : "";
	char index[24] = "";
	int len;

	if (p->indexed)
		(void)snprintf(index, sizeof index, "[%zu]", p->index);
	if (n >= size)
		return n;
	len = snprintf(out + n, size - n, "%s%s%s", dot, p->name, index);
	return len > 0 ? n + (size_t)len : n;
}

char *path_format(const struct path *p, char *out, size_t size)
{
	if (size > 0)
		out[0] = 0;
	if (p != NULL)
		(void)path_write(p, out, size);
	return out;
}
