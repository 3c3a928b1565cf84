/* The embedded default's first people and machine, at the first start and at later ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "server/rpc/access.h"
#include "server/rpc/secret.h"
#include "tests/support/pg.h"

struct boot_test {
	struct test_pg pg;
	PGconn *app, *super;
	struct arena mem;
	char dir[100];
	struct pki_pair root;
	struct access_local local;
};

static int boot_up(void **state)
{
	static struct boot_test t;
	struct st_err err = { 0 };

	memset(&t, 0, sizeof(t));
	*state = &t;
	arena_init(&t.mem, 16 << 20);
	test_pg_start(&t.pg);
	test_pg_migrate(&t.pg);
	t.app = test_pg_connect(&t.pg, "steward_app");
	t.super = test_pg_connect(&t.pg, "postgres");
	test_pg_exec(t.super, "set search_path = steward_code, steward, public");
	(void)snprintf(t.dir, sizeof(t.dir), "%s/data", t.pg.dir);
	if (file_make_dirs(t.dir, &err) != ST_OK ||
	    pki_root_new("Test", &t.mem, &t.root, &err) != ST_OK)
		return -1;
	t.local = (struct access_local){ t.dir, "127.0.0.1", 7433, 7434, &t.root };
	return 0;
}

static int boot_down(void **state)
{
	struct boot_test *t = *state;

	PQfinish(t->app);
	PQfinish(t->super);
	arena_fini(&t->mem);
	test_pg_stop(&t->pg);
	return 0;
}

static void boot(struct boot_test *t)
{
	struct st_err err = { 0 };

	if (access_bootstrap(t->app, &t->local, &err) != ST_OK)
		fail_msg("bootstrap: %s %s", err.reason, err.message);
}

static void boot_path(struct boot_test *t, const char *name, char out[200])
{
	(void)snprintf(out, 200, "%s/%s", t->dir, name);
}

static const char *boot_read(struct boot_test *t, const char *name)
{
	struct st_err err = { 0 };
	struct slice text;
	char path[200];

	boot_path(t, name, path);
	if (file_read(path, 65536, &t->mem, &text, &err) != ST_OK)
		return "";
	return (const char *)text.data;
}

static const char *boot_value(struct boot_test *t, const char *sql)
{
	return test_pg_value(t->super, sql, arena_alloc(&t->mem, 500), 500);
}

/* Everything the desk is made of. */
struct boot_files {
	const char *key, *crt, *root, *conf, *token;
};

static struct boot_files boot_files(struct boot_test *t)
{
	return (struct boot_files){ boot_read(t, "desk/device.key"),
				    boot_read(t, "desk/device.crt"), boot_read(t, "desk/root.crt"),
				    boot_read(t, "desk/client.conf"),
				    boot_read(t, "desk/session.token") };
}

