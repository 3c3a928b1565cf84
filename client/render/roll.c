#include "client/render/roll.h"

#include <math.h>
#include <string.h>

#include "client/render/escpos.h"

/* How much of a dot must be covered for it to be black: thin strokes must not get lost. */
#define ROLL_BLACK 104

/* A band's coverage as bits. */
static void roll_bits(cairo_surface_t *band, unsigned width_dots, unsigned rows, uint8_t *bits)
{
	const uint8_t *data = cairo_image_surface_get_data(band);
	int stride = cairo_image_surface_get_stride(band);

	memset(bits, 0, (size_t)width_dots / 8 * rows);
	for (unsigned y = 0; y < rows; y++)
		for (unsigned x = 0; x < width_dots; x++)
			if (data[(size_t)y * (size_t)stride + x] >= ROLL_BLACK)
				bits[y * (width_dots / 8) + x / 8] |= (uint8_t)(0x80 >> x % 8);
}

/* Draws rows [from, from + ESCPOS_BAND_ROWS). */
static void roll_draw(const struct sheet *s, cairo_surface_t *band, unsigned from)
{
	double scale = LOOK_DOTS_INCH / 72;
	cairo_t *cr = cairo_create(band);

	cairo_set_operator(cr, CAIRO_OPERATOR_CLEAR);
	cairo_paint(cr);
	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	cairo_translate(cr, 0, -(double)from);
	cairo_scale(cr, scale, scale);
	sheet_draw(s, cr, 0);
	cairo_destroy(cr);
	cairo_surface_flush(band);
}

static enum st_code roll_bands(const struct sheet *s, cairo_surface_t *band, unsigned width_dots,
			       unsigned rows, struct buf *out)
{
	uint8_t bits[576 / 8 * ESCPOS_BAND_ROWS];

	for (unsigned from = 0; from < rows; from += ESCPOS_BAND_ROWS) {
		unsigned n = rows - from < ESCPOS_BAND_ROWS ? rows - from : ESCPOS_BAND_ROWS;

		roll_draw(s, band, from);
		roll_bits(band, width_dots, n, bits);
		ST_TRY(escpos_band(out, bits, width_dots / 8, n));
	}
	return ST_OK;
}

enum st_code roll_write(const struct sheet *s, unsigned width_dots, struct buf *out,
			struct st_err *err)
{
	double length = ceil(sheet_length(s) * LOOK_DOTS_INCH / 72);
	cairo_surface_t *band;
	enum st_code code;

	if (length > LOOK_ROLL_DOTS_MAX)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_LONG", NULL,
			       "this makes more than %.0f cm of paper",
			       LOOK_ROLL_DOTS_MAX / LOOK_DOTS_INCH * 2.54);
	band = cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width_dots, ESCPOS_BAND_ROWS);
	if (cairo_surface_status(band) != CAIRO_STATUS_SUCCESS)
		code = ST_RESOURCE_EXHAUSTED;
	else
		code = roll_bands(s, band, width_dots, (unsigned)length, out);
	cairo_surface_destroy(band);
	if (code != ST_OK)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_LARGE", NULL,
			       "the receipts become too large for one file");
	return ST_OK;
}
