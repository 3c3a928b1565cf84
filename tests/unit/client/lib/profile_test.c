#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "tests/unit/client/lib/rig.h"

static void put(struct rig *rig, const char *file, const char *text)
{
	struct st_err err = { 0 };

	assert_int_equal(profile_write(rig->dir, file, text, &err), ST_OK);
}

static void put_device(struct rig *rig)
{
	put(rig, "root.crt", "root");
	put(rig, "device.crt", "crt");
	put(rig, "device.key", "key");
}

static int setup(void **state)
{
	static const char *const names[] = { "STEWARD_HOME",       "XDG_CONFIG_HOME",
					     "STEWARD_SERVER",     "STEWARD_PORT",
					     "STEWARD_ENROL_PORT", "STEWARD_PROPERTY",
					     "STEWARD_NAME" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	(void)setenv("HOME", "/home/li", 1);
	return rig_setup(state);
}

static void the_directory_is_found_in_order(void **state)
{
	struct st_err err = { 0 };
	char dir[400];

	assert_int_equal(profile_dir(NULL, dir, sizeof(dir), &err), ST_OK);
	assert_string_equal(dir, "/home/li/.config/steward");
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/xdg", 1), 0);
	assert_int_equal(profile_dir(NULL, dir, sizeof(dir), &err), ST_OK);
	assert_string_equal(dir, "/xdg/steward");
	assert_int_equal(setenv("STEWARD_HOME", "/stw", 1), 0);
	assert_int_equal(profile_dir(NULL, dir, sizeof(dir), &err), ST_OK);
	assert_string_equal(dir, "/stw");
	assert_int_equal(profile_dir("night", dir, sizeof(dir), &err), ST_OK);
	assert_string_equal(dir, "/xdg/steward/profiles/night");
	assert_int_equal(profile_dir("./here", dir, sizeof(dir), &err), ST_OK);
	assert_string_equal(dir, "./here");
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
	assert_int_equal(unsetenv("STEWARD_HOME"), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(profile_dir(NULL, dir, sizeof(dir), &err), ST_FAILED_PRECONDITION);
}

static void settings_say_where_they_came_from(void **state)
{
	struct rig *rig = *state;
	struct profile_setting set[PROFILE_KEYS];
	struct st_err err = { 0 };

	put(rig, "client.conf",
	    "# a desk\n[client]\nserver = desk.example\nport = 7000\nproperty = SUN\n");
	assert_int_equal(setenv("STEWARD_PORT", "7001", 1), 0);
	assert_int_equal(profile_settings(rig->dir, &rig->mem, set, &err), ST_OK);
	assert_string_equal(set[PROFILE_SERVER].value, "desk.example");
	assert_non_null(strstr(set[PROFILE_SERVER].origin, "client.conf"));
	assert_string_equal(set[PROFILE_PORT].value, "7001");
	assert_string_equal(set[PROFILE_PORT].origin, "STEWARD_PORT in the environment");
	assert_string_equal(set[PROFILE_ENROL_PORT].value, "7434");
	assert_string_equal(set[PROFILE_ENROL_PORT].origin, "built in");
	assert_string_equal(set[PROFILE_PROPERTY].value, "SUN");
}

static void mistakes_in_a_file_are_fatal_and_placed(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "servr = x\n", "client.conf:1: unknown setting 'servr'" },
		{ "server = x\nport = 0\n", ":2: port must be a number from 1 to 65535" },
		{ "server = x\nport = 7433x\n", ":2: port" },
		{ "[server]\nport = 1\n", "no section [server]" },
		{ "server = a ;b\n", ":1: " },
		{ "nonsense\n", ":1: " },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile_setting set[PROFILE_KEYS];
		struct st_err err = { 0 };

		put(rig, "client.conf", cases[i].text);
		assert_int_equal(profile_settings(rig->dir, &rig->mem, set, &err),
				 ST_INVALID_ARGUMENT);
		assert_non_null(strstr(err.message, cases[i].words));
	}
}

static void a_wrong_environment_is_refused_too(void **state)
{
	struct rig *rig = *state;
	struct profile_setting set[PROFILE_KEYS];
	struct st_err err = { 0 };

	assert_int_equal(setenv("STEWARD_PORT", "many", 1), 0);
	assert_int_equal(profile_settings(rig->dir, &rig->mem, set, &err), ST_INVALID_ARGUMENT);
}

static void a_login_is_one_line_or_none(void **state)
{
	struct rig *rig = *state;
	struct st_err err = { 0 };
	struct profile p;

	put_device(rig);
	put(rig, "client.conf", "server = x\nprinter = /dev/usb/lp0\n");
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_null(p.token);
	assert_string_equal(p.printer, "/dev/usb/lp0");
	put(rig, "session.token", "abc\n");
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_string_equal(p.token, "abc");
	put(rig, "session.token", "\n");
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_null(p.token);
	put(rig, "session.token", NULL);
	put(rig, "session.token", NULL); /* gone already: fine */
}

static void a_device_without_a_server_says_so(void **state)
{
	struct rig *rig = *state;
	struct st_err err = { 0 };
	struct profile p;

	put_device(rig);
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, "NO_SERVER");
}

static void files_are_for_their_owner_only(void **state)
{
	struct rig *rig = *state;
	char path[120];
	struct stat st;

	put(rig, "session.token", "secret");
	(void)snprintf(path, sizeof(path), "%s/session.token", rig->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* The moment between the two files, at which a crash would leave a key without its certificate. */
static void a_renewal_that_was_cut_off_is_finished(void **state)
{
	struct rig *rig = *state;
	struct st_err err = { 0 };
	struct profile p;

	put_device(rig);
	put(rig, "client.conf", "server = x\n");
	put(rig, "device.new", "new key\n-----BEGIN CERTIFICATE-----\nnew crt\n");
	put(rig, "device.key", "new key\n");
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_string_equal(p.key_pem, "new key\n");
	assert_string_equal(p.cert_pem, "-----BEGIN CERTIFICATE-----\nnew crt\n");
	put(rig, "device.crt", "newer");
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_string_equal(p.cert_pem, "newer");
}

static void a_pair_is_replaced_as_one(void **state)
{
	struct rig *rig = *state;
	struct st_err err = { 0 };
	struct profile p;

	put_device(rig);
	put(rig, "client.conf", "server = x\n");
	assert_int_equal(
		profile_write_pair(rig->dir, "k2\n", "-----BEGIN CERTIFICATE-----\nc2\n", &err),
		ST_OK);
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_string_equal(p.key_pem, "k2\n");
	assert_string_equal(p.cert_pem, "-----BEGIN CERTIFICATE-----\nc2\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_directory_is_found_in_order),
		TEST(settings_say_where_they_came_from),
		TEST(mistakes_in_a_file_are_fatal_and_placed),
		TEST(a_wrong_environment_is_refused_too),
		TEST(a_login_is_one_line_or_none),
		TEST(a_device_without_a_server_says_so),
		TEST(files_are_for_their_owner_only),
		TEST(a_renewal_that_was_cut_off_is_finished),
		TEST(a_pair_is_replaced_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
