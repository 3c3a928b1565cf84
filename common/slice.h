#pragma once
/* Borrowed bytes: pointer and length, owned by somebody else. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *data;
	size_t len;
};

static inline struct slice slice_of(const void *data, size_t len)
{
	return (struct slice){ data, len };
}

static inline struct slice slice_str(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}
