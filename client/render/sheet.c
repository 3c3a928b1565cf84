#include "client/render/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the width, what labels of facts may take. */
#define LABEL_PART 0.45

static bool text_is_given(const char *text)
{
	return text != NULL && text[0] != 0;
}

/* Blocks a document can have, the roll's own included. */
static size_t sheet_most(const struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	size_t n = 8 + d->n_addressee + d->n_facts + d->n_introduction + d->n_paragraphs;

	for (size_t i = 0; i < d->n_tables; i++)
		n += 2 + d->tables[i]->n_rows;
	return n;
}

static struct flow_item *sheet_add(struct sheet *s, enum block_kind kind, size_t index,
				   const char *text, struct flow_item item)
{
	s->blocks[s->n] = (struct block){ .kind = kind, .index = (uint32_t)index, .text = text };
	s->items[s->n] = item;
	s->height += flow_item_height(&item);
	return &s->items[s->n++];
}

static struct flow_item sheet_text_item(const struct sheet *s, enum look_style style,
					const char *text)
{
	return (struct flow_item){ .line = s->look->font[style].leading,
				   .lines = type_lines(s->type, style, text, s->width) };
}

static double lines_height(const struct sheet *s, enum look_style style, char *const *lines,
			   size_t n, double width)
{
	double height = 0;

	for (size_t i = 0; i < n; i++)
		height += type_height(s->type, style, lines[i], width);
	return height;
}

static void sheet_add_issuer(struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	struct flow_item item = { 0 };

	if (d->n_issuer == 0)
		return;
	item.top = type_height(s->type, STYLE_NAME, d->issuer[0], s->width) +
		   lines_height(s, STYLE_ISSUER, d->issuer + 1, d->n_issuer - 1, s->width);
	item.before = s->look->space / 2;
	/* A line under it, of a paper. */
	item.bottom = s->look->roll ? 0 : s->look->space / 2;
	(void)sheet_add(s, BLOCK_ISSUER, 0, NULL, item);
}

bool sheet_mark(const struct sheet *s, char out[SHEET_MARK])
{
	const char *mark = s->doc->mark != NULL ? s->doc->mark : "";
	size_t used = strlen(mark) < SHEET_MARK / 2 ? strlen(mark) : 0;

	memcpy(out, mark, used);
	out[used] = '\0';
	if (used > 0 && s->doc->copy > 0)
		used += (size_t)snprintf(out + used, SHEET_MARK - used, " · ");
	if (s->doc->copy > 0)
		(void)snprintf(out + used, SHEET_MARK - used, s->words->copy, s->doc->copy);
	return out[0] != '\0';
}

static void sheet_add_copy(struct sheet *s, double before)
{
	struct flow_item item = { .before = before, .top = s->look->font[STYLE_COPY].leading };
	char mark[SHEET_MARK];

	if (s->look->roll && sheet_mark(s, mark))
		(void)sheet_add(s, BLOCK_COPY, 0, NULL, item);
}

static double facts_height(const struct sheet *s)
{
	double value_width = s->width - s->facts - s->label, height = 0;

	for (size_t i = 0; i < s->doc->n_facts; i++) {
		const Steward__PrintFact *f = s->doc->facts[i];

		height += fmax(type_height(s->type, STYLE_LABEL, f->label, s->label - s->look->gap),
			       type_height(s->type, STYLE_TEXT, f->value, value_width));
	}
	return height;
}

/* How wide the labels of facts become in this width, the gap behind them included. */
static double facts_label(const struct sheet *s, double width)
{
	double widest = 0;

	for (size_t i = 0; i < s->doc->n_facts; i++)
		widest = fmax(widest, type_width(s->type, STYLE_LABEL, s->doc->facts[i]->label));
	return fmin(widest + s->look->gap, LABEL_PART * width);
}

static void sheet_add_parties(struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	struct flow_item item = { .before = s->look->space * 0.8 };
	double beside;

	if (d->n_addressee == 0 && d->n_facts == 0)
		return;
	s->facts = d->n_addressee > 0 ? s->look->facts * s->width : 0;
	s->label = facts_label(s, s->width - s->facts);
	beside = d->n_facts > 0 ? s->facts - s->look->gap : s->width;
	item.top = fmax(facts_height(s),
			lines_height(s, STYLE_TEXT, d->addressee, d->n_addressee, beside));
	(void)sheet_add(s, BLOCK_PARTIES, 0, NULL, item);
}

