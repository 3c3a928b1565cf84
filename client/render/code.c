#include "client/render/code.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <qrencode.h>

/* More would need modules that a hand-held reader does not see on paper. */
#define CODE_BYTES_MAX 1000

struct code {
	QRcode *qr;
};

enum st_code code_new(const char *text, struct code **ret, struct st_err *err)
{
	struct code *c;
	QRcode *qr;

	if (strnlen(text, CODE_BYTES_MAX + 1) > CODE_BYTES_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", "code.text",
			       "at most %d bytes fit into a code", CODE_BYTES_MAX);
	qr = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (qr == NULL && errno == ENOMEM)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	if (qr == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "FORMAT", "code.text",
			       "this cannot be made a code");
	c = malloc(sizeof(*c));
	if (c == NULL) {
		QRcode_free(qr);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	}
	c->qr = qr;
	*ret = c;
	return ST_OK;
}

void code_free(struct code *c)
{
	if (c == NULL)
		return;
	QRcode_free(c->qr);
	free(c);
}

unsigned code_modules(const struct code *c)
{
	return (unsigned)c->qr->width;
}

/* Rows of black modules as rectangles: one path, so that no hairline shows between them. */
static void code_path(const struct code *c, cairo_t *cr, double x, double y, double module)
{
	int n = c->qr->width;

	for (int row = 0; row < n; row++) {
		const unsigned char *m = c->qr->data + row * n;

		for (int from = 0; from < n; from++) {
			int to = from;

			while (to < n && (m[to] & 1) != 0)
				to++;
			if (to > from)
				cairo_rectangle(cr, x + from * module, y + row * module,
						(to - from) * module, module);
			from = to;
		}
	}
}

void code_draw(const struct code *c, cairo_t *cr, double x, double y, double width)
{
	double module = width / c->qr->width;

	cairo_save(cr);
	if (cairo_surface_get_type(cairo_get_target(cr)) == CAIRO_SURFACE_TYPE_IMAGE) {
		double dots = module, none = 0;

		cairo_user_to_device_distance(cr, &dots, &none);
		cairo_user_to_device(cr, &x, &y);
		cairo_identity_matrix(cr);
		cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
		module = fmax(1, floor(dots + 0.001));
		x = round(x);
		y = round(y);
	}
	cairo_set_source_rgb(cr, 0, 0, 0);
	code_path(c, cr, x, y, module);
	cairo_fill(cr);
	cairo_restore(cr);
}
