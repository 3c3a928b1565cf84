#include "client/tui/count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/money.h"
#include "client/tui/words.h"

#define PIECES_WIDTH 6
#define AMOUNT_WIDTH 12
#define PIECES_MAX 6 /* digits */
#define SUM_LINES 3
#define REASON_MAX 500

static size_t count_other_at(const struct count *c)
{
	return c->n_values;
}

static size_t count_way_at(const struct count *c, size_t way)
{
	return c->n_values + 1 + way;
}

static size_t count_reason_at(const struct count *c)
{
	return c->n_values + 1 + c->n_ways;
}

void count_init(struct count *c, const char *currency, const char *ways)
{
	*c = (struct count){ .digits = money_digits(currency) };
	c->values = denominations_of(currency, &c->n_values);
	while (*ways != '\0' && c->n_ways < COUNT_WAYS) {
		size_t len = strcspn(ways, "|");

		if (strncmp(ways, "cash|", 5) != 0 && strcmp(ways, "cash") != 0)
			(void)snprintf(c->ways[c->n_ways++], sizeof(c->ways[0]), "%.*s", (int)len,
				       ways);
		ways += len + (ways[len] == '|' ? 1 : 0);
	}
	for (size_t i = 0; i < count_reason_at(c); i++) {
		c->of[i].number = true;
		c->of[i].max = i < c->n_values ? PIECES_MAX : 0;
	}
	c->of[count_reason_at(c)].max = REASON_MAX;
	inputs_init(&c->inputs, c->of, count_reason_at(c) + 1);
}

void count_free(struct count *c)
{
	inputs_free(&c->inputs);
}

void count_focus(struct count *c, bool focused)
{
	inputs_go(&c->inputs, focused ? 0 : INPUT_NONE);
}

void count_ask_reason(struct count *c, bool asked)
{
	c->reason = asked;
	inputs_go(&c->inputs, asked ? (int)count_reason_at(c) : 0);
}

bool count_typing(const struct count *c)
{
	return c->inputs.at != INPUT_NONE;
}

bool count_key(struct count *c, const struct key *k)
{
	int n = (int)count_reason_at(c) + (c->reason ? 1 : 0), at = c->inputs.at;

	if (at == INPUT_NONE)
		return false;
	if (key_is(k, "Enter|Tab|Down"))
		inputs_go(&c->inputs, (at + 1) % n);
	else if (key_is(k, "Shift-Tab|Up"))
		inputs_go(&c->inputs, (at + n - 1) % n);
	else
		return inputs_key(&c->inputs, k);
	return true;
}

bool count_dirty(struct count *c)
{
	for (size_t i = 0; i <= count_reason_at(c); i++)
		if (inputs_text(&c->inputs, i)[0] != '\0')
			return true;
	return false;
}

/* False: it is no amount. */
static bool count_amount(struct count *c, size_t field, int64_t *ret)
{
	const char *text = inputs_text(&c->inputs, field);
	struct st_err err;

	*ret = 0;
	return text[0] == '\0' || money_parse(text, c->digits, ret, &err) == ST_OK;
}

/* False: it is no number of pieces. */
static bool count_pieces(struct count *c, size_t field, int64_t *ret)
{
	const char *text = inputs_text(&c->inputs, field);

	*ret = strtoll(text, NULL, 10);
	return text[strspn(text, "0123456789")] == '\0';
}

int64_t count_cash(struct count *c)
{
	int64_t sum = 0, n;

	for (size_t i = 0; i < c->n_values; i++)
		if (count_pieces(c, i, &n))
			sum += n * c->values[i];
	if (count_amount(c, count_other_at(c), &n))
		sum += n;
	return sum;
}

int64_t count_way(struct count *c, size_t n)
{
	int64_t amount;

	return count_amount(c, count_way_at(c, n), &amount) ? amount : 0;
}

const char *count_reason(struct count *c)
{
	return inputs_text(&c->inputs, count_reason_at(c));
}

const char *count_why_not(struct count *c)
{
	int64_t n;

	for (size_t i = 0; i < c->n_values; i++)
		if (!count_pieces(c, i, &n))
			return _("pieces are counted in whole numbers");
	for (size_t i = count_other_at(c); i < count_reason_at(c); i++)
		if (!count_amount(c, i, &n))
			return _("that is no amount; write it like 1280.50");
	if (c->reason && count_reason(c)[0] == '\0')
		return _("a reason is needed, or another count (Esc)");
	return NULL;
}

