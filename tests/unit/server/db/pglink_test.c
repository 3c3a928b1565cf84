/* Several hosts of one database: the next one is tried where one is gone, silent, or no primary. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

#define PATIENCE_MS 20000u

static void on_patience(uv_timer_t *timer)
{
	bool *over = timer->data;

	*over = true;
}

/* Until every pool has its connection; how long that took. */
static uint64_t connect_ms(struct rig *r, const char *conninfo)
{
	bool over = false;
	uv_timer_t patience;
	uint64_t begin = uv_hrtime();

	rig_open_at(r, conninfo, 10);
	assert_int_equal(uv_timer_init(&r->loop, &patience), 0);
	patience.data = &over;
	assert_int_equal(uv_timer_start(&patience, on_patience, PATIENCE_MS, 0), 0);
	while (!pool_ready(r->pool) && !over)
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&patience, NULL);
	assert_false(over);
	rig_close(r);
	return (uv_hrtime() - begin) / 1000000;
}

static const char *conninfo(struct rig *r, const char *hosts, const char *ports)
{
	static char text[300];

	(void)snprintf(text, sizeof(text),
		       "host=%s,%s port=%s user=steward_app dbname=steward "
		       "target_session_attrs=read-write",
		       hosts, r->pg.cluster.socket_dir, ports);
	return text;
}

static void host_that_is_gone_is_passed_over(void **state)
{
	(void)connect_ms(*state, conninfo(*state, "/nowhere", "5432"));
	(void)connect_ms(*state, conninfo(*state, "/nowhere,127.0.0.1", "5432,1,5432"));
}

/* As a machine without power: what is sent there is never answered. */
static void host_that_is_silent_is_given_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char ports[40];
	uint64_t took;

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)snprintf(ports, sizeof(ports), "%u,5432", ntohs(at.sin_port));
	took = connect_ms(*state, conninfo(*state, "127.0.0.1", ports));
	assert_true(took >= 2500); /* it was tried */
	(void)close(fd);
}

/* What libpq takes for a standby: a server, or a login, that is read-only. */
static void host_that_takes_no_changes_is_passed_over(void **state)
{
	struct rig *r = *state;
	struct test_pg standby;
	char hosts[100];
	PGconn *pg;

	test_pg_start(&standby);
	pg = test_pg_connect(&standby, "postgres");
	test_pg_exec(pg, "alter role steward_app set default_transaction_read_only = on");
	PQfinish(pg);
	(void)snprintf(hosts, sizeof(hosts), "%s", standby.cluster.socket_dir);
	(void)connect_ms(r, conninfo(r, hosts, "5432"));
	assert_int_equal(rig_int(r, "select count(*) from pg_stat_activity where "
				    "usename = 'steward_app'"),
			 0);
	test_pg_stop(&standby);
}

static void hosts_that_do_not_match_are_refused(void **state)
{
	static const char *const bad[] = { "host=/a,/b port=1,2,3",
					   "host=a,b hostaddr=127.0.0.1 port=5432" };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pool_options o = { .conninfo = { bad[i], bad[i], bad[i] },
					  .size = { 1, 1, 1 },
					  .clock = &r->clock };
		struct st_err err = { 0 };
		struct pool *pool;

		assert_int_equal(pool_new(&r->loop, &o, &pool, &err), ST_INVALID_ARGUMENT);
		assert_string_equal(err.reason, "CONNINFO");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_that_is_gone_is_passed_over),
		cmocka_unit_test(host_that_is_silent_is_given_up),
		cmocka_unit_test(host_that_takes_no_changes_is_passed_over),
		cmocka_unit_test(hosts_that_do_not_match_are_refused),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
