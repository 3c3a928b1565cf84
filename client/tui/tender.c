#include "client/tui/tender.h"

#include <stdio.h>
#include <string.h>

#include "client/look/money.h"
#include "client/tui/words.h"
#include "common/rules.h"
#include "common/wire.h"

#define PAYER (2 * TENDER_WAYS)
#define NOTE (2 * TENDER_WAYS + 1)
#define FIELDS (2 * TENDER_WAYS + 2)
#define REFERENCE_MAX 64
#define PARTY_MAX 100
#define AMOUNT_WIDTH 13
#define NAME_X 1
#define FIRST_X 11
#define SECOND_X 38

static size_t tender_amount_at(size_t way)
{
	return 2 * way;
}

/* Of cash what was handed over, of all others the reference. */
static size_t tender_extra_at(size_t way)
{
	return 2 * way + 1;
}

static bool tender_is_cash(const struct tender *t, size_t way)
{
	return strcmp(t->ways[way].code, "cash") == 0;
}

const char *tender_ways(void)
{
	const struct rpc_method *m = rpc_find("payment.Refund");
	const ProtobufCFieldDescriptor *f = message_field(m->in->desc, "method");

	return m->in->fields[f - m->in->desc->fields].choices;
}

void tender_init(struct tender *t, const char *ways)
{
	*t = (struct tender){ .digits = MONEY_DIGITS };
	inputs_init(&t->inputs, t->of, FIELDS);
	while (*ways != '\0' && t->n_ways < TENDER_WAYS) {
		size_t len = strcspn(ways, "|"), i = t->n_ways++;

		(void)snprintf(t->ways[i].code, sizeof(t->ways[i].code), "%.*s", (int)len, ways);
		t->of[tender_amount_at(i)].number = true;
		t->of[tender_extra_at(i)].number = tender_is_cash(t, i);
		t->of[tender_extra_at(i)].max = tender_is_cash(t, i) ? 0 : REFERENCE_MAX;
		ways += len + (ways[len] == '|' ? 1 : 0);
	}
	t->of[PAYER].max = PARTY_MAX;
}

void tender_free(struct tender *t)
{
	inputs_free(&t->inputs);
}

/* Money in a field; 0: there is none. False: it is no amount. */
static bool tender_read(struct tender *t, size_t field, int64_t *ret)
{
	const char *text = inputs_text(&t->inputs, field);
	struct st_err err;

	*ret = 0;
	return text[0] == '\0' || money_parse(text, t->digits, ret, &err) == ST_OK;
}

static int64_t tender_amount(struct tender *t, size_t way)
{
	int64_t amount = 0;

	if (t->ways[way].chosen)
		(void)tender_read(t, tender_amount_at(way), &amount);
	return amount;
}

int64_t tender_sum(struct tender *t)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->n_ways; i++)
		sum += tender_amount(t, i);
	return sum;
}

static void tender_put(struct tender *t, size_t field, int64_t amount)
{
	char text[40];

	inputs_set(&t->inputs, field,
		   amount > 0 ? money_format(amount, t->digits, true, text) : "");
}

/* Ways for which nobody typed an amount take what the others leave: there is one at most. */
static void tender_settle(struct tender *t)
{
	for (size_t i = 0; i < t->n_ways; i++)
		if (t->ways[i].chosen && !t->ways[i].typed)
			tender_put(t, tender_amount_at(i),
				   t->due - (tender_sum(t) - tender_amount(t, i)));
}

void tender_due(struct tender *t, int64_t due, const char *currency)
{
	t->due = due;
	t->digits = money_digits(currency);
	tender_settle(t);
}

static void tender_drop(struct tender *t, size_t way)
{
	t->ways[way].chosen = t->ways[way].typed = false;
	inputs_set(&t->inputs, tender_amount_at(way), "");
	inputs_set(&t->inputs, tender_extra_at(way), "");
}

void tender_clear(struct tender *t)
{
	t->at_ways = true;
	inputs_go(&t->inputs, INPUT_NONE);
	for (size_t i = 0; i < t->n_ways; i++)
		tender_drop(t, i);
	inputs_set(&t->inputs, PAYER, "");
	inputs_set(&t->inputs, NOTE, "");
}

