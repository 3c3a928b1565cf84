#include "server/app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/tls.h"
#include "server/db/cluster_guard.h"
#include "server/jobs/jobs.h"
#include "server/net/listener.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/feed.h"
#include "server/rpc/peer.h"
#include "server/rpc/secret.h"
#include "server/startup.h"
#include "server/state.h"

#define ENROL_CONNECTIONS 64
#define SIGNALS 3
/* How much longer than the ports a stop waits for the database: a call may run for a minute. */
#define STOP_HARD_MS 65000u
#define STOP_LAST_MS 5000u
#define DAY_MS 86400000u

struct daemon {
	struct app app; /* first: what ops see */
	const struct config *config;
	struct arena *mem;
	struct state state;
	struct cluster cluster;
	struct cluster_options cluster_options;
	struct cluster_guard guard; /* while has_cluster */
	bool has_cluster, stopping;
	uv_loop_t loop;
	uv_signal_t signals[SIGNALS]; /* from before anything is started until all has stopped */
	uv_timer_t hard_stop;
	uv_timer_t daily; /* looks whether the server's certificate is to be renewed */
	struct tls_context *work_tls, *enrol_tls;
	struct conn_service service;
	struct jobs *jobs;
	struct listener *work, *enrol;
	unsigned closing; /* parts whose close has not come back */
};

static void daemon_raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)signal(SIGPIPE, SIG_IGN);
}

static enum st_code daemon_database(struct daemon *d, struct startup_conninfo *ret, PGconn **pg,
				    struct st_err *err)
{
	const struct config *c = d->config;

	if (c->db_host == NULL) {
		d->cluster_options = (struct cluster_options){ c->data, c->cluster_account,
							       c->cluster_bindir,
							       c->cluster_durable };
		ST_TRY(cluster_start(&d->cluster_options, &d->cluster, err));
		d->has_cluster = true;
		cluster_guard_init(&d->guard, &d->loop, &d->cluster_options, &d->cluster);
	}
	ST_TRY(startup_conninfo(c, d->has_cluster ? &d->cluster : NULL, d->mem, ret, err));
	return startup_database(ret, &d->app.epoch, pg, err);
}

static enum st_code daemon_pool(struct daemon *d, const char *conninfo, struct st_err *err)
{
	const struct config *c = d->config;
	struct pool_options o = {
		.conninfo = { conninfo, conninfo, conninfo },
		.size = { c->write_connections, c->read_connections, c->slow_connections },
		.queue_max = c->queue,
		.clock = &clock_system,
	};

	return pool_new(&d->loop, &o, &d->app.services.pool, err);
}

static enum st_code daemon_tls(struct daemon *d, struct st_err *err)
{
	struct tls_options work = {
		.server = true,
		.cert_pem = d->state.server.cert_pem,
		.key_pem = d->state.server.key_pem,
		.root_pem = d->state.root.cert_pem,
		.alpn = ALPN_WORK,
		.peer = TLS_PEER_REQUIRED,
		.expired_grace_days = PKI_GRACE_DAYS,
	};
	struct tls_options enrol = work;

	enrol.alpn = ALPN_ENROL;
	enrol.peer = TLS_PEER_NONE;
	ST_TRY(tls_context_new(&work, &d->work_tls, err));
	return tls_context_new(&enrol, &d->enrol_tls, err);
}

static enum st_code daemon_listen(struct daemon *d, struct st_err *err)
{
	const struct config *c = d->config;
	struct listener_options work, enrol;

	dispatch_service(&d->app, &d->service);
	ST_TRY(daemon_tls(d, err));
	work = (struct listener_options){
		.host = c->listen,
		.port = (int)c->port,
		.tls = d->work_tls,
		.max_conns = c->max_connections,
		.clock = &clock_system,
		.service = &d->service,
	};
	enrol = work;
	enrol.port = (int)c->enrol_port;
	enrol.tls = d->enrol_tls;
	enrol.enrolment = true;
	enrol.max_conns = ENROL_CONNECTIONS;
	ST_TRY(listener_new(&d->loop, &work, &d->work, err));
	return listener_new(&d->loop, &enrol, &d->enrol, err);
}

/* For a daemon that runs for months. Connections that are open keep what they have. */
static void daemon_on_day(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct tls_context *work = d->work_tls, *enrol = d->enrol_tls;
	struct st_err err = { 0 };
	bool renewed = false;

	if (state_renew(d->config->state, d->config->names, d->mem, &d->state, &renewed, &err) !=
		    ST_OK ||
	    (renewed && daemon_tls(d, &err) != ST_OK)) {
		log_error("certificate=stale reason=%s message=%s", err.reason, LOGQ(err.message));
		if (d->work_tls != work)
			tls_context_free(d->work_tls); /* the other one could not be made */
		d->work_tls = work;
		d->enrol_tls = enrol;
	} else if (renewed) {
		log_info("certificate=renewed");
		listener_set_tls(d->work, d->work_tls);
		listener_set_tls(d->enrol, d->enrol_tls);
		tls_context_free(work);
		tls_context_free(enrol);
	}
}

