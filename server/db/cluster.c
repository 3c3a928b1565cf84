#include "server/db/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/db/cluster_conf.h"
#include "server/db/cluster_exec.h"

#define CLUSTER_SOCKET "/.s.PGSQL.5432"
#define CLUSTER_START_S 120 /* recovery after a crash may take a while */
#define CLUSTER_STOP_S 30
#define CLUSTER_TRIES \
	5 /* of starting: the last processes of a killed postmaster may still be going */
#define CLUSTER_LOG_MAX (16l << 20)

/* Everything about the cluster at hand, for the time of cluster_start(). */
struct cluster_job {
	const struct cluster_options *o;
	char data[PATH_MAX], fresh[PATH_MAX], run[PATH_MAX], log[PATH_MAX], bin[PATH_MAX];
	char daemon[256];
	struct cluster_account account;
	int lock;
	pid_t pid;
	bool ours; /* started here, a child of ours */
};

static void cluster_pause(void)
{
	const struct timespec t = { .tv_nsec = 20 * 1000 * 1000 };

	(void)nanosleep(&t, NULL);
}

static int64_t cluster_now_s(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static enum st_code cluster_names(struct cluster_job *j, struct st_err *err)
{
	const char *dir = j->o->dir;
	const struct passwd *pw = getpwuid(geteuid());
	size_t room = sizeof(((struct cluster *)NULL)->socket_dir);

	if (dir == NULL || dir[0] != '/')
		return st_fail(err, ST_INVALID_ARGUMENT, "CLUSTER_DIR", NULL,
			       "the data directory '%s' is not an absolute path",
			       dir != NULL ? dir : "");
	if (strlen(dir) + strlen("/run") >= room ||
	    strlen(dir) + strlen("/run" CLUSTER_SOCKET) > 107)
		return st_fail(err, ST_INVALID_ARGUMENT, "CLUSTER_DIR", NULL,
			       "'%s' is too long a path for a socket: 80 characters are the most",
			       dir);
	if (pw == NULL || strlen(pw->pw_name) >= sizeof(j->daemon))
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
			       "the user we run as (%u) has no usable name", (unsigned)geteuid());
	(void)snprintf(j->daemon, sizeof(j->daemon), "%s", pw->pw_name);
	(void)snprintf(j->data, sizeof(j->data), "%s/pg", dir);
	(void)snprintf(j->fresh, sizeof(j->fresh), "%s/pg.new", dir);
	(void)snprintf(j->run, sizeof(j->run), "%s/run", dir);
	(void)snprintf(j->log, sizeof(j->log), "%s/pg.log", dir);
	return ST_OK;
}

static enum st_code cluster_mkdir(const char *path, mode_t mode, struct st_err *err)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return ST_OK;
	return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL, "cannot make '%s': %s",
		       path, strerror(errno));
}

/* DIR itself and what stands above it. Others may pass through DIR when PostgreSQL runs under
 * another account. */
static enum st_code cluster_make_dir(const struct cluster_job *j, struct st_err *err)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", j->o->dir);
	for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = 0;
		ST_TRY(cluster_mkdir(path, 0755, err));
		*p = '/';
	}
	return cluster_mkdir(path, j->account.change ? 0711 : 0700, err);
}

/* A directory of the account's own, closed to everybody else (root passes all the same). */
static enum st_code cluster_own_dir(const struct cluster_job *j, const char *path,
				    struct st_err *err)
{
	ST_TRY(cluster_mkdir(path, 0700, err));
	if (chmod(path, 0700) != 0 ||
	    (j->account.change && chown(path, j->account.uid, j->account.gid) != 0))
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot take '%s': %s", path, strerror(errno));
	return ST_OK;
}

static enum st_code cluster_take_lock(struct cluster_job *j, int how, struct st_err *err)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/pg.lock", j->o->dir);
	j->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (j->lock < 0 || flock(j->lock, how) != 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot lock '%s': %s", path, strerror(errno));
	return ST_OK;
}

/* Major version of the data directory; 0: there is none yet. */
static enum st_code cluster_version(const struct cluster_job *j, int *ret, struct st_err *err)
{
	char path[PATH_MAX + 16], text[32] = "";
	long major;
	FILE *f;

	*ret = 0;
	(void)snprintf(path, sizeof(path), "%s/PG_VERSION", j->data);
	f = fopen(path, "re");
	if (f == NULL && errno == ENOENT)
		return ST_OK;
	if (f == NULL)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot read '%s': %s", path, strerror(errno));
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	major = strtol(text, NULL, 10);
	if (major < 1 || major > 1000)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "'%s' does not hold a version", path);
	*ret = (int)major;
	return ST_OK;
}

static int cluster_remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

