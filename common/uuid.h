#pragma once
/* UUIDs: version 7 (RFC 9562) for every row, made by whoever creates it, also offline. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 37 /* 36 characters and the terminating 0 */

struct uuid {
	uint8_t b[16];
};

/* A new one: 48 bits of 'wall_ms' (Unix milliseconds), the rest random from the kernel. */
struct uuid uuid_v7(int64_t wall_ms);
/* Lower case with hyphens. Returns out. */
char *uuid_format(const struct uuid *u, char out[UUID_TEXT]);
/* Reads the 36 character form in either case. False: it is not one. */
bool uuid_parse(const char *text, size_t len, struct uuid *ret);
bool uuid_is_zero(const struct uuid *u);
/* Bytes from the kernel; never fails (the process ends if the kernel has none). */
void random_bytes(void *out, size_t n);