static void daemon_watch_certificate(struct daemon *d)
{
	must(uv_timer_init(&d->loop, &d->daily) == 0);
	d->daily.data = d;
	must(uv_timer_start(&d->daily, daemon_on_day, DAY_MS, DAY_MS) == 0);
}

/* The daemon's own machine is a desk too. */
static enum st_code daemon_local_desk(struct daemon *d, PGconn *pg, struct st_err *err)
{
	const struct config *c = d->config;
	bool everywhere = strcmp(c->listen, "0.0.0.0") == 0 || strcmp(c->listen, "::") == 0;
	struct access_local local = {
		.dir = c->data != NULL ? c->data : c->state,
		.server = everywhere ? "127.0.0.1" : c->listen,
		.port = listener_port(d->work),
		.enrol_port = listener_port(d->enrol),
		.root = &d->state.root,
	};

	return access_bootstrap(pg, &local, err);
}

/* A user or device was shut out: its live connection goes. */
static void daemon_cut(void *arg, struct caller *caller, const struct st_err *why)
{
	struct daemon *d = arg;

	list_each(node, &d->app.peers)
	{
		struct peer *p = container_of(node, struct peer, link);

		if (p->caller == caller)
			conn_abort(p->conn, why);
	}
}

static void daemon_cut_device(void *arg, const char *device, const struct st_err *why)
{
	struct daemon *d = arg;

	list_each(node, &d->app.peers)
	{
		struct peer *p = container_of(node, struct peer, link);

		if (strcmp(conn_info(p->conn)->device, device) == 0)
			conn_abort(p->conn, why);
	}
}

/* Who watches is judged anew. */
static void daemon_rights_changed(void *arg)
{
	struct daemon *d = arg;

	if (d->app.feed != NULL)
		feed_rights(d->app.feed);
}

static void daemon_on_closed(void *arg)
{
	struct daemon *d = arg;

	d->closing--;
}

/* Runs the loop until every close that was begun has come back. */
static void daemon_wait_closed(struct daemon *d)
{
	while (d->closing > 0)
		(void)uv_run(&d->loop, UV_RUN_ONCE);
}

static void daemon_stop_cluster(struct daemon *d)
{
	if (!d->has_cluster)
		return;
	cluster_guard_close(&d->guard);
	cluster_stop(&d->cluster);
	d->has_cluster = false;
}

/* The database does not give back what it was asked to do. Without a database of its own at the
 * other end nothing can be called back: the calls' outcomes are then asked for by their keys, as
 * after a crash. */
static void daemon_on_hard_stop(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	log_error("stop=forced calls=%u", d->app.n_ops);
	if (!d->has_cluster)
		_exit(EXIT_FAILURE);
	daemon_stop_cluster(d);
	(void)uv_timer_start(timer, daemon_on_hard_stop, STOP_LAST_MS, 0);
}

static void daemon_limit_stop(struct daemon *d)
{
	must(uv_timer_init(&d->loop, &d->hard_stop) == 0);
	d->hard_stop.data = d;
	uv_update_time(&d->loop);
	(void)uv_timer_start(&d->hard_stop, daemon_on_hard_stop, d->config->drain_ms + STOP_HARD_MS,
			     0);
}

/* From here on a signal has nothing to stop any more, and must not change how the process ends. */
static void daemon_close_handles(struct daemon *d)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&d->signals[i], NULL);
	uv_close((uv_handle_t *)&d->hard_stop, NULL);
	uv_close((uv_handle_t *)&d->daily, NULL);
	uv_close((uv_handle_t *)&d->app.groups.timer, NULL);
	(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	must(uv_loop_close(&d->loop) == 0);
}

/* The one place where things stop; parts that never started are skipped. */
static void daemon_stop(struct daemon *d)
{
	struct services *s = &d->app.services;

	(void)uv_timer_stop(&d->daily);
	daemon_limit_stop(d);
	if (d->work != NULL && ++d->closing)
		listener_close(d->work, d->config->drain_ms, daemon_on_closed, d);
	if (d->enrol != NULL && ++d->closing)
		listener_close(d->enrol, 0, daemon_on_closed, d);
	if (d->jobs != NULL && ++d->closing)
		jobs_close(d->jobs, daemon_on_closed, d);
	if (d->app.feed != NULL)
		feed_leave(d->app.feed); /* else whoever watches would stay to the last */
	daemon_wait_closed(d);
	while (d->app.n_ops > 0) /* their clients are gone, their units and hashes come back */
		(void)uv_run(&d->loop, UV_RUN_ONCE);
	if (d->app.feed != NULL && ++d->closing)
		feed_hub_close(d->app.feed, daemon_on_closed, d);
	if (s->access != NULL && ++d->closing)
		access_close(s->access, daemon_on_closed, d);
	daemon_wait_closed(d);
	if (s->hasher != NULL && ++d->closing)
		hasher_close(s->hasher, daemon_on_closed, d);
	if (s->pool != NULL && ++d->closing)
		pool_close(s->pool, daemon_on_closed, d);
	daemon_wait_closed(d);
	daemon_stop_cluster(d);
	daemon_close_handles(d);
	arena_fini(&d->app.hello_mem);
	secret_box_free(s->box);
	tls_context_free(d->work_tls);
	tls_context_free(d->enrol_tls);
}

