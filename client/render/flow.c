#include "client/render/flow.h"

/* Lines that stay together on each side of a break. */
#define FLOW_WIDOW 2
/* Heights are sums of many numbers: what is too much by this is not too much. */
#define FLOW_SLACK 0.01

struct flow_state {
	const struct flow_item *items;
	size_t n;
	const struct flow_room *room;
	struct arena *mem;
	struct flow *flow;
	double y;
	bool at_top; /* nothing stands on this page yet */
};

double flow_item_height(const struct flow_item *item)
{
	return item->top + item->lines * item->line + item->bottom;
}

static double flow_room_height(const struct flow_state *s)
{
	return s->flow->pages == 1 ? s->room->first : s->room->next;
}

static double flow_left(const struct flow_state *s)
{
	return flow_room_height(s) - s->y + FLOW_SLACK;
}

/* Its repeated head, as long as a line below it fits on a page too. */
static double flow_head(const struct flow_state *s, const struct flow_item *item)
{
	double least = item->top + item->line + item->bottom;

	return item->head + least <= s->room->next ? item->head : 0;
}

static enum st_code flow_new_page(struct flow_state *s, struct st_err *err)
{
	if (s->flow->pages >= s->room->pages_max)
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_MANY_PAGES", NULL,
			       "this makes more than %u pages", s->room->pages_max);
	s->flow->pages++;
	s->y = 0;
	s->at_top = true;
	return ST_OK;
}

static enum st_code flow_put(struct flow_state *s, size_t i, unsigned first, unsigned lines,
			     struct st_err *err)
{
	const struct flow_item *item = &s->items[i];
	struct flow_piece *pieces = arena_grow(s->mem, s->flow->pieces, s->flow->n_pieces,
					       sizeof(*s->flow->pieces));
	struct flow_piece *p;
	double head = s->at_top && s->flow->pages > 1 ? flow_head(s, item) : 0;

	if (pieces == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the document is too large");
	s->flow->pieces = pieces;
	p = &pieces[s->flow->n_pieces++];
	s->y += head + (s->at_top || first > 0 ? 0 : item->before);
	*p = (struct flow_piece){ i, first, lines, s->flow->pages - 1, s->y, 0, head > 0 };
	p->height = item->top + lines * item->line + item->bottom;
	s->y += p->height;
	s->at_top = false;
	s->flow->end = s->y;
	return ST_OK;
}

/* How many of an item's lines fit on what is left of this page. */
static unsigned flow_fitting(const struct flow_state *s, const struct flow_item *item, bool begun)
{
	double left = flow_left(s) - item->top - item->bottom;

	if (s->at_top)
		left -= s->flow->pages > 1 ? flow_head(s, item) : 0;
	else if (!begun)
		left -= item->before;
	if (left < item->line || item->line <= 0)
		return 0;
	return left / item->line >= 1e6 ? 1000000u : (unsigned)(left / item->line);
}

/* Lines that go on this page when they do not all fit: 0 to try the next page. */
static unsigned flow_share(const struct flow_state *s, const struct flow_item *item, unsigned fit,
			   unsigned rest)
{
	if (item->breakable && rest >= 2 * FLOW_WIDOW) {
		if (fit > rest - FLOW_WIDOW)
			fit = rest - FLOW_WIDOW;
		return fit >= FLOW_WIDOW || s->at_top ? fit : 0;
	}
	return s->at_top ? fit : 0;
}

static enum st_code flow_place_lines(struct flow_state *s, size_t i, struct st_err *err)
{
	const struct flow_item *item = &s->items[i];
	unsigned first = 0;

	while (first < item->lines) {
		unsigned rest = item->lines - first;
		unsigned fit = flow_fitting(s, item, first > 0);
		unsigned take = fit >= rest ? rest : flow_share(s, item, fit, rest);

		/* A line that no page has room for stands alone and is cut off: paper is not that
		 * small. */
		if (take == 0 && s->at_top)
			take = 1;
		if (take > 0)
			ST_TRY(flow_put(s, i, first, take, err));
		first += take;
		if (first < item->lines)
			ST_TRY(flow_new_page(s, err));
	}
	return ST_OK;
}

static enum st_code flow_place(struct flow_state *s, size_t i, size_t *ret_item, struct st_err *err)
{
	const struct flow_item *item = &s->items[i];
	double height = flow_item_height(item);

	if (item->lines > 0)
		return flow_place_lines(s, i, err);
	if (!s->at_top && item->before + height > flow_left(s))
		ST_TRY(flow_new_page(s, err));
	if (height > flow_left(s) && s->flow->pages == 1 && height <= s->room->next)
		ST_TRY(flow_new_page(s, err));
	if (height > flow_left(s)) {
		*ret_item = i;
		return st_fail(err, ST_OUT_OF_RANGE, "TOO_TALL", NULL,
			       "this does not fit on one page");
	}
	return flow_put(s, i, 0, 0, err);
}

/* The least height that keeps the chain of items i to 'last' together. */
static double flow_chain_height(const struct flow_state *s, size_t i, size_t last, bool at_top)
{
	const struct flow_item *end = &s->items[last];
	double height = 0;

	for (size_t k = i; k <= last; k++)
		height += flow_item_height(&s->items[k]) +
			  (k > i || !at_top ? s->items[k].before : 0);
	if (end->breakable && end->lines >= 2 * FLOW_WIDOW)
		height -= (end->lines - FLOW_WIDOW) * end->line;
	return height;
}

static enum st_code flow_place_chain(struct flow_state *s, size_t i, size_t last, size_t *ret_item,
				     struct st_err *err)
{
	double fresh = flow_chain_height(s, i, last, true) + flow_head(s, &s->items[i]);

	if (!s->at_top && flow_chain_height(s, i, last, false) > flow_left(s) &&
	    fresh <= s->room->next)
		ST_TRY(flow_new_page(s, err));
	for (; i <= last; i++)
		ST_TRY(flow_place(s, i, ret_item, err));
	return ST_OK;
}

enum st_code flow_break(const struct flow_item *items, size_t n, const struct flow_room *room,
			struct arena *mem, struct flow *ret, size_t *ret_item, struct st_err *err)
{
	struct flow_state s = { items, n, room, mem, ret, 0, true };
	size_t last;

	*ret = (struct flow){ .pages = 1 };
	for (size_t i = 0; i < n; i = last + 1) {
		last = i;
		while (last + 1 < n && items[last].keep_next)
			last++;
		ST_TRY(flow_place_chain(&s, i, last, ret_item, err));
	}
	return ST_OK;
}
