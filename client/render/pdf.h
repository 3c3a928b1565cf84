#pragma once
/* Documents as pages of one PDF: fonts embedded as what is used of them, the same bytes for the
 * same documents. */
#include "client/render/sheet.h"
#include "common/buf.h"

struct pdf;

/*
 * 'first' gives the file its name, author and date (its issued_at, else SOURCE_DATE_EPOCH, else
 * none). The bytes go into 'out', the last of them in pdf_end().
 */
enum st_code pdf_begin(struct pdf **ret, const Steward__PrintDocument *first, struct buf *out,
		       struct st_err *err) ST_MUSTCHECK;
/* Adds all pages of a sheet and an entry in the file's outline. */
enum st_code pdf_add(struct pdf *p, const struct sheet *s, struct st_err *err) ST_MUSTCHECK;
/* OUT_OF_RANGE: more than 'out' can hold. */
enum st_code pdf_end(struct pdf *p, struct st_err *err) ST_MUSTCHECK;
/* Also without pdf_end(). NULL is fine. */
void pdf_free(struct pdf *p);

/* A time of the declaration's format as cairo reads it: "2026-11-23T16:00:07+08:00". False: it is
 * no such time. */
bool pdf_date(const char *text, char *out, size_t size);
