#pragma once
/* Text as it travels and is stored: UTF-8 without NUL. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Valid UTF-8 (no overlong forms, no surrogates) without a NUL byte. */
bool utf8_ok(const uint8_t *s, size_t len);
/* The character at the front of [s, s+len) and its length in bytes; 0: not a valid one, or len is
 * 0. */
size_t utf8_next(const uint8_t *s, size_t len, int32_t *ret_char);
/* Characters of valid UTF-8. */
size_t utf8_count(const char *s);
