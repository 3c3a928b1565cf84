#include "client/cli/csv_in.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "common/utf8.h"

#define RECORD_LINES 1000 /* a longer record is a quote that was never closed */
#define RECORD_BYTES (1u << 20)

static unsigned long csv_line_of(struct slice text, size_t at)
{
	unsigned long line = 1;

	for (size_t i = 0; i < at && i < text.len; i++)
		line += text.data[i] == '\n' ? 1 : 0;
	return line;
}

static enum st_code csv_convert(struct slice text, const char *encoding, struct arena *mem,
				struct slice *ret, struct st_err *err)
{
	size_t left = text.len, room = text.len * 3 + 16, cap = room;
	char *from = (char *)text.data, *out = arena_alloc(mem, cap + 1), *to = out;
	iconv_t cd;
	size_t rc;

	if (out == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the file is too large");
	cd = iconv_open("UTF-8", encoding);
	if (cd == (iconv_t)-1)
		return st_fail(
			err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--encoding",
			"no encoding is called '%s'; try UTF-8, GB18030, UTF-16 or ISO-8859-1",
			encoding);
	rc = iconv(cd, &from, &left, &to, &room);
	(void)iconv_close(cd);
	if (rc == (size_t)-1)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_ENCODING", NULL,
			       "line %lu is not valid %s; name the right encoding with --encoding",
			       csv_line_of(text, (size_t)(from - (char *)text.data)), encoding);
	*ret = slice_of(out, cap - room);
	return ST_OK;
}

enum st_code csv_open(struct csv_in *in, struct slice text, const char *encoding, char delimiter,
		      struct arena *mem, struct st_err *err)
{
	bool utf16 = text.len >= 2 && ((text.data[0] == 0xff && text.data[1] == 0xfe) ||
				       (text.data[0] == 0xfe && text.data[1] == 0xff));

	if (encoding == NULL && utf16)
		encoding = "UTF-16";
	if (encoding != NULL)
		ST_TRY(csv_convert(text, encoding, mem, &text, err));
	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = slice_of(text.data + 3, text.len - 3);
	*in = (struct csv_in){ .text = text, .line = 1, .delimiter = delimiter };
	return ST_OK;
}

void csv_close(struct csv_in *in)
{
	if (in->open)
		csv_free(&in->parser);
	in->open = false;
}

static bool csv_ready(struct csv_in *in)
{
	if (in->open)
		return true;
	if (csv_init(&in->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return false;
	csv_set_delim(&in->parser, (unsigned char)in->delimiter);
	in->open = true;
	return true;
}

struct csv_building {
	struct csv_record *record;
	struct arena *mem;
	bool ended;
};

static void csv_on_cell(void *cell, size_t len, void *arg)
{
	struct csv_building *b = arg;
	struct csv_record *r = b->record;
	const char *text = arena_strndup(b->mem, cell != NULL ? cell : "", len);

	r->cells = r->n == 0 || r->cells != NULL
			   ? arena_grow(b->mem, r->cells, r->n, sizeof(*r->cells))
			   : NULL;
	if (text == NULL || r->cells == NULL)
		r->error = "it is too long";
	else if (len > 0 && memchr(cell, 0, len) != NULL)
		r->error = "it contains a 0 byte";
	else if (!utf8_ok((const uint8_t *)text, len))
		r->error = "it is not valid UTF-8; name the right encoding with --encoding";
	if (r->cells != NULL)
		r->cells[r->n++] = text;
}

static void csv_on_end(int last, void *arg)
{
	struct csv_building *b = arg;

	b->ended = true;
}

/* Up to and with the next line end: LF, CR LF, or CR alone, at which the parser ends a record
 * too. */
static size_t csv_line_len(struct slice text, size_t at)
{
	size_t n = at;

	while (n < text.len && text.data[n] != '\n' && text.data[n] != '\r')
		n++;
	if (n + 1 < text.len && text.data[n] == '\r' && text.data[n + 1] == '\n')
		n++;
	return (n < text.len ? n + 1 : n) - at;
}

static struct slice csv_raw(const struct csv_in *in, size_t from, size_t to)
{
	while (to > from && (in->text.data[to - 1] == '\n' || in->text.data[to - 1] == '\r'))
		to--;
	return slice_of(in->text.data + from, to - from);
}

/* Feeds lines until a record has ended. False: it is no record; ret->error tells why, or it was a
 * blank line. */
static bool csv_read(struct csv_in *in, struct csv_building *b)
{
	size_t from = in->at, len;

	for (unsigned lines = 0; !b->ended; lines++) {
		if (in->at >= in->text.len) {
			if (csv_fini(&in->parser, csv_on_cell, csv_on_end, b) != 0)
				b->record->error = "a quote is opened in it and never closed";
			return b->ended;
		}
		if (lines >= RECORD_LINES || in->at - from > RECORD_BYTES) {
			b->record->error = "a quote is opened in it and never closed";
			return false;
		}
		len = csv_line_len(in->text, in->at);
		if (csv_parse(&in->parser, in->text.data + in->at, len, csv_on_cell, csv_on_end,
			      b) != len) {
			b->record->error =
				"a quote stands where none may: put the whole value in quotes and "
				"write quotes inside it twice";
			return false;
		}
		in->at += len;
		in->line++;
		if (lines == 0 && !b->ended && b->record->n == 0 &&
		    csv_raw(in, from, in->at).len == 0)
			return false; /* blank */
	}
	return true;
}

bool csv_next(struct csv_in *in, struct arena *mem, struct csv_record *ret)
{
	while (in->at < in->text.len) {
		struct csv_building b = { ret, mem, false };
		size_t from = in->at;
		unsigned long line = in->line;

		*ret = (struct csv_record){ .line = line };
		if (!csv_ready(in)) {
			ret->error = "no memory is left";
			in->at = in->text.len;
			return true;
		}
		if (csv_read(in, &b) || ret->error != NULL) {
			if (ret->error != NULL && !b.ended) {
				/* Nobody knows where it ends: go on with the next line. */
				csv_close(in);
				in->at = from;
				in->at += csv_line_len(in->text, in->at);
				in->line = line + 1;
			}
			ret->raw = csv_raw(in, from, in->at);
			return true;
		}
	}
	return false;
}