/* Made aside and renamed when complete, so that a half-made one is never taken for the data. */
static enum st_code cluster_initdb(struct cluster_job *j, struct st_err *err)
{
	char program[PATH_MAX + 16];
	const char *argv[] = { program,
			       "--pgdata",
			       j->fresh,
			       "--username=postgres",
			       "--encoding=UTF8",
			       "--locale=C.UTF-8",
			       "--auth-local=peer",
			       "--auth-host=reject",
			       "--data-checksums",
			       j->o->durable ? NULL : "--no-sync",
			       NULL };
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/initdb", j->bin);
	if (access(j->fresh, F_OK) == 0 &&
	    nftw(j->fresh, cluster_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot remove '%s': %s", j->fresh, strerror(errno));
	ST_TRY(cluster_own_dir(j, j->fresh, err));
	ST_TRY(cluster_spawn(&j->account, j->fresh, j->log, argv, &pid, err));
	ST_TRY(cluster_wait_exit(pid, "initdb", j->fresh, j->log, err));
	if (rename(j->fresh, j->data) != 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot rename '%s': %s", j->fresh, strerror(errno));
	return ST_OK;
}

/* The postmaster whose pid file lies in the data directory; 0: none that lives. A number that some
 * other program has meanwhile would keep PostgreSQL from starting for ever, so such a file is
 * removed. */
static pid_t cluster_running(const struct cluster_job *j)
{
	char path[PATH_MAX + 32], text[64] = "";
	FILE *f;
	long pid;

	(void)snprintf(path, sizeof(path), "%s/postmaster.pid", j->data);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	pid = strtol(text, NULL, 10);
	if (pid <= 1 || pid > INT_MAX || !cluster_alive((pid_t)pid))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return (pid_t)pid;
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	if (strncmp(text, "postgres", 8) == 0)
		return (pid_t)pid;
	(void)snprintf(path, sizeof(path), "%s/postmaster.pid", j->data);
	(void)unlink(path);
	return 0;
}

static enum st_code cluster_launch(struct cluster_job *j, struct st_err *err)
{
	char program[PATH_MAX + 16], old[PATH_MAX + 8];
	const char *argv[] = { program, "-D", j->data, NULL };
	struct stat st;

	if (stat(j->log, &st) == 0 && st.st_size > CLUSTER_LOG_MAX) {
		(void)snprintf(old, sizeof(old), "%s.1", j->log);
		(void)rename(j->log, old);
	}
	(void)snprintf(program, sizeof(program), "%s/postgres", j->bin);
	ST_TRY(cluster_spawn(&j->account, j->data, j->log, argv, &j->pid, err));
	j->ours = true;
	return ST_OK;
}

/* Has our postmaster ended? Then it is gone and 'status' says how; one of somebody else gives 0. */
static bool cluster_ended(const struct cluster_job *j, int *status)
{
	*status = 0;
	if (j->ours)
		return waitpid(j->pid, status, WNOHANG) == j->pid;
	return !cluster_alive(j->pid);
}

/* Connects as the superuser as soon as it lets us. A postmaster that ends instead is started again.
 */
static enum st_code cluster_connect(struct cluster_job *j, PGconn **ret, struct st_err *err)
{
	const char *const keys[] = { "host", "user", "dbname", "connect_timeout", NULL };
	const char *const values[] = { j->run, "postgres", "postgres", "10", NULL };
	int64_t until = cluster_now_s() + CLUSTER_START_S;
	unsigned tries = 1;
	int status;

	for (;;) {
		PGconn *pg = PQconnectdbParams(keys, values, 0);

		if (PQstatus(pg) == CONNECTION_OK) {
			*ret = pg;
			return ST_OK;
		}
		if (cluster_ended(j, &status)) {
			PQfinish(pg);
			if (j->ours && tries++ == CLUSTER_TRIES)
				return cluster_exit_error(status, "postgres", j->data, j->log, err);
			for (int i = 0; i < 25; i++)
				cluster_pause();
			ST_TRY(cluster_launch(j, err));
			continue;
		}
		if (cluster_now_s() >= until) {
			(void)st_fail(err, ST_UNAVAILABLE, "CLUSTER_START", NULL,
				      "PostgreSQL does not answer (see '%s'): %s", j->log,
				      PQerrorMessage(pg));
			PQfinish(pg);
			return ST_UNAVAILABLE;
		}
		PQfinish(pg);
		cluster_pause();
	}
}

static enum st_code cluster_prepare(struct cluster_job *j, struct st_err *err)
{
	struct stat st;
	bool exists;
	int major;

	ST_TRY(cluster_names(j, err));
	exists = stat(j->data, &st) == 0;
	ST_TRY(cluster_account_find(j->o->account, exists ? &st.st_uid : NULL, &j->account, err));
	ST_TRY(cluster_make_dir(j, err));
	ST_TRY(cluster_own_dir(j, j->run, err));
	ST_TRY(cluster_take_lock(j, LOCK_EX, err));
	ST_TRY(cluster_version(j, &major,
			       err)); /* under the lock: somebody may just be making it */
	ST_TRY(cluster_bindir(j->o->bindir, major, j->bin, err));
	return major == 0 ? cluster_initdb(j, err) : ST_OK;
}

static enum st_code cluster_configure(const struct cluster_job *j, bool *ret_changed,
				      struct st_err *err)
{
	const struct cluster_conf conf = { .data = j->data,
					   .run = j->run,
					   .daemon = j->daemon,
					   .account = j->account.name,
					   .uid = j->account.uid,
					   .gid = j->account.gid,
					   .durable = j->o->durable };

	return cluster_conf_write(&conf, ret_changed, err);
}

static enum st_code cluster_bring_up(struct cluster_job *j, struct st_err *err)
{
	bool changed = false;
	enum st_code code;
	PGconn *pg = NULL;

	ST_TRY(cluster_prepare(j, err));
	ST_TRY(cluster_configure(j, &changed, err));
	j->pid = cluster_running(j);
	if (j->pid == 0)
		ST_TRY(cluster_launch(j, err));
	else if (changed)
		(void)kill(j->pid, SIGHUP);
	ST_TRY(cluster_connect(j, &pg, err));
	code = cluster_roles(pg, err);
	PQfinish(pg);
	return code;
}

enum st_code cluster_start(const struct cluster_options *o, struct cluster *ret, struct st_err *err)
{
	struct cluster_job j = { .o = o, .lock = -1 };
	struct cluster c = { 0 };
	enum st_code code = cluster_bring_up(&j, err);

	if (j.lock >= 0)
		(void)close(j.lock);
	(void)snprintf(c.socket_dir, sizeof(c.socket_dir), "%.*s", (int)sizeof(c.socket_dir) - 1,
		       j.run);
	c.pid = j.pid;
	c.started_here = j.ours;
	if (code == ST_OK)
		*ret = c;
	else if (j.ours)
		cluster_stop(&c);
	return code;
}

bool cluster_is_gone(struct cluster *c, int *ret_status)
{
	*ret_status = -1;
	if (c->pid <= 1)
		return true;
	if (c->started_here ? waitpid(c->pid, ret_status, WNOHANG) == 0 : cluster_alive(c->pid))
		return false;
	c->pid = 0;
	return true;
}

static enum st_code cluster_again(struct cluster_job *j, struct st_err *err)
{
	struct stat st;
	int major;

	ST_TRY(cluster_names(j, err));
	if (stat(j->data, &st) != 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "cannot find '%s': %s", j->data, strerror(errno));
	ST_TRY(cluster_account_find(j->o->account, &st.st_uid, &j->account, err));
	ST_TRY(cluster_take_lock(j, LOCK_EX | LOCK_NB, err));
	ST_TRY(cluster_version(j, &major, err));
	if (major == 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			       "'%s' holds no data now: is its volume mounted?", j->data);
	ST_TRY(cluster_bindir(j->o->bindir, major, j->bin, err));
	j->pid = cluster_running(j);
	return j->pid != 0 ? ST_OK : cluster_launch(j, err);
}

enum st_code cluster_revive(const struct cluster_options *o, struct cluster *c, struct st_err *err)
{
	struct cluster_job j = { .o = o, .lock = -1 };
	enum st_code code = cluster_again(&j, err);

	if (j.lock >= 0)
		(void)close(j.lock);
	if (code != ST_OK)
		return code;
	c->pid = j.pid;
	c->started_here = j.ours;
	return ST_OK;
}

void cluster_last_words(const struct cluster_options *o, int status, struct st_err *ret)
{
	char log[PATH_MAX];

	(void)snprintf(log, sizeof(log), "%s/pg.log", o->dir);
	if (status == -1)
		(void)st_fail(ret, ST_UNAVAILABLE, "CLUSTER_GONE", NULL,
			      "PostgreSQL has ended (see '%s')", log);
	else
		(void)cluster_exit_error(status, "postgres", o->dir, log, ret);
}

static bool cluster_gone(const struct cluster *c, unsigned seconds)
{
	int64_t until = cluster_now_s() + seconds;

	for (;;) {
		if (c->started_here && waitpid(c->pid, NULL, WNOHANG) != 0)
			return true;
		if (!c->started_here && !cluster_alive(c->pid))
			return true;
		if (cluster_now_s() >= until)
			return false;
		cluster_pause();
	}
}

void cluster_stop(struct cluster *c)
{
	if (c->pid <= 1)
		return;
	/* Fast: sessions are ended, a checkpoint is written. */
	if (kill(c->pid, SIGINT) == 0 && !cluster_gone(c, CLUSTER_STOP_S)) {
		/* Immediate: as after a power cut, the next start recovers. */
		(void)kill(c->pid, SIGQUIT);
		(void)cluster_gone(c, CLUSTER_STOP_S);
	}
	c->pid = 0;
}
