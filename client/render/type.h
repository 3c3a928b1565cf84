#pragma once
/*
 * Setting text: the only part that knows Pango. Lines stand in a fixed distance whatever fonts
 * their letters come from, so that a row with Chinese in it is as high as one without.
 */
#include <cairo.h>

#include "client/render/look.h"
#include "common/err.h"

struct type;

enum type_align { TYPE_LEFT, TYPE_RIGHT, TYPE_CENTRE };

/* Loads the fonts' list: about 100 ms the first time. FAILED_PRECONDITION: there are no fonts. */
enum st_code type_new(struct type **ret, struct st_err *err) ST_MUSTCHECK;
/* NULL is fine. */
void type_free(struct type *t);

/* From now on in these sizes and this language. 'look' is borrowed. */
void type_use(struct type *t, const struct look *look, const char *pango_language);

/* Lines that the text takes in this width: 1 at least, 0 for no text (NULL or ""). */
unsigned type_lines(struct type *t, enum look_style style, const char *text, double width);
/* Width without any line break but its own. */
double type_width(struct type *t, enum look_style style, const char *text);
/* Width of its longest word. */
double type_word(struct type *t, enum look_style style, const char *text);
/* What type_lines() times the leading is. */
double type_height(struct type *t, enum look_style style, const char *text, double width);

/*
 * Draws lines [first, first + n) of the text as set in this width, the first one's top at (x, y),
 * in the style's grey.
 */
struct type_place {
	double x, y, width;
	enum type_align align;
	unsigned first, n;
};
void type_draw(struct type *t, cairo_t *cr, enum look_style style, const char *text,
	       const struct type_place *at);
