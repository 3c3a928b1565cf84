#include "common/turns.h"

uint32_t turns_source(const char *text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; text != NULL && *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

void turns_init(struct turns *t)
{
	list_init(&t->order);
	for (unsigned i = 0; i < TURNS_BINS; i++) {
		list_init(&t->bins[i].items);
		list_init(&t->bins[i].link);
	}
}

static struct turns_bin *turns_bin(struct turns *t, uint32_t source)
{
	return &t->bins[source % TURNS_BINS];
}

void turns_push(struct turns *t, struct list *item, uint32_t source)
{
	struct turns_bin *bin = turns_bin(t, source);

	list_push(&bin->items, item);
	if (list_empty(&bin->link))
		list_push(&t->order, &bin->link);
}

void turns_push_again(struct turns *t, struct list *item, uint32_t source)
{
	struct turns_bin *bin = turns_bin(t, source);

	list_push(bin->items.next, item);
	list_remove(&bin->link);
	list_push(t->order.next, &bin->link);
}

struct list *turns_peek(struct turns *t)
{
	list_each(node, &t->order)
	{
		struct turns_bin *bin = container_of(node, struct turns_bin, link);

		if (!list_empty(&bin->items))
			return bin->items.next;
		list_remove(node);
	}
	return NULL;
}

struct list *turns_pop(struct turns *t)
{
	struct list *item = turns_peek(t), *first;

	if (item == NULL)
		return NULL;
	first = t->order.next;
	list_remove(item);
	list_remove(first);
	if (!list_empty(&container_of(first, struct turns_bin, link)->items))
		list_push(&t->order, first);
	return item;
}

void turns_take(struct turns *t, bool (*match)(struct list *item, void *arg), void *arg,
		struct list *ret)
{
	for (unsigned i = 0; i < TURNS_BINS; i++)
		list_each(item, &t->bins[i].items)
		{
			if (!match(item, arg))
				continue;
			list_remove(item);
			list_push(ret, item);
		}
}
