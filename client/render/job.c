#include "client/render/job.h"

#include "client/render/escpos.h"
#include "client/render/input.h"
#include "client/render/pdf.h"
#include "client/render/roll.h"

/* Of a document's layout: rows are many, each of them is small. */
#define JOB_ARENA (256u << 20)

struct job {
	struct type *type;
	const Steward__PrintRequest *rq;
	const struct look *look;
	struct buf *out;
	struct pdf *pdf;
	unsigned width_dots, pages;
};

static enum st_code job_write_roll(struct job *j, const struct sheet *s, struct st_err *err)
{
	if (escpos_begin(j->out, j->rq->drawer && j->pages == 0) != ST_OK)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_LARGE", NULL,
			       "the receipts become too large for one file");
	ST_TRY(roll_write(s, j->width_dots, j->out, err));
	if (escpos_end(j->out, !j->rq->uncut) != ST_OK)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_LARGE", NULL,
			       "the receipts become too large for one file");
	return ST_OK;
}

static enum st_code job_document(struct job *j, const Steward__PrintDocument *d, struct st_err *err)
{
	unsigned left = JOB_PAGES_MAX - j->pages;
	struct arena mem;
	struct sheet s;
	enum st_code code;

	if (left == 0)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_MANY_PAGES", NULL,
			       "the documents make more than %u pages", JOB_PAGES_MAX);
	arena_init(&mem, JOB_ARENA);
	code = sheet_make(&s, d, j->look, j->type, left, &mem, err);
	if (code == ST_OK)
		code = j->pdf != NULL ? pdf_add(j->pdf, &s, err) : job_write_roll(j, &s, err);
	if (code == ST_OK)
		j->pages += s.flow.pages;
	sheet_fini(&s);
	arena_fini(&mem);
	return code;
}

static enum st_code job_documents(struct job *j, struct st_err *err)
{
	for (size_t i = 0; i < j->rq->n_documents; i++) {
		enum st_code code = job_document(j, j->rq->documents[i], err);

		if (code != ST_OK) {
			if (err != NULL)
				input_name_document(err, i);
			return code;
		}
	}
	return ST_OK;
}

enum st_code job_run(struct type *type, const Steward__PrintRequest *rq, struct buf *out,
		     unsigned *ret_pages, struct st_err *err)
{
	struct job j = { .type = type, .rq = rq, .out = out };
	enum st_code code = ST_OK;

	j.width_dots = rq->has_width ? rq->width : 576;
	if (rq->form == STEWARD__PRINT_FORM__ESCPOS) {
		j.look = look_roll(j.width_dots);
	} else {
		j.look = look_paper(rq->paper);
		ST_TRY(pdf_begin(&j.pdf, rq->documents[0], out, err));
	}
	code = job_documents(&j, err);
	if (code == ST_OK && j.pdf != NULL)
		code = pdf_end(j.pdf, err);
	pdf_free(j.pdf);
	if (code == ST_OK)
		*ret_pages = j.pdf != NULL ? j.pages : 0;
	return code;
}
