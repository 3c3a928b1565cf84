#include "client/tui/palette.h"

#include <stdio.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/choose.h"
#include "client/tui/places.h"
#include "client/tui/things.h"
#include "client/tui/words.h"

#define ITEMS_MAX 700

/* The first key of an action, as the bar shows it. */
static const char *palette_key(const struct action *a, struct arena *mem)
{
	return a->keys != NULL
		       ? arena_strndup(mem, a->keys, a->keys[0] == '|' ? 1 : strcspn(a->keys, "|"))
		       : NULL;
}

static size_t palette_add(struct choice *items, size_t n, const struct action *table,
			  const struct screen *s, struct arena *mem)
{
	for (const struct action *a = table; a != NULL && a->label != NULL && n < ITEMS_MAX; a++)
		items[n++] = (struct choice){
			.text = _(a->label),
			.detail = _(a->help),
			.key = palette_key(a, mem),
			.why_not = a->why_not != NULL && s != NULL ? a->why_not(s) : NULL,
			.data = a,
		};
	return n;
}

static bool is_method(const void *data)
{
	return data >= (const void *)rpc_methods &&
	       data < (const void *)(rpc_methods + rpc_method_count);
}

static void palette_chosen(void *arg, const struct choice *c)
{
	struct app *app = arg;

	if (is_method(c->data)) {
		things_call(app, c->data, NULL);
		return;
	}
	((const struct action *)c->data)->run(app->top);
}

void palette_open(struct app *app)
{
	struct screen *s = app->top;
	struct choice *items;
	struct arena mem;
	size_t n = 0;

	arena_init(&mem, 16u << 20);
	items = arena_array(&mem, struct choice, ITEMS_MAX);
	if (items != NULL) {
		n = palette_add(items, n, s->ops->actions, s, &mem);
		n = palette_add(items, n, places_actions, s, &mem);
		for (size_t i = 0; i < rpc_method_count && n < ITEMS_MAX; i++) {
			const struct rpc_method *m = &rpc_methods[i];

			if (!things_can(m) || !app_may(app, m))
				continue;
			items[n++] = (struct choice){ .text = words_command(m),
						      .detail = words_summary(m, &mem),
						      .also = m->words,
						      .data = m };
		}
		app_push(app, choose_new(app, &(struct choose_ask){ .title = _("Command"),
								    .items = items,
								    .n = n,
								    .chosen = palette_chosen,
								    .arg = app }));
	}
	arena_fini(&mem);
}

void palette_help(struct app *app)
{
	struct screen *s = app->top;
	struct choice items[120];
	struct arena mem;
	size_t n;

	arena_init(&mem, 4u << 20);
	n = palette_add(items, 0, s->ops->actions, s, &mem);
	n = palette_add(items, n, places_actions, s, &mem);
	app_push(app,
		 choose_new(app, &(struct choose_ask){ .title = arena_printf(&mem, _("Keys: %s"),
									     _(s->ops->name)),
						       .items = items,
						       .n = n,
						       .chosen = palette_chosen,
						       .arg = app }));
	arena_fini(&mem);
}
