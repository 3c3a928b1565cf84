/* Logins that change, end and are cut, while the daemon runs. */
#include <string.h>

#include "tests/unit/server/rpc/access_rig.h"

static void tick_reads_the_epoch_alone(void **state)
{
	unsigned before = fake->units;
	struct caller *alice = fake_login(ALICE);

	access_tick(fake->access);
	assert_null(fake->unit->first->next);
	fake_settle();
	assert_int_equal(fake->units, before + 1);
	assert_int_equal(fake->cuts, 0);
	caller_unref(alice);
}

static void revoked_login_is_cut_within_a_tick(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);
	struct access_scope s;
	struct st_err err;

	fake->sessions[0].over = true;
	fake->epoch++;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	assert_ptr_equal(fake->cut, alice);
	assert_int_equal(fake->why.code, ST_UNAUTHENTICATED);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_UNAUTHENTICATED);
	assert_int_equal(scope(bob, &by_clerk, NULL, &s, &err), ST_OK);
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	caller_unref(alice);
	caller_unref(bob);
}

static void changed_grants_and_properties_count_at_once(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);
	struct access_waiter w;
	struct access_scope s;
	struct st_err err;

	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	fake->sessions[0].grants = "2:256";
	fake->n_properties = 3;
	fake->epoch++;
	access_sync(fake->access, &w, fake_told, NULL);
	assert_int_equal(fake->told, 0);
	fake_settle();
	assert_int_equal(fake->told, 1);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_PERMISSION_DENIED);
	assert_int_equal(scope(alice, &by_manager, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "2");
	assert_int_equal(scope(bob, &by_clerk, "HILL", &s, &err), ST_OK);
	assert_string_equal(s.csv, "3");
	caller_unref(alice);
	caller_unref(bob);
}

/* Who asks while a look is under way is not content with that look: it may have read before his
 * change. */
static void sync_during_a_look_waits_for_the_next(void **state)
{
	struct access_waiter one, two;

	access_sync(fake->access, &one, fake_told, NULL);
	access_sync(fake->access, &two, fake_told, NULL);
	fake_answer();
	assert_int_equal(fake->told, 1);
	assert_non_null(fake->unit);
	fake_answer();
	assert_int_equal(fake->told, 2);
	assert_null(fake->unit);
}

static void sync_does_not_hang_without_a_database(void **state)
{
	struct access_waiter one, two;

	fake->broken = true;
	access_sync(fake->access, &one, fake_told, NULL);
	fake_answer();
	assert_int_equal(fake->told, 1);
	fake->away = true;
	access_sync(fake->access, &two, fake_told, NULL);
	access_tick(fake->access);
	assert_int_equal(fake->told, 2);
	fake->away = fake->broken = false;
	access_tick(fake->access);
	fake_settle();
}

static void failed_look_is_made_up_for(void **state)
{
	struct caller *alice = fake_login(ALICE);

	fake->sessions[0].over = true;
	fake->epoch++;
	fake->broken = true;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 0);
	fake->broken = false;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	caller_unref(alice);
}

/* Its facts are older than what is known here: they are read again. */
static void login_taken_during_a_change_is_judged_again(void **state)
{
	struct db_call call = { .rows = fake_facts(ALICE) };
	struct st_err err = { 0 };
	struct caller *alice;

	fake->sessions[0].over = true;
	fake->epoch++;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(access_take(fake->access, &call, 0, &alice, &err), ST_OK);
	PQclear(call.rows);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	assert_ptr_equal(fake->cut, alice);
	caller_unref(alice);
}

static void shut_out_device_is_cut_and_refused(void **state)
{
	struct st_err err = { 0 };

	assert_int_equal(access_device_check(fake->access, OTHER, &err), ST_OK);
	fake->shut_out = OTHER;
	fake->epoch++;
	access_tick(fake->access);
	fake_settle();
	assert_string_equal(fake->cut_device, OTHER);
	assert_int_equal(fake->why.code, ST_PERMISSION_DENIED);
	assert_int_equal(access_device_check(fake->access, OTHER, &err), ST_PERMISSION_DENIED);
	assert_int_equal(access_device_check(fake->access, DEVICE, &err), ST_OK);
	fake->cut_device[0] = '\0';
	access_poke(fake->access);
	fake_settle();
	assert_string_equal(fake->cut_device, ""); /* once */
	fake->shut_out = NULL;
	access_poke(fake->access);
	fake_settle();
	assert_int_equal(access_device_check(fake->access, OTHER, &err), ST_OK);
}

static void expired_login_ends_without_the_database(void **state)
{
	struct access_scope s;
	struct caller *alice;
	struct st_err err;

	fake->sessions[0].left_ms = 5000;
	alice = fake_login(ALICE);
	fake->now_ms += 4999;
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	fake->now_ms += 1;
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_UNAUTHENTICATED);
	fake->away = true;
	access_tick(fake->access);
	assert_int_equal(fake->cuts, 1);
	assert_string_equal(fake->why.reason, "SESSION_EXPIRED");
	caller_unref(alice);
}