/* Values stand at the right edge there, so each label takes its own width. */
double sheet_roll_label(const struct sheet *s, const Steward__PrintFact *f)
{
	double label = type_width(s->type, STYLE_LABEL, f->label) + s->look->gap;

	if (label + type_width(s->type, STYLE_TEXT, f->value) <= s->width)
		return label;
	return fmin(label, LABEL_PART * s->width);
}

/* A roll has one line after the other instead. */
static void sheet_add_roll_parties(struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	double before = s->look->space;

	for (size_t i = 0; i < d->n_addressee; i++) {
		struct flow_item item = sheet_text_item(s, STYLE_TEXT, d->addressee[i]);

		item.before = i == 0 ? before : 0;
		(void)sheet_add(s, BLOCK_LINE, i, d->addressee[i], item);
	}
	for (size_t i = 0; i < d->n_facts; i++) {
		const Steward__PrintFact *f = d->facts[i];
		double width = sheet_roll_label(s, f);
		unsigned label = type_lines(s->type, STYLE_LABEL, f->label, width - s->look->gap);
		unsigned value = type_lines(s->type, STYLE_TEXT, f->value, s->width - width);
		struct flow_item item = { .line = s->look->font[STYLE_TEXT].leading,
					  .lines = label > value ? label : value };

		item.before = i == 0 ? before / 2 : 0;
		(void)sheet_add(s, BLOCK_FACT, i, NULL, item);
	}
}

static void sheet_add_paragraphs(struct sheet *s, char *const *texts, size_t n)
{
	for (size_t i = 0; i < n && s->height <= s->most; i++) {
		struct flow_item item = sheet_text_item(s, STYLE_TEXT, texts[i]);

		item.before = i == 0 ? s->look->space : s->look->font[STYLE_TEXT].leading / 2;
		item.breakable = true;
		if (item.lines > 0)
			(void)sheet_add(s, BLOCK_PARAGRAPH, i, texts[i], item);
	}
}

static void sheet_add_table(struct sheet *s, size_t index)
{
	struct sheet_table *t = &s->tables[index];
	double before = s->look->space;
	size_t first = s->n;

	t->table = s->doc->tables[index];
	table_fit(s, t);
	if (text_is_given(t->table->title)) {
		struct flow_item item = sheet_text_item(s, STYLE_STRONG, t->table->title);

		item.bottom = s->look->pad;
		item.keep_next = true;
		(void)sheet_add(s, BLOCK_TABLE_TITLE, 0, t->table->title, item);
	}
	if (t->head > 0)
		(void)sheet_add(s, BLOCK_TABLE_HEAD, 0, NULL, table_head_item(s, t));
	for (size_t i = 0; i < t->table->n_rows && s->height <= s->most; i++)
		(void)sheet_add(s, BLOCK_ROW, i, NULL, table_row_item(s, t, i));
	if (s->n == first)
		return;
	s->items[first].before = before;
	s->items[s->n - 1].keep_next = false;
	for (size_t i = first; i < s->n; i++)
		s->blocks[i].table = (uint8_t)index;
}

static void sheet_add_code(struct sheet *s)
{
	const Steward__PrintCode *c = s->doc->code;
	struct flow_item item = { .before = s->look->space, .top = s->look->code };
	double x = s->look->code + s->look->gap, caption;

	if (c == NULL)
		return;
	if (s->look->roll) {
		/* The white border that a reader needs. */
		caption = type_height(s->type, STYLE_CAPTION, c->caption, s->width);
		item.top += caption + s->look->space;
	} else {
		caption = type_height(s->type, STYLE_CAPTION, c->caption, s->width - x);
		item.top = fmax(item.top, caption);
	}
	(void)sheet_add(s, BLOCK_CODE, 0, NULL, item);
}

