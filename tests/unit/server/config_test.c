/* Settings: where they come from, which wins, what is refused, and that they can be told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "server/config.h"

#define WORDS_MAX 8

struct reading {
	struct arena mem;
	struct config config;
	struct st_err err;
	enum st_code code;
	char file[40];
};

static int reading_up(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));
	int fd;

	if (r == NULL)
		return -1;
	arena_init(&r->mem, 1 << 20);
	(void)snprintf(r->file, sizeof(r->file), "/tmp/steward-config-XXXXXX");
	fd = mkstemp(r->file);
	*state = r;
	return fd >= 0 ? close(fd) : -1;
}

static int reading_down(void **state)
{
	struct reading *r = *state;

	(void)unlink(r->file);
	(void)unsetenv("STEWARDD_PORT");
	(void)unsetenv("STEWARDD_DB_HOST");
	(void)unsetenv("STEWARDD_CONFIG");
	arena_fini(&r->mem);
	free(r);
	return 0;
}

/* Reads with the words behind the program's name; ended by NULL. */
static void read_with(struct reading *r, ...)
{
	char *argv[WORDS_MAX + 2] = { (char *)"stewardd" };
	int argc = 1;
	va_list ap;

	va_start(ap, r);
	while (argc <= WORDS_MAX && (argv[argc] = va_arg(ap, char *)) != NULL)
		argc++;
	va_end(ap);
	r->err = (struct st_err){ 0 };
	r->code = config_read(argc, argv, &r->mem, &r->config, &r->err);
}

static void accepted(const struct reading *r)
{
	if (r->code != ST_OK)
		fail_msg("%s", r->err.message);
}

static void refused(const struct reading *r, const char *reason, const char *field)
{
	assert_int_equal(r->code, ST_INVALID_ARGUMENT);
	assert_string_equal(r->err.reason, reason);
	assert_string_equal(r->err.field, field);
	assert_true(r->err.message[0] != '\0');
}

static void write_file(struct reading *r, const char *text)
{
	assert_int_equal(file_replace(r->file, slice_str(text), &r->err), ST_OK);
}

static void a_directory_is_enough(void **state)
{
	struct reading *r = *state;

	read_with(r, "--data=/srv/steward", NULL);
	accepted(r);
	assert_string_equal(r->config.state, "/srv/steward/state");
	assert_string_equal(r->config.listen, "127.0.0.1");
	assert_int_equal(r->config.port, 7433);
	assert_int_equal(r->config.max_ops_connection, 32);
	assert_true(r->config.cluster_durable);
	assert_null(r->config.db_host);
}

static void the_nearer_source_wins(void **state)
{
	struct reading *r = *state;

	write_file(r, "[stewardd]\nport = 1001\nenrol_port = 1002\nstate = /var/lib/steward\n"
		      "db_host = 10.0.0.5\nmax_ops = 7\n");
	read_with(r, "--config", r->file, NULL);
	accepted(r);
	assert_int_equal(r->config.port, 1001);
	assert_int_equal(setenv("STEWARDD_PORT", "2001", 1), 0);
	read_with(r, "--config", r->file, NULL);
	accepted(r);
	assert_int_equal(r->config.port, 2001);
	assert_int_equal(r->config.enrol_port, 1002);
	read_with(r, "--port=3001", "--config", r->file, NULL);
	accepted(r);
	assert_int_equal(r->config.port, 3001);
	assert_int_equal(r->config.max_ops, 7);
	assert_string_equal(r->config.config, r->file);
}

static void the_file_may_be_named_by_the_environment(void **state)
{
	struct reading *r = *state;

	write_file(r, "db_host = /run/postgresql\nstate = /var/lib/steward\n");
	assert_int_equal(setenv("STEWARDD_CONFIG", r->file, 1), 0);
	read_with(r, NULL);
	accepted(r);
	assert_string_equal(r->config.db_host, "/run/postgresql");
}

static void an_empty_text_takes_a_setting_back(void **state)
{
	struct reading *r = *state;

	write_file(r, "db_host = 10.0.0.5\n");
	assert_int_equal(setenv("STEWARDD_DB_HOST", "", 1), 0);
	read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
	accepted(r);
	assert_null(r->config.db_host);
}

