#pragma once
/* QR codes: modules as one path, which is a vector in a PDF and whole dots on a receipt. */
#include <cairo.h>

#include "common/err.h"

struct code;

/* INVALID_ARGUMENT, field "code.text": more than a code can hold. */
enum st_code code_new(const char *text, struct code **ret, struct st_err *err) ST_MUSTCHECK;
/* NULL is fine. */
void code_free(struct code *c);
/* Modules on a side, without the white border that must stay around it. */
unsigned code_modules(const struct code *c);
/*
 * Draws it in black with its top left corner at (x, y), at most 'width' wide. On a raster the
 * modules are whole dots, so it becomes a little smaller.
 */
void code_draw(const struct code *c, cairo_t *cr, double x, double y, double width);