static void tender_go(struct tender *t, int field)
{
	t->at_ways = field == INPUT_NONE;
	inputs_go(&t->inputs, field);
}

static bool tender_is_amount(int field)
{
	return field >= 0 && field < PAYER && field % 2 == 0;
}

/* A field was typed into: a way without an amount is none, and less cash than that pays as much. */
static void tender_leave(struct tender *t)
{
	int field = t->at_ways ? INPUT_NONE : t->inputs.at;
	size_t way = (size_t)field / 2;
	int64_t tendered;

	if (field < 0 || field >= PAYER || !t->ways[way].chosen)
		return;
	if (tender_is_amount(field)) {
		if (inputs_text(&t->inputs, (size_t)field)[0] == '\0')
			tender_drop(t, way);
	} else if (tender_is_cash(t, way) && !t->ways[way].typed &&
		   tender_read(t, (size_t)field, &tendered) && tendered > 0 &&
		   tendered < tender_amount(t, way)) {
		tender_put(t, tender_amount_at(way), tendered);
		t->ways[way].typed = true;
	}
	tender_settle(t);
}

void tender_focus(struct tender *t, bool focused)
{
	if (focused && !t->focused)
		tender_go(t, INPUT_NONE);
	if (!focused && t->focused) {
		tender_leave(t);
		inputs_go(&t->inputs, INPUT_NONE);
	}
	t->focused = focused;
}

/* The way that takes what the others leave makes room: it was picked by mistake. */
static void tender_make_room(struct tender *t)
{
	for (size_t i = 0; i < t->n_ways; i++)
		if (t->ways[i].chosen && !t->ways[i].typed)
			tender_drop(t, i);
}

bool tender_pick(struct tender *t, size_t n)
{
	if (n >= t->n_ways)
		return false;
	if (!t->ways[n].chosen) {
		tender_make_room(t);
		t->ways[n].chosen = true;
		tender_settle(t);
	}
	t->focused = true;
	tender_go(t, (int)(tender_amount(t, n) > 0 ? tender_extra_at(n) : tender_amount_at(n)));
	return true;
}

/* Fields in their order on the screen; INPUT_NONE, the line of ways, before the first. */
static int tender_next(const struct tender *t, int field)
{
	for (int i = field + 1; i < FIELDS; i++)
		if (i >= PAYER || (i / 2 < (int)t->n_ways && t->ways[i / 2].chosen))
			return i;
	return FIELDS;
}

static int tender_before(const struct tender *t, int field)
{
	int before = INPUT_NONE;

	for (int i = tender_next(t, INPUT_NONE); i < field; i = tender_next(t, i))
		before = i;
	return before;
}

static bool tender_step(struct tender *t, const struct key *k)
{
	int from = t->at_ways ? INPUT_NONE : t->inputs.at;
	bool back = key_is(k, "Shift-Tab|Up");
	int to;

	tender_leave(t);
	to = back ? tender_before(t, from) : tender_next(t, from);
	if (back && from == INPUT_NONE)
		return false;
	if (to == FIELDS && k->code == K_TAB)
		return false;
	/* The last way is done and something is left: another way. */
	if (k->code == K_ENTER && to == PAYER && from != INPUT_NONE && tender_sum(t) < t->due)
		to = INPUT_NONE;
	tender_go(t, to == FIELDS ? INPUT_NONE : to);
	return true;
}

static bool tender_digit(struct tender *t, const struct key *k)
{
	return k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9' &&
	       tender_pick(t, (size_t)(k->wc - L'1'));
}

/* Whoever types an amount means it. */
static bool tender_type(struct tender *t, const struct key *k)
{
	int field = t->inputs.at;
	char before[INPUT_BYTES];

	(void)snprintf(before, sizeof(before), "%s", inputs_text(&t->inputs, (size_t)field));
	if (!inputs_key(&t->inputs, k))
		return false;
	if (tender_is_amount(field) &&
	    strcmp(before, inputs_text(&t->inputs, (size_t)field)) != 0) {
		t->ways[field / 2].typed = true;
		tender_settle(t);
	}
	return true;
}

