#pragma once
/* What steward help TOPIC prints. */
#include <stddef.h>

struct topic {
	const char *name, *text;
};

extern const struct topic topics[];
extern const size_t topic_count;
