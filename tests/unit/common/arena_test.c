#include "common/arena.h"

#include <stdalign.h>
#include <string.h>

#include "tests/unit/common/check.h"

#define MIB (1u << 20)

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena a;

	arena_init(&a, MIB);
	for (size_t n = 0; n < 300; n++) {
		uint8_t *p = arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_fini(&a);
}

static void allocations_do_not_overlap(void **state)
{
	uint8_t *p[200];
	size_t size[200];
	struct arena a;

	arena_init(&a, 16 * MIB);
	for (unsigned i = 0; i < 200; i++) {
		size[i] = (i * 7919u) % 40000;
		p[i] = arena_alloc(&a, size[i]);
		assert_non_null(p[i]);
		memset(p[i], (int)i, size[i]);
	}
	for (unsigned i = 0; i < 200; i++)
		for (size_t j = 0; j < size[i]; j++)
			assert_int_equal(p[i][j], i & 0xff);
	arena_fini(&a);
}

static void the_limit_is_an_ordinary_refusal(void **state)
{
	struct arena a;

	arena_init(&a, 1000);
	assert_non_null(arena_alloc(&a, 900));
	assert_false(a.refused);
	assert_null(arena_alloc(&a, 200));
	assert_true(a.refused);
	assert_non_null(arena_alloc(&a, 80)); /* what still fits is given */
	assert_true(a.used <= 1000);
	arena_fini(&a);
}

