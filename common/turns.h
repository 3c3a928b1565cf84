#pragma once
/*
 * A queue in which whoever wants much does not keep those waiting who want little: sources take
 * turns, one item each. Sources are hashed into bins, so a few may share a turn: stochastic
 * fairness queueing (McKenney, 1990). Items of one source stay in their order.
 *
 * Items are list nodes of the caller's; one that must not wait any longer is taken out with
 * list_remove().
 */
#include <stdint.h>

#include "common/list.h"

#define TURNS_BINS 64u

struct turns_bin {
	struct list items;
	struct list link; /* of the order, while there may be items */
};

struct turns {
	struct list order; /* bins, whose turn is next first */
	struct turns_bin bins[TURNS_BINS];
};

/* A number for a source that is known by a text; NULL has one of its own. */
uint32_t turns_source(const char *text);

void turns_init(struct turns *t);
void turns_push(struct turns *t, struct list *item, uint32_t source);
/* Before all others: for what had its turn already. */
void turns_push_again(struct turns *t, struct list *item, uint32_t source);
/* Whose turn it is; NULL: nobody waits. Stays in. */
struct list *turns_peek(struct turns *t);
/* Takes it out; its source's next turn comes after those of all others. */
struct list *turns_pop(struct turns *t);
/* Moves those that match to 'ret', in the order of the bins. */
void turns_take(struct turns *t, bool (*match)(struct list *item, void *arg), void *arg,
		struct list *ret);
