#pragma once
/* Writes protobuf's wire format by hand, so that tests can also write what no library would. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/err.h"
#include "common/slice.h"

struct pbw {
	uint8_t data[70000];
	size_t len;
};

static inline void pbw_raw(struct pbw *w, const void *data, size_t n)
{
	must(n <= sizeof w->data - w->len);
	memcpy(w->data + w->len, data, n);
	w->len += n;
}

static inline void pbw_byte(struct pbw *w, uint8_t b)
{
	pbw_raw(w, &b, 1);
}

static inline void pbw_varint(struct pbw *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		pbw_byte(w, (uint8_t)(v | 0x80));
	pbw_byte(w, (uint8_t)v);
}

static inline void pbw_tag(struct pbw *w, uint32_t field, unsigned type)
{
	pbw_varint(w, (uint64_t)field << 3 | type);
}

static inline void pbw_number(struct pbw *w, uint32_t field, uint64_t v)
{
	pbw_tag(w, field, 0);
	pbw_varint(w, v);
}

static inline void pbw_bytes(struct pbw *w, uint32_t field, const void *data, size_t n)
{
	pbw_tag(w, field, 2);
	pbw_varint(w, n);
	pbw_raw(w, data, n);
}

static inline void pbw_text(struct pbw *w, uint32_t field, const char *text)
{
	pbw_bytes(w, field, text, strlen(text));
}

static inline void pbw_message(struct pbw *w, uint32_t field, const struct pbw *sub)
{
	pbw_bytes(w, field, sub->data, sub->len);
}

static inline struct slice pbw_slice(const struct pbw *w)
{
	return slice_of(w->data, w->len);
}
