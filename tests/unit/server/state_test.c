/* What the daemon keeps outside the database: made once, never again by mistake, renewed in time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "server/state.h"

#define NAMES "localhost,127.0.0.1"

struct place {
	char dir[40];
	struct arena mem;
};

static int place_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/steward-state-XXXXXX");
	arena_init(&p->mem, 8 << 20);
	*state = p;
	return mkdtemp(p->dir) != NULL ? 0 : -1;
}

static const char *path_of(struct place *p, const char *file)
{
	static char path[100];

	(void)snprintf(path, sizeof(path), "%s/%s", p->dir, file);
	return path;
}

static int place_down(void **state)
{
	static const char *const files[] = { "root.key",   "root.crt",     "server.key",
					     "server.crt", "server.names", "secret.key" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(path_of(p, files[i]));
	(void)rmdir(p->dir);
	arena_fini(&p->mem);
	free(p);
	return 0;
}

static struct state loaded(struct place *p, const char *names)
{
	struct state s = { 0 };
	struct st_err err = { 0 };

	if (state_load(p->dir, names, &p->mem, &s, &err) != ST_OK)
		fail_msg("%s", err.message);
	return s;
}

static void refused(struct place *p, enum st_code code, const char *reason)
{
	struct state s = { 0 };
	struct st_err err = { 0 };

	assert_int_equal(state_load(p->dir, NAMES, &p->mem, &s, &err), code);
	assert_string_equal(err.reason, reason);
	assert_non_null(strstr(err.message, p->dir));
}

static void put(struct place *p, const char *file, const void *data, size_t len)
{
	struct st_err err = { 0 };

	assert_int_equal(file_replace(path_of(p, file), slice_of(data, len), &err), ST_OK);
}

static void state_is_made_once(void **state)
{
	struct place *p = *state;
	struct state first = loaded(p, NAMES), again = loaded(p, NAMES);
	int days = 0;

	assert_string_equal(first.root.cert_pem, again.root.cert_pem);
	assert_string_equal(first.root.key_pem, again.root.key_pem);
	assert_string_equal(first.server.cert_pem, again.server.cert_pem);
	assert_memory_equal(first.pin, again.pin, sizeof(first.pin));
	assert_memory_equal(first.secret, again.secret, sizeof(first.secret));
	assert_int_equal(pki_days_left(first.server.cert_pem, &days, NULL), ST_OK);
	assert_true(days > 300);
}

static void state_is_nobody_elses(void **state)
{
	static const char *const files[] = { "root.key", "server.key", "secret.key" };
	struct place *p = *state;
	struct stat st;

	(void)loaded(p, NAMES);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(stat(path_of(p, files[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void other_names_make_another_certificate(void **state)
{
	struct place *p = *state;
	struct state first = loaded(p, NAMES), other = loaded(p, "desk.example, 10.0.0.1"),
		     again = loaded(p, "desk.example, 10.0.0.1");

	assert_string_not_equal(first.server.cert_pem, other.server.cert_pem);
	assert_string_equal(other.server.cert_pem, again.server.cert_pem);
	assert_string_equal(first.root.cert_pem, other.root.cert_pem);
}

static void names_are_counted(void **state)
{
	struct place *p = *state;
	struct state s = { 0 };
	struct st_err err = { 0 };
	char many[200] = "";

	assert_int_equal(state_load(p->dir, " , ", &p->mem, &s, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "names");
	for (int i = 0; i < 33; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "h%d,", i);
	assert_int_equal(state_load(p->dir, many, &p->mem, &s, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "TOO_MANY");
}

/* A certificate of thirty days in the place of the server's, as if it had been there for a year. */
static void age_certificate(struct place *p, const struct state *s)
{
	const char *key, *csr, *cert;
	struct st_err err = { 0 };

	assert_int_equal(pki_request_new(&p->mem, &key, &csr, &err), ST_OK);
	assert_int_equal(pki_device_sign(&s->root, csr, "01900000-0000-7000-8000-000000000001", 30,
					 &p->mem, &cert, &err),
			 ST_OK);
	put(p, "server.key", key, strlen(key));
	put(p, "server.crt", cert, strlen(cert));
}

static void certificate_is_renewed_in_time(void **state)
{
	struct place *p = *state;
	struct state s = loaded(p, NAMES), aged, renewed;
	struct st_err err = { 0 };
	struct slice cert;
	bool made = true;
	int days = 0;

	assert_int_equal(state_renew(p->dir, NAMES, &p->mem, &s, &made, &err), ST_OK);
	assert_false(made);
	age_certificate(p, &s);
	renewed = loaded(p, NAMES);
	assert_int_equal(pki_days_left(renewed.server.cert_pem, &days, &err), ST_OK);
	assert_true(days > 300);

	age_certificate(p, &s);
	aged = s;
	assert_int_equal(file_read(path_of(p, "server.crt"), 65536, &p->mem, &cert, &err), ST_OK);
	aged.server.cert_pem = (const char *)cert.data;
	assert_int_equal(state_renew(p->dir, NAMES, &p->mem, &aged, &made, &err), ST_OK);
	assert_true(made);
	assert_int_equal(pki_days_left(aged.server.cert_pem, &days, &err), ST_OK);
	assert_true(days > 300);
	assert_string_equal(loaded(p, NAMES).server.cert_pem, aged.server.cert_pem);
}

/* Devices trust this authority and secrets are sealed with this key: a new one would shut all out.
 */
static void loss_is_not_covered_up(void **state)
{
	static const char *const files[] = { "root.key", "root.crt", "secret.key" };
	struct place *p = *state;

	(void)loaded(p, NAMES);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[100], aside[110];

		(void)snprintf(path, sizeof(path), "%s", path_of(p, files[i]));
		(void)snprintf(aside, sizeof(aside), "%s.aside", path);
		assert_int_equal(rename(path, aside), 0);
		refused(p, ST_FAILED_PRECONDITION, "STATE_DAMAGED");
		assert_int_equal(rename(aside, path), 0);
		(void)loaded(p, NAMES);
	}
	put(p, "secret.key", "short", 5);
	refused(p, ST_FAILED_PRECONDITION, "STATE_DAMAGED");
}

/* Whatever a first start that was cut short left, the next one completes it. */
static void first_start_may_be_cut_short(void **state)
{
	static const char *const order[] = { "server.names", "server.crt", "server.key",
					     "root.key",     "root.crt",   "secret.key" };
	struct place *p = *state;

	for (size_t n = 1; n <= sizeof(order) / sizeof(order[0]); n++) {
		struct state s;

		(void)loaded(p, NAMES);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(unlink(path_of(p, order[i])), 0);
		s = loaded(p, NAMES);
		assert_string_equal(loaded(p, NAMES).server.cert_pem, s.server.cert_pem);
		assert_string_equal(loaded(p, NAMES).root.key_pem, s.root.key_pem);
	}
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_up, place_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(state_is_made_once),
		IN_PLACE(state_is_nobody_elses),
		IN_PLACE(other_names_make_another_certificate),
		IN_PLACE(names_are_counted),
		IN_PLACE(certificate_is_renewed_in_time),
		IN_PLACE(loss_is_not_covered_up),
		IN_PLACE(first_start_may_be_cut_short),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
