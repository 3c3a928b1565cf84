/* The client's side of steward-render: one process for many documents, whatever becomes of it. */
#include "client/lib/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/common/check.h"

#define REAL RENDER_PROGRAM

struct seat {
	uv_loop_t loop;
	struct arena mem;
	char dir[64];
};

static char *child(const struct seat *s, const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return path;
}

/* A stand-in for the program that behaves as badly as the script says. */
static const char *stand_in(const struct seat *s, const char *script)
{
	char *path = child(s, "stand-in");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static enum st_code draw(struct renderer *r, struct seat *s, const char *title,
			 struct render_result *ret)
{
	Steward__PrintDocument d = STEWARD__PRINT_DOCUMENT__INIT, *all = &d;
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;

	d.title = (char *)title;
	rq.documents = &all;
	rq.n_documents = 1;
	return render_document(r, &rq, &s->mem, ret);
}

static struct renderer *open_renderer(struct seat *s, const char *program, unsigned timeout_ms)
{
	struct st_err err = { 0 };
	struct renderer *r;

	assert_int_equal(renderer_new(&s->loop, program, timeout_ms, &r, &err), ST_OK);
	return r;
}

static void documents_come_back_drawn(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, REAL, 0);
	struct render_result first, second;

	assert_int_equal(draw(r, s, "Bill 账单", &first), ST_OK);
	assert_int_equal(first.pages, 1);
	assert_true(first.bytes.len > 500);
	assert_memory_equal(first.bytes.data, "%PDF-", 5);
	assert_int_equal(draw(r, s, "Bill 账单", &second), ST_OK);
	assert_int_equal(first.bytes.len, second.bytes.len);
	assert_memory_equal(first.bytes.data, second.bytes.data, first.bytes.len);
	renderer_free(r);
}

static void a_refusal_names_the_field_and_ends_nothing(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, REAL, 0);
	struct render_result result;

	assert_int_equal(draw(r, s, "", &result), ST_INVALID_ARGUMENT);
	assert_string_equal(result.err.field, "documents[0].title");
	assert_string_equal(result.err.reason, "REQUIRED");
	assert_int_equal(draw(r, s, "Bill", &result), ST_OK);
	renderer_free(r);
}

/* Each start leaves a letter behind. */
static long starts(const struct seat *s)
{
	struct stat st;

	return stat(child(s, "starts"), &st) == 0 ? (long)st.st_size : 0;
}

static const char *counting(const struct seat *s)
{
	static char script[400];

	(void)snprintf(script, sizeof(script), "printf x >>%s/starts\nexec %s \"$@\"", s->dir,
		       REAL);
	return stand_in(s, script);
}

static void one_process_serves_many(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, counting(s), 0);
	struct render_result result;

	for (int i = 0; i < 20; i++)
		assert_int_equal(draw(r, s, "Bill", &result), ST_OK);
	assert_int_equal(starts(s), 1);
	renderer_free(r);
}

struct many {
	unsigned done, failed;
};

static void on_done(void *arg, const struct render_result *result)
{
	struct many *m = arg;

	m->done++;
	m->failed += result->err.code != ST_OK;
}

static void start(struct renderer *r, const char *title, struct many *m)
{
	Steward__PrintDocument d = STEWARD__PRINT_DOCUMENT__INIT, *all = &d;
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;
	struct st_err err = { 0 };

	d.title = (char *)title;
	rq.documents = &all;
	rq.n_documents = 1;
	assert_int_equal(render_start(r, &rq, on_done, m, &err), ST_OK);
}

/* The loop ends by itself when all is drawn: an idle process does not hold it. */
static void requests_wait_for_their_turn(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, REAL, 0);
	struct many m = { 0 };

	for (int i = 0; i < 10; i++)
		start(r, i == 4 ? "" : "Bill", &m);
	assert_int_equal(m.done, 0);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	assert_int_equal(m.done, 10);
	assert_int_equal(m.failed, 1);
	renderer_free(r);
}