static void daemon_on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;

	log_info("signal=%d stopping=1", number);
	d->stopping = true;
	uv_stop(&d->loop);
}

/* From the start on, so that a stop which is asked for while PostgreSQL is being started does not
 * leave it behind; and until the end, so that an impatient second one does not either. */
static void daemon_watch_signals(struct daemon *d)
{
	static const int numbers[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };

	for (int i = 0; i < SIGNALS; i++) {
		must(uv_signal_init(&d->loop, &d->signals[i]) == 0);
		d->signals[i].data = d;
		must(uv_signal_start(&d->signals[i], daemon_on_signal, numbers[i]) == 0);
	}
}

/* Was a stop asked for meanwhile? Only while the loop has nothing else to do. */
static bool daemon_is_stopping(struct daemon *d)
{
	(void)uv_run(&d->loop, UV_RUN_NOWAIT);
	return d->stopping;
}

static const char *daemon_file(struct daemon *d, const char *name)
{
	return arena_printf(d->mem, "%s/%s",
			    d->config->data != NULL ? d->config->data : d->config->state, name);
}

/* For scripts: the daemon answers from now on. */
static enum st_code daemon_write_pid(struct daemon *d, struct st_err *err)
{
	const char *path = daemon_file(d, "stewardd.pid"),
		   *text = arena_printf(d->mem, "%d\n", (int)getpid());

	if (path == NULL || text == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	return file_replace(path, slice_str(text), err);
}

static enum st_code daemon_services(struct daemon *d, struct st_err *err)
{
	struct services *s = &d->app.services;

	s->clock = &clock_system;
	s->root = &d->state.root;
	s->pin = d->state.pin;
	ST_TRY(secret_box_new(d->state.secret, &s->box, err));
	ST_TRY(hasher_new(&d->loop, &s->hasher, err));
	ST_TRY(access_new(
		&d->loop, s,
		&(struct access_hooks){ d, daemon_cut, daemon_cut_device, daemon_rights_changed },
		&s->access, err));
	ST_TRY(feed_hub_new(&d->app, &d->app.feed, err));
	return jobs_new(&d->app, &d->jobs, err);
}

static enum st_code daemon_start(struct daemon *d, struct st_err *err)
{
	struct startup_conninfo info;
	PGconn *pg;
	enum st_code code;

	ST_TRY(daemon_database(d, &info, &pg, err));
	if (daemon_is_stopping(d)) {
		PQfinish(pg);
		return ST_OK;
	}
	code = state_load(d->config->state, d->config->names, d->mem, &d->state, err);
	if (code == ST_OK)
		code = daemon_pool(d, info.app, err);
	if (code == ST_OK)
		code = daemon_services(d, err);
	if (code == ST_OK)
		code = daemon_listen(d, err);
	if (code == ST_OK)
		code = daemon_local_desk(d, pg, err);
	PQfinish(pg);
	return code == ST_OK ? daemon_write_pid(d, err) : code;
}

enum st_code app_run(const struct config *c, struct arena *mem, struct st_err *err)
{
	struct daemon *d = arena_new(mem, struct daemon);
	enum st_code code;

	if (d == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	d->config = c;
	d->mem = mem;
	d->app.loop = &d->loop;
	d->app.max_ops = c->max_ops;
	d->app.max_ops_peer = c->max_ops_connection;
	d->app.max_memory = (size_t)c->max_memory << 20;
	d->app.op_timeout_ms = c->op_timeout_ms;
	d->app.max_connections_device = c->max_connections_device;
	list_init(&d->app.peers);
	for (unsigned i = 0; i < APP_CROWDS; i++)
		list_init(&d->app.crowds[i]);
	daemon_raise_limits();
	must(uv_loop_init(&d->loop) == 0);
	group_lines_init(&d->app.groups, &d->loop);
	daemon_watch_signals(d);
	daemon_watch_certificate(d);
	code = daemon_start(d, err);
	if (code == ST_OK && !d->stopping) {
		log_info("stewardd=%s listen=%s port=%d enrol_port=%d ready=1", STEWARD_VERSION,
			 c->listen, listener_port(d->work), listener_port(d->enrol));
		(void)uv_run(&d->loop, UV_RUN_DEFAULT);
		(void)unlink(daemon_file(d, "stewardd.pid"));
	}
	daemon_stop(d);
	return code;
}
