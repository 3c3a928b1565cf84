#include "client/tui/pick.h"

#include <stdlib.h>
#include <string.h>

#include "client/look/fuzzy.h"
#include "client/look/text.h"

#define PICK_ARENA (8u << 20)
#define COLUMN_GAP 2

void pick_free(struct pick *p)
{
	if (p->open)
		arena_fini(&p->mem);
	*p = (struct pick){ .at = -1 };
}

void pick_begin(struct pick *p)
{
	pick_free(p);
	arena_init(&p->mem, PICK_ARENA);
	p->open = true;
}

void pick_add(struct pick *p, const char *value, const char *detail, const void *data)
{
	struct pick_item *items = arena_grow(&p->mem, p->items, p->n, sizeof(*items));
	const struct pick_item item = { arena_strdup(&p->mem, value), arena_strdup(&p->mem, detail),
					data };

	if (items == NULL || item.value == NULL || item.detail == NULL)
		return;
	p->items = items;
	p->items[p->n++] = item;
}

/* The number that was typed; 0: it is none. */
static size_t pick_number(const char *typed)
{
	size_t digits = strspn(typed, "0123456789");

	return digits > 0 && digits < 6 && typed[digits] == '\0' ? strtoul(typed, NULL, 10) : 0;
}

static int pick_score(const struct pick_item *item, const char *typed)
{
	int value = fuzzy_score(typed, item->value) * 2, detail = fuzzy_score(typed, item->detail);

	return value > detail ? value : detail;
}

/* Insertion sort: of equals the first stays first, and lists are short. */
static void pick_insert(struct pick *p, int *scores, size_t item, int score)
{
	size_t to = p->n_shown++;

	while (to > 0 && scores[to - 1] < score) {
		p->shown[to] = p->shown[to - 1];
		scores[to] = scores[to - 1];
		to--;
	}
	p->shown[to] = item;
	scores[to] = score;
}

void pick_narrow(struct pick *p, const char *typed)
{
	bool all = typed[0] == '\0' || pick_number(typed) > 0;
	int *scores = calloc(p->n + 1, sizeof(*scores));

	p->shown = p->open ? arena_array(&p->mem, size_t, p->n + 1) : NULL;
	p->n_shown = 0;
	p->at = -1;
	p->first = 0;
	for (size_t i = 0; p->shown != NULL && scores != NULL && i < p->n; i++) {
		int score = all ? 1 : pick_score(&p->items[i], typed);

		if (score > 0)
			pick_insert(p, scores, i, score);
	}
	free(scores);
}

bool pick_key(struct pick *p, const struct key *k)
{
	int last = (int)p->n_shown - 1, page = p->page > 1 ? p->page : 1;

	if (last < 0 || (p->at < 0 && !key_is(k, "Down")))
		return false;
	if (key_is(k, "Down") || k->code == K_WHEEL_DOWN)
		p->at++;
	else if (key_is(k, "Up") || k->code == K_WHEEL_UP)
		p->at--;
	else if (key_is(k, "PgDn"))
		p->at += page;
	else if (key_is(k, "PgUp"))
		p->at = p->at > page ? p->at - page : 0;
	else
		return false;
	p->at = p->at > last ? last : p->at;
	return true;
}

const struct pick_item *pick_current(const struct pick *p)
{
	return p->at >= 0 && (size_t)p->at < p->n_shown ? &p->items[p->shown[p->at]] : NULL;
}

const struct pick_item *pick_take(const struct pick *p, const char *typed)
{
	size_t number = pick_number(typed);

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].value, typed) == 0)
			return &p->items[i];
	if (number > 0)
		return number <= p->n ? &p->items[number - 1] : NULL;
	return typed[0] != '\0' && p->n_shown > 0 ? &p->items[p->shown[0]] : NULL;
}

static int pick_width(const struct pick *p, const struct area *a)
{
	int widest = 0;

	for (size_t i = 0; i < p->n_shown; i++) {
		const struct pick_item *item = &p->items[p->shown[i]];
		int w = 5 + (int)text_width(item->value) +
			(item->detail[0] != '\0' ? 2 + (int)text_width(item->detail) : 0);

		widest = w > widest ? w : widest;
	}
	widest += COLUMN_GAP;
	return widest < a->width ? widest : a->width;
}

static void pick_draw_item(const struct pick *p, const struct area *a, size_t i)
{
	const struct pick_item *item = &p->items[p->shown[i]];
	bool here = (int)i == p->at;
	enum style style = here ? STYLE_SELECTED : STYLE_PLAIN,
		   dim = here ? STYLE_SELECTED : STYLE_DIM;
	int x;

	if (here)
		area_fill(a, 0, 0, a->width - COLUMN_GAP, STYLE_SELECTED);
	area_put(a, 0, 0, 1, style, here ? ">" : " ");
	area_printf(a, 0, 1, dim, "%2zu", p->shown[i] + 1);
	x = 4 + area_put(a, 0, 4, a->width - 4 - COLUMN_GAP, style, item->value) + 2;
	if (x < a->width - COLUMN_GAP)
		area_put(a, 0, x, a->width - COLUMN_GAP - x, dim, item->detail);
}

void pick_draw(struct pick *p, const struct area *a)
{
	int width = pick_width(p, a), columns = width > 0 ? a->width / width : 1;

	if (a->height < 1 || p->n_shown == 0)
		return;
	columns = columns > 0 ? columns : 1;
	p->page = columns * a->height;
	if (p->at >= 0 && p->at < p->first)
		p->first = p->at / a->height * a->height;
	while (p->at >= p->first + p->page)
		p->first += a->height;
	for (int i = 0; i < p->page && (size_t)(p->first + i) < p->n_shown; i++) {
		struct area cell = area_part(a, i % a->height, i / a->height * width, 1, width);

		pick_draw_item(p, &cell, (size_t)(p->first + i));
	}
	if ((size_t)(p->first + p->page) < p->n_shown)
		area_put_right(a, a->height - 1, a->width, 1, STYLE_DIM, "+");
}
