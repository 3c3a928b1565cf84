/*
 * What steward-render draws. First byte: form (1 receipt), paper (2, 4), protobuf (8: the rest is a
 * PrintRequest; else documents as JSON). What is accepted must come out whole: a PDF to its end, or
 * bands that a printer can count.
 */
#include "client/render/input.h"

#include <string.h>

#include "client/render/job.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (64u << 20)
#define BYTES_MAX (16u << 20)

static void check_pdf(struct slice made, unsigned pages)
{
	static const char begin[] = "%PDF-", end[] = "%%EOF\n";

	must(pages > 0 && made.len > 100);
	must(memcmp(made.data, begin, 5) == 0);
	must(memcmp(made.data + made.len - 6, end, 6) == 0);
}

/* Commands one behind the other, none of them cut off. */
static void check_escpos(struct slice made, unsigned width_dots)
{
	size_t at = 0;

	while (at < made.len) {
		const uint8_t *c = made.data + at;

		must(made.len - at >= 2);
		if (c[0] == 0x1b && c[1] == '@') {
			at += 2;
		} else if (c[0] == 0x1b && c[1] == 'p') {
			at += 5;
		} else if (c[0] == 0x1b && c[1] == 'd') {
			at += 3;
		} else if (c[0] == 0x1d && c[1] == 'V') {
			at += 4;
		} else {
			must(made.len - at >= 8 && memcmp(c, "\x1dv0", 4) == 0);
			must(c[4] + 256u * c[5] == width_dots / 8);
			at += 8 + (c[4] + 256u * c[5]) * (c[6] + 256u * c[7]);
		}
	}
	must(at == made.len);
}

static void draw(const Steward__PrintRequest *rq)
{
	static struct type *type;
	struct st_err err = { 0 };
	unsigned pages = 0;
	struct buf out;
	enum st_code code;

	if (type == NULL)
		must(type_new(&type, &err) == ST_OK);
	buf_init(&out, BYTES_MAX);
	code = job_run(type, rq, &out, &pages, &err);
	if (code != ST_OK)
		must(err.message[0] != '\0' && code != ST_INTERNAL);
	else if (rq->form == STEWARD__PRINT_FORM__ESCPOS)
		check_escpos(buf_peek(&out), rq->has_width ? rq->width : 576);
	else
		check_pdf(buf_peek(&out), pages);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Steward__PrintRequest json = STEWARD__PRINT_REQUEST__INIT, *rq = &json;
	struct st_err err = { 0 };
	struct arena mem;
	struct slice rest;
	enum st_code code;

	if (size == 0)
		return 0;
	arena_init(&mem, ARENA_MAX);
	rest = slice_of(data + 1, size - 1);
	json.has_form = json.has_paper = true;
	json.form = (Steward__PrintForm)(data[0] & 1);
	json.paper = (Steward__PrintPaper)((data[0] >> 1 & 3) % 3);
	code = data[0] & 8 ? input_request(rest, &mem, &rq, &err)
			   : input_json(rest, &json, &mem, &err);
	if (code == ST_OK)
		draw(rq);
	else
		must(err.message[0] != '\0');
	arena_fini(&mem);
	return 0;
}