bool tender_key(struct tender *t, const struct key *k)
{
	if (key_is(k, "Tab|Enter|Down|Shift-Tab|Up"))
		return tender_step(t, k);
	return t->at_ways ? tender_digit(t, k) : tender_type(t, k);
}

bool tender_at_payer(const struct tender *t)
{
	return t->focused && t->inputs.at == PAYER;
}

bool tender_dirty(const struct tender *t)
{
	for (size_t i = 0; i < t->n_ways; i++)
		if (t->ways[i].chosen)
			return true;
	return t->of[NOTE].text[0] != '\0';
}

static bool tender_cash(struct tender *t, size_t *ret_way)
{
	for (size_t i = 0; i < t->n_ways; i++)
		if (tender_is_cash(t, i) && tender_amount(t, i) > 0) {
			*ret_way = i;
			return true;
		}
	return false;
}

bool tender_has_cash(struct tender *t)
{
	size_t way;

	return tender_cash(t, &way);
}

/* Handed over, less what is paid; less than nothing: too little. 0: nobody said. */
static int64_t tender_left_over(struct tender *t)
{
	int64_t tendered = 0;
	size_t way;

	if (!tender_cash(t, &way) || !tender_read(t, tender_extra_at(way), &tendered) ||
	    tendered == 0)
		return 0;
	return tendered - tender_amount(t, way);
}

int64_t tender_change(struct tender *t)
{
	int64_t over = tender_left_over(t);

	return over > 0 ? over : 0;
}

const char *tender_why_not(struct tender *t)
{
	for (size_t i = 0; i < t->n_ways; i++) {
		int64_t amount;

		if (t->ways[i].chosen &&
		    (!tender_read(t, tender_amount_at(i), &amount) ||
		     (tender_is_cash(t, i) && !tender_read(t, tender_extra_at(i), &amount))))
			return _("that is no amount; write it like 1280.50");
	}
	if (tender_sum(t) == 0)
		return _("nobody has said how it is paid; a digit picks the way");
	if (tender_left_over(t) < 0)
		return _("less cash was handed over than is paid in cash");
	return NULL;
}

const char *tender_paid(struct tender *t, size_t n, struct arena *mem)
{
	for (size_t i = 0; i < t->n_ways; i++) {
		int64_t amount = tender_amount(t, i);
		const char *reference;
		char text[40];

		if (amount == 0 || n-- > 0)
			continue;
		reference = tender_is_cash(t, i) ? "" : inputs_text(&t->inputs, tender_extra_at(i));
		return arena_printf(mem, "%s=%s%s%s", t->ways[i].code,
				    money_format(amount, t->digits, false, text),
				    reference[0] != '\0' ? ":" : "", reference);
	}
	return NULL;
}

const char *tender_tendered(struct tender *t, struct arena *mem)
{
	int64_t tendered = 0;
	size_t way;
	const char *text;

	if (!tender_cash(t, &way) || !tender_read(t, tender_extra_at(way), &tendered) ||
	    tendered == 0)
		return "";
	text = arena_printf(mem, "%lld", (long long)tendered);
	return text != NULL ? text : "";
}

const char *tender_payer(struct tender *t)
{
	return inputs_text(&t->inputs, PAYER);
}

void tender_set_payer(struct tender *t, const char *payer)
{
	inputs_set(&t->inputs, PAYER, payer);
}

const char *tender_note(struct tender *t)
{
	return inputs_text(&t->inputs, NOTE);
}

int tender_lines(const struct tender *t)
{
	int lines = 3; /* ways, payer and note, sums */

	for (size_t i = 0; i < t->n_ways; i++)
		lines += t->ways[i].chosen ? 1 : 0;
	return lines;
}

