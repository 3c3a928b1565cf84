#include "client/cli/import.h"

#include <string.h>

#include "common/pki.h"

#define COPIES_FIRST 1024

/* By digest, so that the rows themselves need not be kept; n = 0: free. */
struct import_copy {
	uint8_t digest[16];
	uint32_t n;
};

static struct import_copy *copies_slot(struct import_copy *slots, size_t size,
				       const uint8_t digest[16])
{
	uint64_t at;

	memcpy(&at, digest, sizeof(at));
	for (;; at++) {
		struct import_copy *s = &slots[at & (size - 1)];

		if (s->n == 0 || memcmp(s->digest, digest, sizeof(s->digest)) == 0)
			return s;
	}
}

static bool copies_grow(struct import_copies *c, struct arena *mem)
{
	size_t size = c->size > 0 ? 2 * c->size : COPIES_FIRST;
	struct import_copy *slots = arena_array(mem, struct import_copy, size);

	for (size_t i = 0; slots != NULL && i < c->size; i++)
		if (c->slots[i].n > 0)
			*copies_slot(slots, size, c->slots[i].digest) = c->slots[i];
	if (slots == NULL)
		return false;
	c->slots = slots;
	c->size = size;
	return true;
}

uint32_t import_copy_of(struct import_copies *c, struct slice packed, struct arena *mem)
{
	uint8_t digest[32];
	struct import_copy *s;

	if (c->n >= c->size / 2 && !copies_grow(c, mem))
		return 0;
	sha256(packed.data, packed.len, digest);
	s = copies_slot(c->slots, c->size, digest);
	if (s->n == 0) {
		memcpy(s->digest, digest, sizeof(s->digest));
		c->n++;
	}
	return ++s->n;
}