static void idle_login_ends_unless_used_elsewhere(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);

	access_poke(fake->access); /* both uses are written down */
	fake_settle();
	fake->now_ms += 900000;
	fake->sessions[0].idle_ms = 900000;
	fake->sessions[1].idle_ms = 60000; /* another daemon saw Bob a minute ago */
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 0);
	fake->now_ms += 840000;
	fake->sessions[0].idle_ms = 1740000;
	fake->sessions[1].idle_ms = 900000;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	assert_ptr_equal(fake->cut, bob);
	caller_unref(alice);
	caller_unref(bob);
}

/* What goes on by itself keeps nobody logged in, but meets what has changed. */
static void going_on_is_no_use(void **state)
{
	struct caller *alice = fake_login(ALICE);
	unsigned told = fake->changes;
	struct access_scope s;
	struct st_err err = { 0 };

	access_poke(fake->access);
	fake_settle();
	assert_true(fake->changes > told);
	fake->now_ms += 1740000;
	fake->sessions[0].idle_ms = 1740000;
	assert_int_equal(
		access_scope_again(fake->access, alice, &by_clerk, NULL, &fake->mem, &s, &err),
		ST_OK);
	fake->now_ms += 120000;
	fake->sessions[0].idle_ms = 1860000;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	assert_int_equal(
		access_scope_again(fake->access, alice, &by_clerk, NULL, &fake->mem, &s, &err),
		ST_UNAUTHENTICATED);
	caller_unref(alice);
}

static void local_login_never_ends_by_itself(void **state)
{
	struct access_scope s;
	struct caller *alice;
	struct st_err err;

	fake->sessions[0].left_ms = fake->sessions[0].idle_limit_ms = -1;
	alice = fake_login(ALICE);
	fake->now_ms += 400ull * 86400000;
	access_tick(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 0);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	caller_unref(alice);
}

static void use_is_written_down_also_when_nobody_is_left(void **state)
{
	struct caller *alice = fake_login(ALICE);
	struct access_scope s;
	struct st_err err;

	fake->now_ms += 1000;
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	caller_unref(alice);
	fake->now_ms += 29000;
	access_tick(fake->access);
	fake_settle();
	assert_string_equal(fake->touched, "{\"" ALICE "\"} {\"29000\"}");
	fake->touched[0] = '\0';
	fake->now_ms += 30000;
	access_tick(fake->access);
	fake_settle();
	assert_string_equal(fake->touched, ""); /* nothing new: the login is forgotten here */
}

static void one_login_is_one_caller(void **state)
{
	struct caller *one = fake_login(ALICE), *two = fake_login(ALICE);

	assert_ptr_equal(one, two);
	assert_string_equal(caller_user(one), ALICE);
	assert_string_equal(caller_login(one), "alice");
	caller_unref(one);
	fake->sessions[0].over = true;
	access_poke(fake->access);
	fake_settle();
	assert_int_equal(fake->cuts, 1);
	caller_unref(two);
}

static void caller_outlives_access(void **state)
{
	struct fake *f = *state;
	struct caller *alice = fake_login(ALICE);
	struct access_hooks hooks = fake_hooks();
	struct st_err err = { 0 };

	access_close(f->access, fake_told, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->told, 1);
	caller_unref(alice);
	assert_int_equal(access_new(&f->loop, &f->services, &hooks, &f->access, &err), ST_OK);
}

static void close_waits_for_the_look(void **state)
{
	struct fake *f = *state;
	struct access_hooks hooks = fake_hooks();
	struct st_err err = { 0 };

	access_poke(f->access);
	access_close(f->access, fake_told, NULL);
	(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(f->told, 0);
	fake_answer();
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->told, 1);
	assert_int_equal(access_new(&f->loop, &f->services, &hooks, &f->access, &err), ST_OK);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_up, fake_down)
	const struct CMUnitTest tests[] = {
		TEST(tick_reads_the_epoch_alone),
		TEST(revoked_login_is_cut_within_a_tick),
		TEST(changed_grants_and_properties_count_at_once),
		TEST(sync_during_a_look_waits_for_the_next),
		TEST(sync_does_not_hang_without_a_database),
		TEST(failed_look_is_made_up_for),
		TEST(login_taken_during_a_change_is_judged_again),
		TEST(shut_out_device_is_cut_and_refused),
		TEST(expired_login_ends_without_the_database),
		TEST(idle_login_ends_unless_used_elsewhere),
		TEST(going_on_is_no_use),
		TEST(local_login_never_ends_by_itself),
		TEST(use_is_written_down_also_when_nobody_is_left),
		TEST(one_login_is_one_caller),
		TEST(caller_outlives_access),
		TEST(close_waits_for_the_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
