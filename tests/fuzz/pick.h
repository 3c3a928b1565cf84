#pragma once
/*
 * Which method an input is about: its first two bytes are a hash, and the method whose name's hash
 * comes next is meant. So every input names a method, and inputs of the corpus go on naming theirs
 * when methods are added.
 */
#include "common/rules.h"

#define PICK_BYTES 2

static inline uint16_t pick_hash(const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a, folded */

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return (uint16_t)(h >> 16 ^ h);
}

static inline const struct rpc_method *pick_method(const uint8_t *data)
{
	static uint16_t hashes[1000];
	uint16_t wanted = (uint16_t)(data[0] << 8 | data[1]);
	size_t best = 0;

	if (hashes[0] == 0)
		for (size_t i = 0; i < rpc_method_count && i < 1000; i++)
			hashes[i] = pick_hash(rpc_methods[i].name);
	for (size_t i = 1; i < rpc_method_count && i < 1000; i++)
		if ((uint16_t)(hashes[i] - wanted) < (uint16_t)(hashes[best] - wanted))
			best = i;
	return &rpc_methods[best];
}