static void numbers_are_judged(void **state)
{
	static const char *const bad[] = { "--port=65536",
					   "--port=-1",
					   "--port=",
					   "--port=12x",
					   "--port= 1",
					   "--port=0x10",
					   "--port=99999999999999999999" };
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_with(r, "--data=/srv/steward", bad[i], NULL);
		refused(r, "BAD_VALUE", "port");
	}
	read_with(r, "--data=/srv/steward", "--max-ops=0", NULL);
	refused(r, "BAD_VALUE", "max_ops");
	read_with(r, "--data=/srv/steward", "--port=0", NULL);
	accepted(r);
	read_with(r, "--data=/srv/steward", "--cluster-durable=yes", NULL);
	refused(r, "BAD_VALUE", "cluster_durable");
	read_with(r, "--data=/srv/steward", "--log-level=chatty", NULL);
	refused(r, "BAD_VALUE", "log_level");
}

static void what_is_missing_is_named(void **state)
{
	struct reading *r = *state;

	read_with(r, NULL);
	refused(r, "NO_DATABASE", "");
	read_with(r, "--data=here", NULL);
	refused(r, "NOT_ABSOLUTE", "data");
	read_with(r, "--db-host=10.0.0.5", NULL);
	refused(r, "NO_STATE", "state");
}

static void a_file_is_judged_by_its_lines(void **state)
{
	struct reading *r = *state;

	write_file(r, "port = 1\ncolour = red\n");
	read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
	assert_string_equal(r->err.reason, "UNKNOWN_SETTING");
	assert_non_null(strstr(r->err.message, ":2: "));
	write_file(r, "config = /etc/other\n");
	read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
	assert_string_equal(r->err.reason, "UNKNOWN_SETTING");
	write_file(r, "print_config = true\n");
	read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
	assert_string_equal(r->err.reason, "UNKNOWN_SETTING");
	write_file(r, "port = many\n");
	read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
	refused(r, "BAD_VALUE", "port");
	assert_non_null(strstr(r->err.message, ":1: "));
	read_with(r, "--data=/srv/steward", "--config=/nowhere/at/all", NULL);
	assert_int_equal(r->code, ST_NOT_FOUND);
}

/* Some of them would be taken for comments and some not. */
static void a_file_has_no_comments_behind_values(void **state)
{
	static const char *const lines[] = { "data = /d ; comment", "data = /d\t;comment",
					     "data =;/d", "data: ;/d" };
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		write_file(r, lines[i]);
		read_with(r, "--data=/srv/steward", "--config", r->file, NULL);
		assert_int_equal(r->code, ST_INVALID_ARGUMENT);
		assert_non_null(strstr(r->err.message, "comments on lines of their own"));
	}
	write_file(r, "; data = /x\n  # y ; z\ndata = /srv;2\n");
	read_with(r, "--config", r->file, NULL);
	accepted(r);
	assert_string_equal(r->config.data, "/srv;2");
}

/* What is printed is a file that gives the same settings. */
static void printed_settings_can_be_read(void **state)
{
	struct reading *r = *state;
	struct config before;
	pid_t pid;
	int status;

	read_with(r, "--data=/srv/steward", "--port=1234", "--names=a.example,10.1.2.3",
		  "--cluster-durable=false", "--db-sslmode=verify-full", "--print-config", NULL);
	accepted(r);
	assert_true(r->config.print_config);
	before = r->config;
	pid = fork();
	if (pid == 0) {
		if (freopen(r->file, "w", stdout) == NULL)
			_exit(1);
		config_print(&before);
		_exit(fflush(stdout) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	read_with(r, "--config", r->file, NULL);
	accepted(r);
	assert_string_equal(r->config.data, before.data);
	assert_string_equal(r->config.state, before.state);
	assert_int_equal(r->config.port, before.port);
	assert_string_equal(r->config.names, before.names);
	assert_false(r->config.cluster_durable);
	assert_string_equal(r->config.db_sslmode, "verify-full");
	assert_null(r->config.db_host);
	assert_int_equal(r->config.queue, before.queue);
}

/* How the program ends when it is called with this word. */
static int ends_with(struct reading *r, const char *word)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(99);
		read_with(r, word, NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void unknown_words_end_with_2(void **state)
{
	assert_int_equal(ends_with(*state, "--colour=red"), 2);
	assert_int_equal(ends_with(*state, "serve"), 2);
	assert_int_equal(ends_with(*state, "--help"), 0);
	assert_int_equal(ends_with(*state, "--version"), 0);
}

#define READING(test) cmocka_unit_test_setup_teardown(test, reading_up, reading_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READING(a_directory_is_enough),
		READING(the_nearer_source_wins),
		READING(the_file_may_be_named_by_the_environment),
		READING(an_empty_text_takes_a_setting_back),
		READING(numbers_are_judged),
		READING(what_is_missing_is_named),
		READING(a_file_is_judged_by_its_lines),
		READING(a_file_has_no_comments_behind_values),
		READING(printed_settings_can_be_read),
		READING(unknown_words_end_with_2),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
