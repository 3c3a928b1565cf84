#include "common/uuid.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/err.h"

void random_bytes(void *out, size_t n)
{
	uint8_t *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0) {
			must(errno == EINTR);
			continue;
		}
		p += got;
		n -= (size_t)got;
	}
}

struct uuid uuid_v7(int64_t wall_ms)
{
	uint64_t ms = wall_ms > 0 ? (uint64_t)wall_ms : 0;
	struct uuid u;

	random_bytes(u.b + 6, sizeof u.b - 6);
	for (int i = 0; i < 6; i++)
		u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	u.b[6] = (uint8_t)(0x70 | (u.b[6] & 0x0f)); /* version 7 */
	u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3f)); /* variant of RFC 9562 */
	return u;
}

/* A hyphen stands before these bytes. */
static bool uuid_hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

char *uuid_format(const struct uuid *u, char out[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	for (size_t i = 0; i < sizeof u->b; i++) {
		if (uuid_hyphen_before(i))
			*p++ = '-';
		*p++ = hex[u->b[i] >> 4];
		*p++ = hex[u->b[i] & 15];
	}
	*p = 0;
	return out;
}

static int uuid_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool uuid_parse(const char *text, size_t len, struct uuid *ret)
{
	struct uuid u;

	if (len != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < sizeof u.b; i++) {
		int high, low;

		if (uuid_hyphen_before(i) && *text++ != '-')
			return false;
		high = uuid_digit(text[0]);
		low = uuid_digit(text[1]);
		if (high < 0 || low < 0)
			return false;
		u.b[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	*ret = u;
	return true;
}

bool uuid_is_zero(const struct uuid *u)
{
	static const struct uuid zero;

	return memcmp(u, &zero, sizeof zero) == 0;
}
