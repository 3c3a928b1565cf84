/* Where pages break: pure numbers. */
#include "client/render/flow.h"

#include <math.h>
#include <string.h>

#include "tests/unit/common/check.h"

#define ROOM 100.0
#define PAGES 50u

static const struct flow_room room = { ROOM, ROOM, PAGES };

static struct flow run(const struct flow_item *items, size_t n, struct arena *mem)
{
	struct flow f;
	struct st_err err = { 0 };
	size_t at = 0;

	assert_int_equal(flow_break(items, n, &room, mem, &f, &at, &err), ST_OK);
	return f;
}

/* A row of one line, 10 high. */
static const struct flow_item row = { .line = 10, .lines = 1 };

static void rows_fill_pages(void **state)
{
	struct flow_item items[25];
	struct flow f;

	for (size_t i = 0; i < 25; i++)
		items[i] = row;
	f = run(items, 25, *state);
	assert_int_equal(f.pages, 3);
	assert_int_equal(f.n_pieces, 25);
	for (size_t i = 0; i < 25; i++) {
		assert_int_equal(f.pieces[i].page, i / 10);
		assert_true(fabs(f.pieces[i].y - (double)(i % 10) * 10) < 0.001);
	}
	assert_true(fabs(f.end - 50) < 0.001);
}

static void nothing_makes_one_page(void **state)
{
	assert_int_equal(run(&row, 0, *state).pages, 1);
}

static void the_head_is_repeated_and_takes_its_room(void **state)
{
	struct flow_item items[25];
	struct flow f;

	items[0] = (struct flow_item){ .line = 20, .lines = 1, .keep_next = true };
	for (size_t i = 1; i < 25; i++) {
		items[i] = row;
		items[i].head = 20;
	}
	f = run(items, 25, *state);
	/* Eight rows under the head on every page: 8 + 8 + 8. */
	assert_int_equal(f.pages, 3);
	assert_false(f.pieces[1].head);
	assert_true(f.pieces[9].head);
	assert_int_equal(f.pieces[9].page, 1);
	assert_true(fabs(f.pieces[9].y - 20) < 0.001);
	assert_false(f.pieces[10].head);
	assert_true(f.pieces[17].head);
}

/* Whatever stands before it, a sum has a row above it on its page. */
static void a_sum_is_never_alone(void **state)
{
	for (size_t before = 0; before < 30; before++) {
		struct flow_item items[40];
		struct flow f;
		size_t n = 0;

		while (n < before)
			items[n++] = row;
		items[n] = row;
		items[n++].keep_next = true;
		items[n] = row;
		items[n++].keep_next = true; /* a subtotal, before the total */
		items[n++] = row;
		f = run(items, n, *state);
		assert_int_equal(f.pieces[n - 1].page, f.pieces[n - 2].page);
		assert_int_equal(f.pieces[n - 2].page, f.pieces[n - 3].page);
	}
}

static void a_chain_that_no_page_holds_is_broken(void **state)
{
	struct flow_item items[30];
	struct flow f;

	for (size_t i = 0; i < 30; i++) {
		items[i] = row;
		items[i].keep_next = true;
	}
	f = run(items, 30, *state);
	assert_int_equal(f.n_pieces, 30);
	assert_int_equal(f.pages, 3);
}

static void paragraphs_leave_no_line_alone(void **state)
{
	for (unsigned before = 0; before < 10; before++)
		for (unsigned lines = 1; lines < 25; lines++) {
			struct flow_item items[11];
			unsigned seen = 0;
			struct flow f;

			for (unsigned i = 0; i < before; i++)
				items[i] = row;
			items[before] = (struct flow_item){
				.before = 5, .line = 10, .lines = lines, .breakable = true
			};
			f = run(items, before + 1, *state);
			for (size_t i = before; i < f.n_pieces; i++) {
				assert_int_equal(f.pieces[i].first, seen);
				seen += f.pieces[i].lines;
				assert_true(f.pieces[i].lines >= 2 || lines == 1);
				assert_true(f.pieces[i].y + f.pieces[i].height < ROOM + 0.1);
			}
			assert_int_equal(seen, lines);
		}
}

