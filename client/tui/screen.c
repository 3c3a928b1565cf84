#include "client/tui/screen.h"

#include <stdlib.h>

#define SCREEN_ARENA (16u << 20)

void *screen_new(struct app *app, const struct screen_ops *ops, size_t size, const char *title)
{
	struct screen *s = calloc(1, size);

	if (s == NULL)
		return NULL;
	s->ops = ops;
	s->app = app;
	arena_init(&s->mem, SCREEN_ARENA);
	s->title = arena_strdup(&s->mem, title != NULL ? title : "");
	if (s->title != NULL)
		return s;
	arena_fini(&s->mem);
	free(s);
	return NULL;
}

void screen_free(struct screen *s)
{
	if (s->ops->free != NULL)
		s->ops->free(s);
	arena_fini(&s->mem);
	free(s);
}

const struct action *screen_action(const struct action *table, const struct key *k, bool typing)
{
	/* Letters belong to whoever types, and so do the keys that move in a text and leave it. */
	if (typing && k->code != K_CONTROL && k->code != K_FUNCTION && k->code != K_ESCAPE)
		return NULL;
	for (; table != NULL && table->label != NULL; table++)
		if (table->keys != NULL && key_is(k, table->keys))
			return table;
	return NULL;
}