const char *count_text(struct count *c, size_t n, struct arena *mem)
{
	char text[40];

	if (n == 0)
		return arena_printf(mem, "cash=%s",
				    money_format(count_cash(c), c->digits, false, text));
	for (size_t i = 0; i < c->n_ways; i++)
		if (count_way(c, i) > 0 && --n == 0)
			return arena_printf(mem, "%s=%s", c->ways[i],
					    money_format(count_way(c, i), c->digits, false, text));
	return NULL;
}

static void count_draw_piece(struct count *c, const struct area *a, int y, size_t i)
{
	int64_t n = 0;
	char value[40], sum[40];

	area_put_right(a, y, 10, 10, STYLE_PLAIN,
		       money_format(c->values[i], c->digits, true, value));
	area_put(a, y, 11, 1, STYLE_DIM, "x");
	inputs_draw(&c->inputs, i, a, y, 13, PIECES_WIDTH);
	area_put(a, y, 22, 1, STYLE_DIM, "=");
	(void)count_pieces(c, i, &n);
	area_put_right(a, y, a->width - 1, -1, n > 0 ? STYLE_PLAIN : STYLE_DIM,
		       money_format(n * c->values[i], c->digits, true, sum));
}

static void count_draw_sum(const struct count *c, const struct area *a, int y, const char *name,
			   int64_t amount)
{
	char text[40];

	area_put(a, y, 1, -1, STYLE_LABEL, name);
	area_put_right(a, y, a->width - 1, -1, STYLE_TITLE,
		       money_format(amount, c->digits, true, text));
}

/* As many lines as there is room for, with the one that is typed into. */
static void count_scroll(struct count *c, int page)
{
	size_t lines = c->n_values + 1;
	size_t at = c->inputs.at >= 0 && (size_t)c->inputs.at < lines ? (size_t)c->inputs.at
								      : c->first;

	if (at < c->first)
		c->first = at;
	if (at >= c->first + (size_t)page)
		c->first = at - (size_t)page + 1;
	if (c->first + (size_t)page > lines)
		c->first = lines > (size_t)page ? lines - (size_t)page : 0;
}

void count_draw_drawer(struct count *c, const struct area *a, int64_t opening)
{
	int page = a->height - SUM_LINES;
	int64_t cash = count_cash(c);

	count_scroll(c, page > 1 ? page : 1);
	for (int y = 0; y < page && c->first + (size_t)y <= c->n_values; y++) {
		size_t i = c->first + (size_t)y;

		if (i < c->n_values) {
			count_draw_piece(c, a, y, i);
			continue;
		}
		area_put(a, y, 1, 11, STYLE_LABEL, c->n_values > 0 ? _("other cash") : _("cash"));
		inputs_draw(&c->inputs, i, a, y, 13, AMOUNT_WIDTH);
	}
	if (c->first + (size_t)page <= c->n_values)
		area_put(a, page - 1, 0, 1, STYLE_DIM, "v");
	count_draw_sum(c, a, a->height - 3, _("counted"), cash);
	count_draw_sum(c, a, a->height - 2, _("less float"), opening);
	count_draw_sum(c, a, a->height - 1, _("takings"), cash - opening);
}

int count_draw_ways(struct count *c, const struct area *a,
		    int (*documents)(const void *arg, const char *way), const void *arg)
{
	struct area text = area_part(a, 0, 1, a->height, a->width - 2);
	int y = 0;

	for (size_t i = 0; i < c->n_ways; i++, y++) {
		int n = documents(arg, c->ways[i]);

		area_put(a, y, 1, 10, STYLE_LABEL, words_code(c->ways[i]));
		inputs_draw(&c->inputs, count_way_at(c, i), a, y, 12, AMOUNT_WIDTH);
		area_printf(a, y, 12 + AMOUNT_WIDTH + 3, n > 0 ? STYLE_PLAIN : STYLE_DIM,
			    _("documents %d"), n);
	}
	if (!c->reason)
		return y;
	y += 1 + area_wrap(&text, y + 1, STYLE_LATE,
			   _("The count is not what it should be. Count again, or say why."));
	area_put(a, y, 1, 10, STYLE_LABEL, _("Reason"));
	inputs_draw(&c->inputs, count_reason_at(c), a, y, 12, a->width - 15);
	return y + 1;
}