static void closing_cancels_what_waits(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, REAL, 0);
	struct many m = { 0 };

	start(r, "Bill", &m);
	start(r, "Bill", &m);
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	renderer_free(r);
	assert_int_equal(m.done, 2);
	assert_int_equal(m.failed, 2);
}

static void a_program_that_is_not_there_is_named(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(s, "/nowhere/steward-render", 0);
	struct render_result result;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(draw(r, s, "Bill", &result), ST_FAILED_PRECONDITION);
		assert_string_equal(result.err.reason, "NO_RENDERER");
		assert_non_null(strstr(result.err.message, "/nowhere/steward-render"));
	}
	renderer_free(r);
}

/* Falls over once; the next document gets a new process. */
static void a_process_that_dies_is_replaced(void **state)
{
	struct seat *s = *state;
	char script[500];
	struct renderer *r;
	struct render_result result;

	(void)snprintf(script, sizeof(script),
		       "if [ ! -e %s/died ]; then : >%s/died; head -c 4 >/dev/null; exit 1; fi\n"
		       "exec %s \"$@\"",
		       s->dir, s->dir, REAL);
	r = open_renderer(s, stand_in(s, script), 0);
	assert_int_equal(draw(r, s, "Bill", &result), ST_UNAVAILABLE);
	assert_string_equal(result.err.reason, "RENDERER_LOST");
	assert_int_equal(draw(r, s, "Bill", &result), ST_OK);
	renderer_free(r);
}

static void lost(struct seat *s, const char *script, unsigned timeout_ms, const char *why)
{
	struct renderer *r = open_renderer(s, stand_in(s, script), timeout_ms);
	struct render_result result;

	assert_int_equal(draw(r, s, "Bill", &result), ST_UNAVAILABLE);
	if (strstr(result.err.message, why) == NULL)
		fail_msg("'%s' is not in '%s'", why, result.err.message);
	renderer_free(r);
}

static void a_process_that_hangs_is_killed(void **state)
{
	lost(*state, "exec sleep 1000", 50, "too long");
}

static void nonsense_is_no_answer(void **state)
{
	lost(*state, "head -c 4 >/dev/null; printf '\\377\\377\\377\\377'; exec sleep 1000", 0,
	     "no sense");
	lost(*state, "printf 'more than was asked'; exec sleep 1000", 0, "no sense");
	lost(*state, "head -c 4 >/dev/null; printf '\\0\\0\\0\\012abc'", 0, "it ended");
}

static void an_answer_that_is_no_message_fails(void **state)
{
	struct seat *s = *state;
	struct renderer *r = open_renderer(
		s, stand_in(s, "head -c 4 >/dev/null; printf '\\0\\0\\0\\3abc'; exec sleep 1000"),
		0);
	struct render_result result;

	assert_int_equal(draw(r, s, "Bill", &result), ST_INVALID_ARGUMENT);
	renderer_free(r);
}

static int begin(void **state)
{
	struct seat *s = calloc(1, sizeof(*s));

	if (s == NULL || uv_loop_init(&s->loop) != 0)
		return -1;
	arena_init(&s->mem, 256u << 20);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/render-test-XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		return -1;
	*state = s;
	return 0;
}

static int end(void **state)
{
	static const char *const files[] = { "stand-in", "starts", "died" };
	struct seat *s = *state;

	for (size_t i = 0; i < 3; i++)
		(void)unlink(child(s, files[i]));
	(void)rmdir(s->dir);
	arena_fini(&s->mem);
	/* A handle that was left behind shows here. */
	assert_int_equal(uv_loop_close(&s->loop), 0);
	free(s);
	return 0;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(documents_come_back_drawn),       T(a_refusal_names_the_field_and_ends_nothing),
		T(one_process_serves_many),         T(requests_wait_for_their_turn),
		T(closing_cancels_what_waits),      T(a_program_that_is_not_there_is_named),
		T(a_process_that_dies_is_replaced), T(a_process_that_hangs_is_killed),
		T(nonsense_is_no_answer),           T(an_answer_that_is_no_message_fails),
	};

	return cmocka_run_group_tests_name("client render", tests, NULL, NULL);
}