static void tender_draw_ways(const struct tender *t, const struct area *a)
{
	bool here = t->focused && t->at_ways;
	int x = NAME_X + area_put(a, 0, NAME_X, -1, here ? STYLE_TITLE : STYLE_LABEL, _("Ways")) +
		2;

	for (size_t i = 0; i < t->n_ways; i++)
		x += area_printf(a, 0, x, t->ways[i].chosen ? STYLE_MARKED : STYLE_PLAIN,
				 t->ways[i].chosen ? "[%zu %s]" : " %zu %s ", i + 1,
				 words_code(t->ways[i].code));
	if (!here)
		return;
	x += area_put(a, 0, x + 1, -1, STYLE_TITLE, ">") + 2;
	area_fill(a, 0, x, 1, STYLE_EDIT);
	area_cursor(a, 0, x);
}

static void tender_draw_change(struct tender *t, const struct area *a, int y)
{
	int64_t over = tender_left_over(t);
	int x = SECOND_X + AMOUNT_WIDTH + 4;
	char text[40];

	x += area_put(a, y, x, -1, STYLE_LABEL, over < 0 ? _("Too little") : _("Change")) + 2;
	area_put(a, y, x, -1, over < 0 ? STYLE_LATE : STYLE_TITLE,
		 money_format(over < 0 ? -over : over, t->digits, true, text));
}

static void tender_draw_way(struct tender *t, const struct area *a, int y, size_t way)
{
	bool cash = tender_is_cash(t, way);

	area_put(a, y, NAME_X, FIRST_X - NAME_X - 1, STYLE_LABEL, words_code(t->ways[way].code));
	inputs_draw(&t->inputs, tender_amount_at(way), a, y, FIRST_X, AMOUNT_WIDTH);
	area_put(a, y, FIRST_X + AMOUNT_WIDTH + 3, SECOND_X - FIRST_X - AMOUNT_WIDTH - 4,
		 STYLE_LABEL, cash ? _("Tendered") : _("Reference"));
	inputs_draw(&t->inputs, tender_extra_at(way), a, y, SECOND_X,
		    cash ? AMOUNT_WIDTH : 2 * AMOUNT_WIDTH);
	if (cash)
		tender_draw_change(t, a, y);
}

static void tender_draw_people(struct tender *t, const struct area *a, int y, const char *customer)
{
	int width = SECOND_X - FIRST_X - 10, note = SECOND_X;

	area_put(a, y, NAME_X, FIRST_X - NAME_X - 1, STYLE_LABEL, _("Payer"));
	inputs_draw(&t->inputs, PAYER, a, y, FIRST_X, width);
	if (tender_payer(t)[0] == '\0' && !tender_at_payer(t))
		area_put(a, y, FIRST_X + 1, width, STYLE_FIELD, customer);
	area_put(a, y, FIRST_X + width + 3, note - FIRST_X - width - 4, STYLE_LABEL, _("Note"));
	inputs_draw(&t->inputs, NOTE, a, y, note, a->width - note - 3);
}

static void tender_draw_sums(struct tender *t, const struct area *a, int y)
{
	int64_t sum = tender_sum(t), left = t->due - sum;
	char paid[40], due[40], text[40];
	int x = NAME_X;

	(void)money_format(sum, t->digits, true, paid);
	if (t->due == TENDER_ANY) {
		area_printf(a, y, x, STYLE_TITLE, _("Paid %s"), paid);
		return;
	}
	x += area_printf(a, y, x, STYLE_TITLE, _("Paid %s of %s"), paid,
			 money_format(t->due, t->digits, true, due)) +
	     3;
	if (sum == 0 || left == 0)
		return;
	area_printf(a, y, x, STYLE_SOON, left > 0 ? _("%s stays due") : _("%s in advance"),
		    money_format(left > 0 ? left : -left, t->digits, true, text));
}

void tender_draw(struct tender *t, const struct area *a, const char *customer)
{
	int y = 1;

	tender_draw_ways(t, a);
	for (size_t i = 0; i < t->n_ways; i++)
		if (t->ways[i].chosen)
			tender_draw_way(t, a, y++, i);
	tender_draw_people(t, a, y++, customer);
	tender_draw_sums(t, a, y);
}
