#include "client/render/escpos.h"

#define ESC 0x1b
#define GS 0x1d

enum st_code escpos_begin(struct buf *out, bool drawer)
{
	static const uint8_t reset[] = { ESC, '@' };
	/* Pin 2, on for 50 ms, off for 500 ms. */
	static const uint8_t kick[] = { ESC, 'p', 0, 25, 250 };

	ST_TRY(buf_append(out, reset, sizeof(reset)));
	return drawer ? buf_append(out, kick, sizeof(kick)) : ST_OK;
}

enum st_code escpos_band(struct buf *out, const uint8_t *bits, unsigned width_bytes, unsigned rows)
{
	const uint8_t head[] = { GS,
				 'v',
				 '0',
				 0,
				 (uint8_t)width_bytes,
				 (uint8_t)(width_bytes >> 8),
				 (uint8_t)rows,
				 (uint8_t)(rows >> 8) };

	ST_TRY(buf_append(out, head, sizeof(head)));
	return buf_append(out, bits, (size_t)width_bytes * rows);
}

enum st_code escpos_end(struct buf *out, bool cut)
{
	static const uint8_t feed_and_cut[] = { GS, 'V', 66, 0 };
	static const uint8_t feed[] = { ESC, 'd', 4 };

	return cut ? buf_append(out, feed_and_cut, sizeof(feed_and_cut))
		   : buf_append(out, feed, sizeof(feed));
}
