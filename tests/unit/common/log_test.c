#include "common/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/common/check.h"

static int pipe_end, stderr_before;
static char said[8000];

/* From here on what goes to stderr lands in a pipe. */
static void listen_to_stderr(void)
{
	int ends[2];

	fflush(stderr);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	stderr_before = dup(STDERR_FILENO);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	pipe_end = ends[0];
}

static const char *what_was_said(void)
{
	ssize_t n = read(pipe_end, said, sizeof said - 1);

	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	close(pipe_end);
	said[n > 0 ? n : 0] = 0;
	return said;
}

/* The part behind the time. */
static const char *after_time(const char *line)
{
	assert_memory_equal(line, "ts=20", 5);
	assert_int_equal(line[26], 'Z');
	return line + 28;
}

/* What systemd says about stderr is looked at once, so this happens in a process of its own. */
static void under_the_journal_a_line_begins_with_its_level(void **state)
{
	char stream[64];
	struct stat st;
	int status;
	pid_t child;

	listen_to_stderr();
	child = fork();
	if (child == 0) {
		if (fstat(STDERR_FILENO, &st) != 0)
			_exit(1);
		snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino);
		setenv("JOURNAL_STREAM", stream, 1);
		log_warn("conn=%d", 3);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_string_equal(what_was_said(), "<4>conn=3\n");
}

static void a_line_has_time_level_and_text(void **state)
{
	listen_to_stderr();
	log_error("conn=%d reason=%s", 12, "TEST");
	assert_string_equal(after_time(what_was_said()), "level=error conn=12 reason=TEST\n");
}

static void levels_below_are_silent(void **state)
{
	log_set_level(LOG_LEVEL_WARN);
	assert_true(log_wants(LOG_LEVEL_ERROR));
	assert_true(log_wants(LOG_LEVEL_WARN));
	assert_false(log_wants(LOG_LEVEL_INFO));
	listen_to_stderr();
	log_info("a=1");
	log_debug("a=2");
	log_warn("a=3");
	assert_string_equal(after_time(what_was_said()), "level=warn a=3\n");
	log_set_level(LOG_LEVEL_INFO);
}

static void one_event_stays_one_line(void **state)
{
	listen_to_stderr();
	log_info("text=%s", "a\nb\r\x1b[31m\x7f\xc2\x85"
			    "\xe2\x80\xa8\xff"
			    "é\t");
	assert_string_equal(after_time(what_was_said()),
			    "level=info text=a\\nb\\x0d\\x1b[31m\\x7f\\u0085\\u2028\\xffé\\t\n");
}

static void long_lines_say_that_they_were_cut(void **state)
{
	char text[5000];
	size_t len;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	listen_to_stderr();
	log_info("t=%s", text);
	len = strlen(what_was_said());
	assert_in_range(len, 1900, 2200);
	assert_string_equal(said + len - 9, " cut=yes\n");
	memset(text, '\n', sizeof text - 1); /* grows fourfold by escaping */
	listen_to_stderr();
	log_info("t=%s", text);
	len = strlen(what_was_said());
	assert_in_range(len, 1900, 2200);
	assert_string_equal(said + len - 9, " cut=yes\n");
	assert_ptr_equal(strchr(said, '\n'), said + len - 1);
}

static void quoting_escapes(void **state)
{
	char out[100];

	assert_string_equal(log_quote("plain", out, sizeof out), "\"plain\"");
	assert_string_equal(log_quote("", out, sizeof out), "\"\"");
	assert_string_equal(log_quote(NULL, out, sizeof out), "\"\"");
	assert_string_equal(log_quote("a\"b\\c\nd\x01", out, sizeof out),
			    "\"a\\\"b\\\\c\\nd\\x01\"");
	assert_string_equal(log_quote("王芳\xe7", out, sizeof out), "\"王芳\\xe7\"");
	assert_string_equal(LOGQ("it's"), "\"it's\"");
}

static void quoting_cuts_at_a_character_and_closes(void **state)
{
	char out[40];

	for (unsigned size = 3; size < 20; size++) {
		memset(out, '#', sizeof out);
		log_quote("王\n芳\"王芳", out, size);
		assert_true(strlen(out) < size);
		assert_int_equal(out[0], '"');
		assert_int_equal(out[strlen(out) - 1], '"');
		assert_int_equal(out[size], '#');
		assert_null(strstr(out, "\\x")); /* no half character */
	}
	for (unsigned size = 0; size < 3; size++) {
		memset(out, '#', sizeof out);
		log_quote("abc", out, size);
		assert_int_equal(out[size], '#');
		if (size > 0)
			assert_int_equal(out[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(under_the_journal_a_line_begins_with_its_level),
		cmocka_unit_test(a_line_has_time_level_and_text),
		cmocka_unit_test(levels_below_are_silent),
		cmocka_unit_test(one_event_stays_one_line),
		cmocka_unit_test(long_lines_say_that_they_were_cut),
		cmocka_unit_test(quoting_escapes),
		cmocka_unit_test(quoting_cuts_at_a_character_and_closes),
	};

	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
