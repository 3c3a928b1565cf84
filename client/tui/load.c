#include "client/tui/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/chart.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define LOAD_MOST 60
#define NAME_WIDTH 11
#define BAR_LEAST 4
#define WIDE 36 /* there is room for what somebody is on */

struct load {
	const char *who, *on; /* what they have started on, "" nothing */
	int64_t n;
};

static int load_order(const void *a, const void *b)
{
	const struct load *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->who, y->who);
}

/* What is paused weighs on nobody. */
static void load_add(struct load *loads, size_t *n, const ProtobufCMessage *order,
		     struct arena *mem)
{
	const char *person = reply_text(order, "person", mem),
		   *state = reply_text(order, "state", mem);
	const char *who = person[0] != '\0' ? person : reply_text(order, "to", mem);
	size_t i = 0;

	if (strcmp(state, "paused") == 0)
		return;
	while (i < *n && strcmp(loads[i].who, who) != 0)
		i++;
	if (i == LOAD_MOST)
		return;
	if (i == *n)
		loads[(*n)++] = (struct load){ .who = who, .on = "" };
	loads[i].n++;
	if (strcmp(state, "started") == 0)
		loads[i].on = reply_text(order, "number", mem);
}

void load_draw(const ProtobufCMessage *orders, const struct area *a)
{
	struct area inner = area_frame(a, STYLE_FRAME, _("Load"));
	const ProtobufCMessage *const *rows;
	struct load loads[LOAD_MOST];
	bool wide = inner.width >= WIDE;
	int bar = inner.width - NAME_WIDTH - 6 - (wide ? 12 : 0);
	size_t n_rows, n = 0;
	struct arena mem;

	arena_init(&mem, 8u << 20);
	rows = reply_rows(orders, "orders", &mem, &n_rows);
	for (size_t i = 0; i < n_rows; i++)
		load_add(loads, &n, rows[i], &mem);
	qsort(loads, n, sizeof(loads[0]), load_order);
	bar = bar > BAR_LEAST ? bar : BAR_LEAST;
	bar = bar < 20 ? bar : 20;
	for (size_t i = 0; i < n && (int)i < inner.height; i++) {
		const char *drawn = chart_bar(loads[i].n, loads[0].n, (size_t)bar, &mem);
		int y = (int)i, x = 1;

		area_put(&inner, y, x, NAME_WIDTH, STYLE_PLAIN, loads[i].who);
		x += NAME_WIDTH + 1;
		area_put(&inner, y, x, bar, STYLE_DIM, drawn != NULL ? drawn : "");
		x += bar +
		     area_printf(&inner, y, x + bar, STYLE_PLAIN, "%3lld", (long long)loads[i].n);
		if (loads[i].on[0] != '\0' && wide)
			area_printf(&inner, y, x, STYLE_DIM, _("  on %s"), loads[i].on);
	}
	if (n == 0 && orders != NULL)
		area_put(&inner, 0, 1, -1, STYLE_DIM, _("Nobody has an order."));
	arena_fini(&mem);
}