static void sheet_add_footer(struct sheet *s)
{
	struct flow_item item;

	if (!s->look->roll || !text_is_given(s->doc->footer))
		return;
	item = sheet_text_item(s, STYLE_SMALL, s->doc->footer);
	item.before = s->look->space;
	(void)sheet_add(s, BLOCK_FOOTER, 0, s->doc->footer, item);
}

static void sheet_add_all(struct sheet *s)
{
	const Steward__PrintDocument *d = s->doc;
	struct flow_item title = sheet_text_item(s, STYLE_TITLE, d->title);

	sheet_add_copy(s, 0);
	sheet_add_issuer(s);
	title.before = s->look->space * (s->look->roll ? 0.7 : 0.9);
	title.keep_next = true;
	(void)sheet_add(s, BLOCK_TITLE, 0, d->title, title);
	if (s->look->roll)
		sheet_add_roll_parties(s);
	else
		sheet_add_parties(s);
	sheet_add_paragraphs(s, d->introduction, d->n_introduction);
	for (size_t i = 0; i < d->n_tables; i++)
		sheet_add_table(s, i);
	sheet_add_paragraphs(s, d->paragraphs, d->n_paragraphs);
	sheet_add_code(s);
	sheet_add_footer(s);
	sheet_add_copy(s, s->look->space);
	s->items[s->n - 1].keep_next = false;
}

/* Which field of the document it is that does not fit on a page. */
static const char *sheet_field(const struct block *b)
{
	switch (b->kind) {
	case BLOCK_ISSUER:
		return "issuer";
	case BLOCK_PARTIES:
		return "facts";
	case BLOCK_CODE:
		return "code.caption";
	default:
		return NULL;
	}
}

/* The foot of a page may have several lines: they go upwards. */
static void sheet_measure_foot(struct sheet *s)
{
	unsigned lines = type_lines(s->type, STYLE_SMALL, s->doc->footer, s->width * FOOT_PART);

	s->foot = lines > 1 ? (lines - 1) * s->look->font[STYLE_SMALL].leading : 0;
}

static struct flow_room sheet_room(const struct sheet *s, unsigned pages_max)
{
	const struct look *look = s->look;
	double paper = look->height - look->bottom - s->foot;

	if (look->roll)
		return (struct flow_room){ INFINITY, INFINITY, 1 };
	return (struct flow_room){ paper - look->top, paper - look->top_next, pages_max };
}

static enum st_code sheet_break(struct sheet *s, const struct flow_room *room, struct st_err *err)
{
	size_t at = 0;
	enum st_code code = flow_break(s->items, s->n, room, s->mem, &s->flow, &at, err);

	if (code != ST_OK && err != NULL && strcmp(err->reason, "TOO_TALL") == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", sheet_field(&s->blocks[at]),
			       "this does not fit on one page");
	return code;
}

enum st_code sheet_make(struct sheet *s, const Steward__PrintDocument *doc, const struct look *look,
			struct type *type, unsigned pages_max, struct arena *mem,
			struct st_err *err)
{
	struct flow_room room;

	*s = (struct sheet){ .doc = doc, .look = look, .type = type, .mem = mem };
	s->words = look_words(doc->language);
	s->width = look->width - look->left - look->right;
	type_use(type, look, s->words->pango);
	s->blocks = arena_array(mem, struct block, sheet_most(s));
	s->items = arena_array(mem, struct flow_item, sheet_most(s));
	s->tables = arena_array(mem, struct sheet_table, doc->n_tables);
	if (s->blocks == NULL || s->items == NULL || s->tables == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the document is too large");
	if (doc->code != NULL)
		ST_TRY(code_new(doc->code->text, &s->code, err));
	if (!look->roll)
		sheet_measure_foot(s);
	room = sheet_room(s, pages_max);
	s->most = look->roll ? LOOK_ROLL_MOST : room.first + (pages_max + 1.0) * room.next;
	sheet_add_all(s);
	return sheet_break(s, &room, err);
}

void sheet_fini(struct sheet *s)
{
	code_free(s->code);
	s->code = NULL;
}

double sheet_length(const struct sheet *s)
{
	return s->look->top + s->flow.end + s->look->bottom;
}
