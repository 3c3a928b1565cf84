#include "client/render/type.h"

#include <stdlib.h>
#include <string.h>

#include <pango/pangocairo.h>

/* Latin letters and figures of one width from the first, Chinese from the second; what neither has
 * comes from any other font there is. */
#define TYPE_FAMILIES "Open Sans,WenQuanYi Micro Hei,Noto Sans CJK SC,Droid Sans Fallback,Sans"

struct type {
	PangoFontMap *map;
	PangoContext *context;
	PangoLayout *layout;
	PangoFontDescription *font[STYLES];
	const struct look *look;
};

static void type_drop_fonts(struct type *t)
{
	for (unsigned i = 0; i < STYLES; i++) {
		if (t->font[i] != NULL)
			pango_font_description_free(t->font[i]);
		t->font[i] = NULL;
	}
}

/* Letters keep their true widths: what fits on one medium fits on all. */
static void type_set_options(PangoContext *context)
{
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, 72);
	/* A unit is a point, so letters rounded to whole units would stand unevenly. */
	pango_context_set_round_glyph_positions(context, FALSE);
	cairo_font_options_destroy(options);
}

enum st_code type_new(struct type **ret, struct st_err *err)
{
	struct type *t = calloc(1, sizeof(*t));
	PangoFontFamily **families;
	int n = 0;

	if (t == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	t->map = pango_cairo_font_map_new();
	pango_font_map_list_families(t->map, &families, &n);
	g_free(families);
	if (n == 0) {
		type_free(t);
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_FONTS", NULL,
			       "no fonts are installed; fonts-open-sans and fonts-wqy-microhei are "
			       "what documents are drawn with");
	}
	t->context = pango_font_map_create_context(t->map);
	type_set_options(t->context);
	t->layout = pango_layout_new(t->context);
	*ret = t;
	return ST_OK;
}

void type_free(struct type *t)
{
	if (t == NULL)
		return;
	type_drop_fonts(t);
	if (t->layout != NULL)
		g_object_unref(t->layout);
	if (t->context != NULL)
		g_object_unref(t->context);
	g_object_unref(t->map);
	free(t);
}

void type_use(struct type *t, const struct look *look, const char *pango_language)
{
	type_drop_fonts(t);
	t->look = look;
	for (unsigned i = 0; i < STYLES; i++) {
		const struct look_font *f = &look->font[i];

		t->font[i] = pango_font_description_from_string(TYPE_FAMILIES);
		pango_font_description_set_absolute_size(t->font[i], f->size * PANGO_SCALE);
		pango_font_description_set_weight(t->font[i], f->bold ? PANGO_WEIGHT_BOLD
								      : PANGO_WEIGHT_NORMAL);
	}
	pango_context_set_language(t->context, pango_language_from_string(pango_language));
	pango_layout_context_changed(t->layout);
}

/* 'width' below 0: no line break but the text's own. */
static PangoLayout *type_set(struct type *t, enum look_style style, const char *text, double width,
			     PangoWrapMode wrap)
{
	pango_layout_set_font_description(t->layout, t->font[style]);
	pango_layout_set_wrap(t->layout, wrap);
	/* A width that was measured must hold what was measured, so it is rounded up. */
	pango_layout_set_width(t->layout, width < 0 ? -1 : (int)(width * PANGO_SCALE) + 1);
	pango_layout_set_text(t->layout, text, -1);
	return t->layout;
}

static bool type_is_empty(const char *text)
{
	return text == NULL || *text == 0;
}

unsigned type_lines(struct type *t, enum look_style style, const char *text, double width)
{
	if (type_is_empty(text))
		return 0;
	return (unsigned)pango_layout_get_line_count(
		type_set(t, style, text, width, PANGO_WRAP_WORD_CHAR));
}

double type_height(struct type *t, enum look_style style, const char *text, double width)
{
	return type_lines(t, style, text, width) * t->look->font[style].leading;
}

static double type_widest(PangoLayout *layout)
{
	PangoRectangle logical;

	pango_layout_get_extents(layout, NULL, &logical);
	return (double)logical.width / PANGO_SCALE;
}

double type_width(struct type *t, enum look_style style, const char *text)
{
	if (type_is_empty(text))
		return 0;
	return type_widest(type_set(t, style, text, -1, PANGO_WRAP_WORD));
}

double type_word(struct type *t, enum look_style style, const char *text)
{
	if (type_is_empty(text))
		return 0;
	return type_widest(type_set(t, style, text, 0, PANGO_WRAP_WORD));
}

static double type_shift(PangoLayoutLine *line, const struct type_place *at)
{
	PangoRectangle logical;
	double free_width;

	if (at->align == TYPE_LEFT)
		return 0;
	pango_layout_line_get_extents(line, NULL, &logical);
	free_width = at->width - (double)logical.width / PANGO_SCALE;
	return at->align == TYPE_RIGHT ? free_width : free_width / 2;
}

void type_draw(struct type *t, cairo_t *cr, enum look_style style, const char *text,
	       const struct type_place *at)
{
	const struct look_font *f = &t->look->font[style];
	PangoLayout *layout;
	unsigned count;

	if (type_is_empty(text) || at->n == 0)
		return;
	layout = type_set(t, style, text, at->width, PANGO_WRAP_WORD_CHAR);
	count = (unsigned)pango_layout_get_line_count(layout);
	cairo_set_source_rgb(cr, f->grey, f->grey, f->grey);
	for (unsigned i = at->first; i < count && i - at->first < at->n; i++) {
		PangoLayoutLine *line = pango_layout_get_line_readonly(layout, (int)i);
		/* Capitals and figures stand in the middle of the line's height. */
		double baseline = (i - at->first + 0.5) * f->leading + 0.36 * f->size;

		cairo_move_to(cr, at->x + type_shift(line, at), at->y + baseline);
		pango_cairo_show_layout_line(cr, line);
	}
}