static void absurd_sizes_are_refused(void **state)
{
	struct arena a;

	arena_init(&a, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(arena_alloc_array(&a, SIZE_MAX / 2, 3));
	assert_null(arena_strndup(&a, "", SIZE_MAX));
	assert_non_null(arena_alloc_array(&a, 0, SIZE_MAX));
	arena_fini(&a);
}

static void many_empty_allocations_meet_the_limit(void **state)
{
	struct arena a;
	unsigned n = 0;

	arena_init(&a, 1600);
	while (arena_alloc(&a, 0) != NULL)
		n++;
	assert_int_equal(n, 100);
	arena_fini(&a);
}

static void texts_are_copied(void **state)
{
	struct arena a;
	char *s;

	arena_init(&a, MIB);
	assert_string_equal(arena_strdup(&a, "Müller"), "Müller");
	s = arena_strndup(&a, "abcdef", 3);
	assert_string_equal(s, "abc");
	assert_string_equal(arena_printf(&a, "%s-%04d", "C", 42), "C-0042");
	s = arena_printf(&a, "%5000d", 1);
	assert_int_equal(strlen(s), 5000);
	arena_fini(&a);
}

static void slices_get_a_zero_behind_them(void **state)
{
	struct slice copy;
	struct arena a;

	arena_init(&a, MIB);
	copy = arena_slice(&a, slice_of("xyz!", 3));
	assert_int_equal(copy.len, 3);
	assert_string_equal((const char *)copy.data, "xyz");
	copy = arena_slice(&a, slice_of(NULL, 0));
	assert_non_null(copy.data);
	assert_int_equal(copy.len, 0);
	arena_fini(&a);
}

static void refused_text_gives_null(void **state)
{
	struct arena a;

	arena_init(&a, 16);
	assert_null(arena_strdup(&a, "longer than sixteen bytes"));
	assert_null(arena_printf(&a, "%100d", 1));
	assert_null(arena_slice(&a, slice_str("longer than sixteen bytes")).data);
	arena_fini(&a);
}

static char order[8];

static void note(void *obj)
{
	strncat(order, obj, sizeof order - strlen(order) - 1);
}

static void deferred_calls_run_newest_first(void **state)
{
	struct arena a;

	order[0] = 0;
	arena_init(&a, MIB);
	assert_true(arena_defer(&a, note, (char *)"a"));
	assert_true(arena_defer(&a, note, (char *)"b"));
	assert_true(arena_defer(&a, note, (char *)"c"));
	assert_string_equal(order, "");
	arena_fini(&a);
	assert_string_equal(order, "cba");
}

static void what_cannot_be_deferred_runs_at_once(void **state)
{
	struct arena a;

	order[0] = 0;
	arena_init(&a, 0);
	assert_false(arena_defer(&a, note, (char *)"now"));
	assert_string_equal(order, "now");
	arena_fini(&a);
	assert_string_equal(order, "now");
}

static void grown_arrays_keep_their_elements(void **state)
{
	struct arena a;
	int *array = NULL;
	unsigned moves = 0;

	arena_init(&a, MIB);
	for (int i = 0; i < 5000; i++) {
		int *grown = arena_grow(&a, array, (size_t)i, sizeof *array);

		assert_non_null(grown);
		moves += grown != array;
		array = grown;
		array[i] = i;
	}
	for (int i = 0; i < 5000; i++)
		assert_int_equal(array[i], i);
	assert_in_range(moves, 8, 14); /* doubling */
	arena_fini(&a);
}

/* An array of exactly its elements, as protobuf-c makes it, must be copied before anything is
 * appended. */
static void arrays_of_others_are_copied_before_they_grow(void **state)
{
	for (size_t n = 1; n < 40; n++) {
		struct arena a;
		uint64_t *exact, *grown;

		arena_init(&a, MIB);
		exact = arena_array(&a, uint64_t, n);
		for (size_t i = 0; i < n; i++)
			exact[i] = i;
		grown = arena_grow(&a, exact, n, sizeof *exact);
		assert_ptr_not_equal(grown, exact);
		grown[n] = 99;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(grown[i], i);
		assert_ptr_equal(arena_grow(&a, grown, n + 1, sizeof *grown), grown);
		arena_fini(&a);
	}
}

static void an_array_of_another_arena_is_copied(void **state)
{
	struct arena a, b;
	int *first, *second;

	arena_init(&a, MIB);
	arena_init(&b, MIB);
	first = arena_grow(&a, NULL, 0, sizeof *first);
	first[0] = 7;
	second = arena_grow(&b, first, 1, sizeof *first);
	assert_ptr_not_equal(first, second);
	assert_int_equal(second[0], 7);
	arena_fini(&a);
	arena_fini(&b);
}

static void growing_past_the_limit_keeps_the_array(void **state)
{
	struct arena a;
	int *array;

	arena_init(&a, 64);
	array = arena_grow(&a, NULL, 0, sizeof *array);
	assert_non_null(array);
	for (int i = 0; i < 4; i++)
		array[i] = i;
	assert_null(arena_grow(&a, array, 4, sizeof *array));
	assert_int_equal(array[3], 3);
	assert_null(arena_grow(&a, NULL, 0, SIZE_MAX / 2));
	arena_fini(&a);
}

static void protobuf_takes_from_the_arena(void **state)
{
	ProtobufCAllocator *pb;
	struct arena a;
	char *p;

	arena_init(&a, 1000);
	pb = arena_pb(&a);
	p = pb->alloc(pb->allocator_data, 10);
	assert_non_null(p);
	p[9] = 'x';
	pb->free(pb->allocator_data, p);
	assert_int_equal(p[9], 'x');
	assert_null(pb->alloc(pb->allocator_data, 2000));
	arena_fini(&a);
}

static void an_arena_can_be_used_again(void **state)
{
	struct arena a;

	arena_init(&a, 1000);
	assert_null(arena_alloc(&a, 2000));
	arena_fini(&a);
	assert_int_equal(a.used, 0);
	arena_init(&a, 3000);
	assert_false(a.refused);
	assert_non_null(arena_alloc(&a, 2000));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(the_limit_is_an_ordinary_refusal),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(many_empty_allocations_meet_the_limit),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(slices_get_a_zero_behind_them),
		cmocka_unit_test(refused_text_gives_null),
		cmocka_unit_test(deferred_calls_run_newest_first),
		cmocka_unit_test(what_cannot_be_deferred_runs_at_once),
		cmocka_unit_test(grown_arrays_keep_their_elements),
		cmocka_unit_test(arrays_of_others_are_copied_before_they_grow),
		cmocka_unit_test(an_array_of_another_arena_is_copied),
		cmocka_unit_test(growing_past_the_limit_keeps_the_array),
		cmocka_unit_test(protobuf_takes_from_the_arena),
		cmocka_unit_test(an_arena_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
