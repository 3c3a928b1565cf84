#include "common/utf8.h"

#include <string.h>

#include <utf8proc.h>

/* Eight bytes that are all ASCII and none of them 0. */
static bool utf8_plain8(const uint8_t *s)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return ((w | (w - ones)) & tops) == 0;
}

size_t utf8_next(const uint8_t *s, size_t len, int32_t *ret_char)
{
	/* utf8proc_iterate() takes 0 bytes for success of length 0, and never looks at more than 4.
	 */
	utf8proc_ssize_t used = utf8proc_iterate(s, len < 4 ? (utf8proc_ssize_t)len : 4, ret_char);

	return used > 0 ? (size_t)used : 0;
}

bool utf8_ok(const uint8_t *s, size_t len)
{
	while (len > 0) {
		int32_t c;
		size_t used;

		if (len >= 8 && utf8_plain8(s)) {
			used = 8;
		} else {
			used = utf8_next(s, len, &c);
			if (used == 0 || c == 0)
				return false;
		}
		s += used;
		len -= used;
	}
	return true;
}

size_t utf8_count(const char *s)
{
	size_t n = 0;

	for (; *s != 0; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}
