#include "client/render/pdf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cairo-pdf.h>

struct pdf {
	cairo_surface_t *surface;
	cairo_t *cr;
	struct buf *out;
	unsigned pages;
	bool full;
};

static cairo_status_t pdf_write(void *arg, const unsigned char *data, unsigned length)
{
	struct pdf *p = arg;

	if (p->full || buf_append(p->out, data, length) != ST_OK) {
		p->full = true;
		return CAIRO_STATUS_WRITE_ERROR;
	}
	return CAIRO_STATUS_SUCCESS;
}

/* Digits and signs up to the first of 'ends' or 'most' of them. */
static size_t pdf_take(const char *text, const char *ends, size_t most)
{
	size_t n = strcspn(text, ends);

	return n < most ? n : most;
}

bool pdf_date(const char *text, char *out, size_t size)
{
	const char *time = text + (strlen(text) > 10 ? 11 : strlen(text));
	size_t n = pdf_take(time, ".+-Zz", 8);
	const char *zone = time + n + strcspn(time + n, "+-Zz");
	int used;

	if (strlen(text) < 10)
		return false;
	used = snprintf(out, size, "%.10s", text);
	if (n >= 5)
		used += snprintf(out + used, size - (size_t)used, "T%.*s%s", (int)n, time,
				 n == 5 ? ":00" : "");
	if (n >= 5 && (*zone == 'Z' || *zone == 'z'))
		used += snprintf(out + used, size - (size_t)used, "Z");
	else if (n >= 5 && *zone != 0)
		used += snprintf(out + used, size - (size_t)used, "%.6s%s", zone,
				 strlen(zone) == 3 ? ":00" : "");
	return (size_t)used < size;
}

/* What the environment of a reproducible build says; false: nothing. */
static bool pdf_epoch_date(char *out, size_t size)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	long long seconds;
	struct tm tm;
	time_t t;

	if (text == NULL || *text == 0)
		return false;
	errno = 0;
	seconds = strtoll(text, &end, 10);
	if (errno != 0 || *end != 0 || seconds < 0 || seconds > INT64_C(253402300799))
		return false;
	t = (time_t)seconds;
	return gmtime_r(&t, &tm) != NULL && strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

static void pdf_describe(struct pdf *p, const Steward__PrintDocument *first)
{
	char date[60] = "";

	bool known = first->issued_at != NULL && pdf_date(first->issued_at, date, sizeof(date));

	if (!known && !pdf_epoch_date(date, sizeof(date)))
		date[0] = 0;
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, first->title);
	if (first->n_issuer > 0)
		cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_AUTHOR,
					       first->issuer[0]);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR,
				       "steward-render " STEWARD_VERSION);
	/* Never the present time: an empty date leaves it out. */
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

static enum st_code pdf_status(const struct pdf *p, cairo_status_t status, struct st_err *err)
{
	if (p->full)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_LARGE", NULL,
			       "the documents become too large for one file");
	if (status == CAIRO_STATUS_NO_MEMORY)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	if (status != CAIRO_STATUS_SUCCESS)
		return st_fail(err, ST_INTERNAL, NULL, NULL, "cannot draw this: %s",
			       cairo_status_to_string(status));
	return ST_OK;
}

enum st_code pdf_begin(struct pdf **ret, const Steward__PrintDocument *first, struct buf *out,
		       struct st_err *err)
{
	struct pdf *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	p->out = out;
	p->surface = cairo_pdf_surface_create_for_stream(pdf_write, p, 595, 842);
	p->cr = cairo_create(p->surface);
	pdf_describe(p, first);
	*ret = p;
	return ST_OK;
}

static void pdf_outline(struct pdf *p, const struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	const char *number = d->n_facts > 0 ? d->facts[0]->value : NULL;
	char *name = arena_printf(s->mem, "%s%s%s", d->title, number != NULL ? " " : "",
				  number != NULL ? number : "");
	char to[40];

	(void)snprintf(to, sizeof(to), "page=%u", p->pages + 1);
	if (name != NULL)
		(void)cairo_pdf_surface_add_outline(p->surface, CAIRO_PDF_OUTLINE_ROOT, name, to,
						    0);
}

enum st_code pdf_add(struct pdf *p, const struct sheet *s, struct st_err *err)
{
	pdf_outline(p, s);
	for (unsigned page = 0; page < s->flow.pages; page++) {
		cairo_pdf_surface_set_size(p->surface, s->look->width, s->look->height);
		sheet_draw(s, p->cr, page);
		cairo_show_page(p->cr);
		ST_TRY(pdf_status(p, cairo_status(p->cr), err));
		p->pages++;
	}
	return ST_OK;
}

enum st_code pdf_end(struct pdf *p, struct st_err *err)
{
	cairo_surface_finish(p->surface);
	return pdf_status(p, cairo_surface_status(p->surface), err);
}

void pdf_free(struct pdf *p)
{
	if (p == NULL)
		return;
	/* Without an end it was given up: nothing more is written. */
	p->full = true;
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	free(p);
}
