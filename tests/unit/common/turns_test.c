/* Turns: a crowd of one source against one item of another. */
#include "common/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct item {
	struct list link;
	unsigned source, number;
};

static struct item items[1000];

static void push(struct turns *t, unsigned i, unsigned source)
{
	items[i].source = source;
	items[i].number = i;
	list_init(&items[i].link);
	turns_push(t, &items[i].link, source);
}

static struct item *item_of(struct list *node)
{
	return container_of(node, struct item, link);
}

static void turns_of_one_source_are_in_order(void **state)
{
	struct turns t;

	turns_init(&t);
	assert_null(turns_peek(&t));
	assert_null(turns_pop(&t));
	for (unsigned i = 0; i < 10; i++)
		push(&t, i, 7);
	for (unsigned i = 0; i < 10; i++) {
		assert_ptr_equal(turns_peek(&t), &items[i].link);
		assert_int_equal(item_of(turns_pop(&t))->number, i);
	}
	assert_null(turns_pop(&t));
}

static void turns_of_few_come_soon(void **state)
{
	struct turns t;
	unsigned before = 0;

	turns_init(&t);
	for (unsigned i = 0; i < 900; i++)
		push(&t, i, 1 + i % 3); /* three that want much */
	push(&t, 900, 9);
	while (item_of(turns_pop(&t))->source != 9)
		before++;
	assert_int_equal(before, 3);
	/* And whoever comes again comes after those who wait. */
	push(&t, 901, 9);
	for (before = 0; item_of(turns_pop(&t))->source != 9; before++)
		;
	assert_in_range(before, 2, 3);
}

static void turns_come_again_first(void **state)
{
	struct turns t;
	struct list *one, *two;

	turns_init(&t);
	push(&t, 0, 1);
	push(&t, 1, 2);
	push(&t, 2, 2);
	one = turns_pop(&t);
	two = turns_pop(&t);
	turns_push_again(&t, two, 2);
	turns_push_again(&t, one, 1);
	assert_int_equal(item_of(turns_pop(&t))->number, 0);
	assert_int_equal(item_of(turns_pop(&t))->number, 1);
	assert_int_equal(item_of(turns_pop(&t))->number, 2);
	assert_null(turns_pop(&t));
}

static bool is_odd(struct list *node, void *arg)
{
	return item_of(node)->number % 2 == 1;
}

static void turns_are_given_up(void **state)
{
	struct turns t;
	struct list gone;
	unsigned n = 0;

	turns_init(&t);
	list_init(&gone);
	for (unsigned i = 0; i < 100; i++)
		push(&t, i, i);
	list_remove(&items[0].link);
	turns_take(&t, is_odd, NULL, &gone);
	while (list_pop(&gone) != NULL)
		n++;
	assert_int_equal(n, 50);
	for (struct list *node; (node = turns_pop(&t)) != NULL; n++)
		assert_int_equal(item_of(node)->number % 2, 0);
	assert_int_equal(n, 99);
}

static void turns_know_sources_by_text(void **state)
{
	assert_int_equal(turns_source("desk-1"), turns_source("desk-1"));
	assert_int_not_equal(turns_source("desk-1"), turns_source("desk-2"));
	assert_int_equal(turns_source(NULL), turns_source(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_of_one_source_are_in_order),
		cmocka_unit_test(turns_of_few_come_soon),
		cmocka_unit_test(turns_come_again_first),
		cmocka_unit_test(turns_are_given_up),
		cmocka_unit_test(turns_know_sources_by_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
