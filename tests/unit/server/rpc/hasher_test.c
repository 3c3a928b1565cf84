/* The hash threads: their queue, what comes back when, and their end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "server/rpc/hasher.h"

struct hasher_test {
	uv_loop_t loop;
	struct hasher *hasher;
	uv_sem_t gate;    /* jobs wait here until the test lets them go */
	uv_thread_t self; /* the loop's thread */
	unsigned ran, done, done_at_later;
	bool closed;
};

static int hasher_up(void **state)
{
	static struct hasher_test t;
	struct st_err err = { 0 };

	memset(&t, 0, sizeof(t));
	t.self = uv_thread_self();
	*state = &t;
	if (uv_loop_init(&t.loop) != 0 || uv_sem_init(&t.gate, 0) != 0)
		return -1;
	return hasher_new(&t.loop, &t.hasher, &err) == ST_OK ? 0 : -1;
}

static void hasher_on_closed(void *arg)
{
	((struct hasher_test *)arg)->closed = true;
}

static int hasher_down(void **state)
{
	struct hasher_test *t = *state;

	if (!t->closed)
		hasher_close(t->hasher, hasher_on_closed, t);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	uv_sem_destroy(&t->gate);
	return t->closed && uv_loop_close(&t->loop) == 0 ? 0 : -1;
}

static void job_run(void *arg)
{
	struct hasher_test *t = arg;
	uv_thread_t me = uv_thread_self();

	if (uv_thread_equal(&me, &t->self))
		must_failed("a job ran on the loop", __FILE__, __LINE__);
	uv_sem_wait(&t->gate);
	(void)__atomic_add_fetch(&t->ran, 1, __ATOMIC_SEQ_CST);
}

static void job_done(void *arg)
{
	struct hasher_test *t = arg;
	uv_thread_t me = uv_thread_self();

	assert_true(uv_thread_equal(&me, &t->self));
	t->done++;
}

static void job_later(void *arg)
{
	struct hasher_test *t = arg;

	t->done_at_later = ++t->done;
}

static void hasher_brings_each_back_once_on_the_loop(void **state)
{
	struct hasher_test *t = *state;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(hasher_submit(t->hasher, job_run, job_done, t), ST_OK);
		assert_int_equal(t->done, 0);
	}
	for (int i = 0; i < 10; i++)
		uv_sem_post(&t->gate);
	while (t->done < 10)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
	assert_int_equal(t->ran, 10);
}

static void hasher_refuses_when_the_queue_is_full(void **state)
{
	struct hasher_test *t = *state;
	unsigned taken = 0;

	/* The threads take up to one each off the queue, whenever they get to it. */
	while (taken < HASHER_QUEUE + HASHER_THREADS + 1 &&
	       hasher_submit(t->hasher, job_run, job_done, t) == ST_OK)
		taken++;
	assert_in_range(taken, HASHER_QUEUE, HASHER_QUEUE + HASHER_THREADS);
	for (unsigned i = 0; i < taken; i++)
		uv_sem_post(&t->gate);
	while (t->done < taken)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
	assert_int_equal(t->ran, taken);
	uv_sem_post(&t->gate);
	assert_int_equal(hasher_submit(t->hasher, job_run, job_done, t), ST_OK);
	while (t->done < taken + 1)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
}

static void hasher_later_comes_in_a_later_turn(void **state)
{
	struct hasher_test *t = *state;

	hasher_later(t->hasher, job_later, t);
	assert_int_equal(t->done, 0);
	while (t->done < 1)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
	assert_int_equal(t->done_at_later, 1);
}

static void job_again(void *arg)
{
	struct hasher_test *t = arg;

	if (++t->done < 3)
		hasher_later(t->hasher, job_again, t);
}

static void hasher_later_from_later(void **state)
{
	struct hasher_test *t = *state;

	hasher_later(t->hasher, job_again, t);
	while (t->done < 3)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
	assert_int_equal(t->done, 3);
}

static void hasher_close_waits_for_what_was_submitted(void **state)
{
	struct hasher_test *t = *state;

	for (int i = 0; i < 5; i++)
		assert_int_equal(hasher_submit(t->hasher, job_run, job_done, t), ST_OK);
	hasher_close(t->hasher, hasher_on_closed, t);
	assert_int_equal(hasher_submit(t->hasher, job_run, job_done, t), ST_UNAVAILABLE);
	(void)uv_run(&t->loop, UV_RUN_NOWAIT);
	assert_false(t->closed);
	for (int i = 0; i < 5; i++)
		uv_sem_post(&t->gate);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_true(t->closed);
	assert_int_equal(t->done, 5);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, hasher_up, hasher_down)
	const struct CMUnitTest tests[] = {
		TEST(hasher_brings_each_back_once_on_the_loop),
		TEST(hasher_refuses_when_the_queue_is_full),
		TEST(hasher_later_comes_in_a_later_turn),
		TEST(hasher_later_from_later),
		TEST(hasher_close_waits_for_what_was_submitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