static void a_row_taller_than_a_page_goes_on(void **state)
{
	struct flow_item items[] = { row,
				     { .top = 3, .line = 10, .bottom = 3, .lines = 25, .head = 20 },
				     row };
	struct flow f = run(items, 3, *state);
	unsigned seen = 0;

	for (size_t i = 1; i + 1 < f.n_pieces; i++) {
		assert_int_equal(f.pieces[i].first, seen);
		seen += f.pieces[i].lines;
		assert_true(f.pieces[i].y + f.pieces[i].height < ROOM + 0.1);
		assert_true(f.pieces[i].head);
	}
	assert_int_equal(seen, 25);
}

/* A head that leaves no room for a row would come back for ever. */
static void a_head_as_high_as_the_page_is_left_out(void **state)
{
	struct flow_item items[20];
	struct flow f;

	for (size_t i = 0; i < 20; i++) {
		items[i] = row;
		items[i].head = 95;
	}
	f = run(items, 20, *state);
	assert_int_equal(f.pages, 2);
	assert_false(f.pieces[10].head);
}

static void white_space_is_dropped_at_the_top(void **state)
{
	struct flow_item items[3] = { row, row, row };
	struct flow f;

	items[0].before = 30;
	items[1].lines = 10;
	items[1].before = 30;
	f = run(items, 3, *state);
	assert_true(f.pieces[0].y < 0.001);
	assert_int_equal(f.pieces[1].page, 1);
	assert_true(f.pieces[1].y < 0.001);
}

static void what_is_too_tall_is_named(void **state)
{
	struct flow_item items[2] = { row, { .top = 101 } };
	struct st_err err = { 0 };
	struct flow f;
	size_t at = 0;

	assert_int_equal(flow_break(items, 2, &room, *state, &f, &at, &err), ST_OUT_OF_RANGE);
	assert_string_equal(err.reason, "TOO_TALL");
	assert_int_equal(at, 1);
}

static void too_many_pages_are_refused(void **state)
{
	static struct flow_item items[PAGES * 10 + 1];
	struct st_err err = { 0 };
	struct flow f;
	size_t at = 0;

	for (size_t i = 0; i < PAGES * 10 + 1; i++)
		items[i] = row;
	assert_int_equal(flow_break(items, PAGES * 10, &room, *state, &f, &at, &err), ST_OK);
	assert_int_equal(f.pages, PAGES);
	assert_int_equal(flow_break(items, PAGES * 10 + 1, &room, *state, &f, &at, &err),
			 ST_OUT_OF_RANGE);
	assert_string_equal(err.reason, "TOO_MANY_PAGES");
}

static int begin(void **state)
{
	static struct arena mem;

	arena_init(&mem, 64u << 20);
	*state = &mem;
	return 0;
}

static int end(void **state)
{
	arena_fini(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_fill_pages),
		cmocka_unit_test(nothing_makes_one_page),
		cmocka_unit_test(the_head_is_repeated_and_takes_its_room),
		cmocka_unit_test(a_sum_is_never_alone),
		cmocka_unit_test(a_chain_that_no_page_holds_is_broken),
		cmocka_unit_test(paragraphs_leave_no_line_alone),
		cmocka_unit_test(a_row_taller_than_a_page_goes_on),
		cmocka_unit_test(a_head_as_high_as_the_page_is_left_out),
		cmocka_unit_test(white_space_is_dropped_at_the_top),
		cmocka_unit_test(what_is_too_tall_is_named),
		cmocka_unit_test(too_many_pages_are_refused),
	};

	return cmocka_run_group_tests_name("flow", tests, begin, end);
}