static void first_start_makes_administrator_and_desk(void **state)
{
	struct boot_test *t = *state;
	struct boot_files f;
	struct stat st;
	char path[200], password[64];
	int days;
	struct st_err err = { 0 };

	boot(t);
	f = boot_files(t);
	boot_path(t, "admin-password", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(password, sizeof(password), "%s", boot_read(t, "admin-password"));
	password[strcspn(password, "\n")] = '\0';
	assert_true(password_verify(password,
				    boot_value(t, "select password_hash from steward.app_user")));
	assert_string_equal(
		boot_value(t, "select u.login || ' ' || g.role || coalesce(g.property_id, 0) "
			      "from steward.app_user u join steward.user_grant g "
			      "on g.user_id = u.id"),
		"admin administrator0");
	assert_string_equal(f.root, t->root.cert_pem);
	assert_non_null(strstr(f.key, "PRIVATE KEY"));
	assert_int_equal(pki_days_left(f.crt, &days, &err), ST_OK);
	assert_in_range(days, PKI_DEVICE_DAYS - 1, PKI_DEVICE_DAYS);
	assert_non_null(strstr(f.conf, "server = 127.0.0.1\nport = 7433\nenrol_port = 7434\n"));
	assert_int_equal(strlen(f.token), TOKEN_TEXT - 1);
	assert_string_equal(boot_value(t, "select count(*) from steward.session s, "
					  "lateral steward_code.session_facts(array[s.id]) f "
					  "where f.local and f.left_ms is null"),
			    "1");
	assert_string_equal(boot_value(t, "select count(*) from steward.audit"), "3");
}

static void later_start_changes_nothing(void **state)
{
	struct boot_test *t = *state;
	struct boot_files before = boot_files(t), after;

	boot(t);
	after = boot_files(t);
	assert_string_equal(before.key, after.key);
	assert_string_equal(before.crt, after.crt);
	assert_string_equal(before.token, after.token);
	assert_string_equal(boot_value(t, "select count(*) from steward.audit"), "3");
}

static void another_port_is_written_down(void **state)
{
	struct boot_test *t = *state;
	struct boot_files before = boot_files(t), after;

	t->local.port = 9000;
	boot(t);
	after = boot_files(t);
	assert_non_null(strstr(after.conf, "port = 9000\n"));
	assert_string_equal(before.crt, after.crt);
}

static void lost_login_is_made_anew(void **state)
{
	struct boot_test *t = *state;
	struct boot_files before = boot_files(t), after;
	char path[200];

	boot_path(t, "desk/session.token", path);
	assert_int_equal(unlink(path), 0);
	boot(t);
	after = boot_files(t);
	assert_string_not_equal(before.token, after.token);
	assert_string_equal(before.crt, after.crt);
	assert_string_equal(
		boot_value(t, "select count(*) from steward.session where ended_at is null"), "1");
	test_pg_exec(t->super, "update steward.session set ended_at = now()");
	boot(t);
	before = boot_files(t);
	assert_string_not_equal(before.token, after.token);
}

static void damaged_or_old_certificate_is_made_anew(void **state)
{
	struct boot_test *t = *state;
	struct boot_files before = boot_files(t), after;
	struct st_err err = { 0 };
	const char *key, *csr, *old;
	char path[200];

	boot_path(t, "desk/device.key", path);
	assert_int_equal(unlink(path), 0);
	boot(t);
	after = boot_files(t);
	assert_string_not_equal(before.crt, after.crt);
	assert_string_equal(before.token, after.token);
	/* One of the same device that ends in a week. */
	assert_int_equal(pki_request_new(&t->mem, &key, &csr, &err), ST_OK);
	assert_int_equal(pki_device_sign(&t->root, csr,
					 boot_value(t, "select id from steward.device"), 7, &t->mem,
					 &old, &err),
			 ST_OK);
	boot_path(t, "desk/device.crt", path);
	assert_int_equal(file_replace(path, slice_str(old), &err), ST_OK);
	boot(t);
	assert_string_not_equal(boot_files(t).crt, old);
	assert_string_equal(boot_value(t, "select count(*) from steward.device"), "1");
}

static void other_authority_makes_all_anew(void **state)
{
	struct boot_test *t = *state;
	struct boot_files before = boot_files(t), after;
	struct st_err err = { 0 };

	assert_int_equal(pki_root_new("Other", &t->mem, &t->root, &err), ST_OK);
	boot(t);
	after = boot_files(t);
	assert_string_equal(after.root, t->root.cert_pem);
	assert_string_not_equal(before.crt, after.crt);
}

static void lost_directory_is_made_anew(void **state)
{
	struct boot_test *t = *state;
	char from[200], to[200];

	boot_path(t, "desk", from);
	boot_path(t, "gone", to);
	assert_int_equal(rename(from, to), 0);
	boot(t);
	assert_int_equal(strlen(boot_files(t).token), TOKEN_TEXT - 1);
	assert_string_equal(boot_value(t, "select count(*) from steward.device"), "1");
}

static void what_was_shut_out_stays_out(void **state)
{
	struct boot_test *t = *state;
	char path[200];

	test_pg_exec(t->super, "update steward.device set state = 'disabled'");
	boot_path(t, "desk/session.token", path);
	assert_int_equal(unlink(path), 0);
	boot(t);
	assert_string_equal(boot_files(t).token, "");
	assert_string_equal(boot_value(t, "select state from steward.device"), "disabled");
	test_pg_exec(t->super,
		     "update steward.device set state = 'active';"
		     "insert into steward.app_user (id, login, full_name, password_hash) "
		     "values (gen_random_uuid(), 'other', 'Other', 'x');"
		     "insert into steward.user_grant (id, user_id, role) "
		     "select gen_random_uuid(), id, 'administrator' from steward.app_user "
		     "where login = 'other';"
		     "update steward.app_user set state = 'disabled' where login = 'admin'");
	boot(t);
	assert_string_equal(boot_files(t).token, "");
	assert_string_equal(boot_value(t, "select count(*) from steward.app_user"), "2");
	assert_string_equal(
		boot_value(t, "select count(*) from steward.session where ended_at is null"), "0");
}

static void failure_leaves_no_half_of_it(void **state)
{
	struct boot_test *t = *state;
	struct st_err err = { 0 };
	char before[20];

	test_pg_exec(t->super,
		     "update steward.app_user set state = 'active' where login = 'admin'");
	(void)snprintf(before, sizeof(before), "%s",
		       boot_value(t, "select count(*) from steward.session"));
	test_pg_exec(t->super, "create function steward.no() returns trigger language plpgsql as "
			       "'begin raise exception ''no''; end';"
			       "create trigger no before insert on steward.session for each row "
			       "execute function steward.no()");
	assert_int_not_equal(access_bootstrap(t->app, &t->local, &err), ST_OK);
	assert_int_equal(PQtransactionStatus(t->app), PQTRANS_IDLE);
	assert_string_equal(boot_files(t).token, "");
	test_pg_exec(t->super, "drop trigger no on steward.session");
	boot(t);
	assert_int_equal(strlen(boot_files(t).token), TOKEN_TEXT - 1);
}

int main(void)
{
	/* Each goes on where the one before ended, as starts of a daemon do. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_start_makes_administrator_and_desk),
		cmocka_unit_test(later_start_changes_nothing),
		cmocka_unit_test(another_port_is_written_down),
		cmocka_unit_test(lost_login_is_made_anew),
		cmocka_unit_test(damaged_or_old_certificate_is_made_anew),
		cmocka_unit_test(other_authority_makes_all_anew),
		cmocka_unit_test(lost_directory_is_made_anew),
		cmocka_unit_test(what_was_shut_out_stays_out),
		cmocka_unit_test(failure_leaves_no_half_of_it),
	};

	return cmocka_run_group_tests(tests, boot_up, boot_down);
}
