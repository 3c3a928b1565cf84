#include "server/db/cluster_exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLUSTER_VERSIONS "/usr/lib/postgresql"
#define CLUSTER_MAJOR_MIN 15
#define CLUSTER_TAIL 200u /* bytes of a log that says nothing better */

static enum st_code cluster_account_take(const struct passwd *pw, struct cluster_account *ret,
					 struct st_err *err)
{
	int n = CLUSTER_GROUPS;

	if (pw->pw_uid == 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
			       "PostgreSQL does not run as root: name another account");
	if (snprintf(ret->name, sizeof(ret->name), "%s", pw->pw_name) >= (int)sizeof(ret->name) ||
	    getgrouplist(pw->pw_name, pw->pw_gid, ret->groups, &n) < 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
			       "account '%s' has too long a name or is in more than %d groups",
			       pw->pw_name, CLUSTER_GROUPS);
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	ret->n_groups = n;
	return ST_OK;
}

enum st_code cluster_account_find(const char *name, const uid_t *owner, struct cluster_account *ret,
				  struct st_err *err)
{
	const struct passwd *pw;

	memset(ret, 0, sizeof(*ret));
	ret->change = geteuid() == 0;
	if (!ret->change) {
		pw = getpwuid(geteuid());
		if (pw == NULL)
			return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
				       "the user we run as (%u) has no name", (unsigned)geteuid());
		return cluster_account_take(pw, ret, err);
	}
	if (owner != NULL) {
		pw = getpwuid(*owner);
		if (pw == NULL)
			return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
				       "the cluster belongs to user %u, who has no name",
				       (unsigned)*owner);
		return cluster_account_take(pw, ret, err);
	}
	pw = getpwnam(name != NULL ? name : "postgres");
	if (pw == NULL && name == NULL)
		pw = getpwnam("nobody");
	if (pw == NULL)
		return st_fail(err, ST_FAILED_PRECONDITION, "CLUSTER_ACCOUNT", NULL,
			       "there is no account '%s' to run PostgreSQL",
			       name != NULL ? name : "postgres");
	return cluster_account_take(pw, ret, err);
}

static bool cluster_has_programs(const char *dir)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/postgres", dir);
	if (access(path, X_OK) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/initdb", dir);
	return access(path, X_OK) == 0;
}

static int cluster_newest(void)
{
	DIR *d = opendir(CLUSTER_VERSIONS);
	const struct dirent *e;
	int newest = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char dir[PATH_MAX];
		char *end;
		long major = strtol(e->d_name, &end, 10);

		if (*end != 0 || major <= newest || major > 1000)
			continue;
		(void)snprintf(dir, sizeof(dir), CLUSTER_VERSIONS "/%ld/bin", major);
		if (cluster_has_programs(dir))
			newest = (int)major;
	}
	if (d != NULL)
		(void)closedir(d);
	return newest;
}

enum st_code cluster_bindir(const char *wanted, int major, char out[PATH_MAX], struct st_err *err)
{
	int found = major;

	if (wanted != NULL) {
		if (snprintf(out, PATH_MAX, "%s", wanted) >= PATH_MAX || !cluster_has_programs(out))
			return st_fail(err, ST_FAILED_PRECONDITION, "NO_POSTGRESQL", NULL,
				       "'%s' does not hold the programs postgres and initdb",
				       wanted);
		return ST_OK;
	}
	if (major == 0)
		found = cluster_newest();
	(void)snprintf(out, PATH_MAX, CLUSTER_VERSIONS "/%d/bin", found);
	if (major != 0 && !cluster_has_programs(out))
		return st_fail(
			err, ST_FAILED_PRECONDITION, "NO_POSTGRESQL", NULL,
			"the data were made by PostgreSQL %d, which is not installed: install "
			"the package postgresql-%d",
			major, major);
	if (found == 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_POSTGRESQL", NULL,
			       "PostgreSQL is not installed: install the package postgresql");
	if (found < CLUSTER_MAJOR_MIN)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_POSTGRESQL", NULL,
			       "PostgreSQL %d is too old: install postgresql-%d or newer", found,
			       CLUSTER_MAJOR_MIN);
	return ST_OK;
}

/* In the child: nothing here may allocate. */
static void cluster_become(const struct cluster_account *a, const char *cwd, int log,
			   const char *const argv[])
{
	static const char *const environment[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC",
						   NULL };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setsid();
	if (a->change && (setgroups((size_t)a->n_groups, a->groups) != 0 || setgid(a->gid) != 0 ||
			  setuid(a->uid) != 0))
		_exit(CLUSTER_NO_EXEC);
	if (chdir(cwd) != 0)
		_exit(CLUSTER_NO_CWD);
	if (dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		(void)execve(argv[0], (char *const *)argv, (char *const *)environment);
	_exit(CLUSTER_NO_EXEC);
}

enum st_code cluster_spawn(const struct cluster_account *a, const char *cwd, const char *log,
			   const char *const argv[], pid_t *ret_pid, struct st_err *err)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid = -1;

	if (fd >= 0 && null >= 0)
		pid = fork();
	if (pid == 0) {
		(void)dup2(null, STDIN_FILENO);
		cluster_become(a, cwd, fd, argv);
	}
	if (pid < 0)
		(void)st_fail(err, ST_INTERNAL, "CLUSTER_SPAWN", NULL,
			      "cannot start '%s' (log '%s'): %s", argv[0], log, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	if (null >= 0)
		(void)close(null);
	if (pid < 0)
		return ST_INTERNAL;
	*ret_pid = pid;
	return ST_OK;
}

/* The last line of the log that gives a reason for an end, or its last bytes. That some connection
 * was turned away meanwhile is no reason. */
static const char *cluster_reason(char *text)
{
	static const char turned_away[] = "FATAL:  the database system is";
	const char *panic = NULL, *fatal = NULL;
	size_t n = strlen(text);

	for (char *p = text; (p = strstr(p, "PANIC:")) != NULL; p++)
		panic = p;
	for (char *p = text; (p = strstr(p, "FATAL:")) != NULL; p++)
		if (strncmp(p, turned_away, strlen(turned_away)) != 0)
			fatal = p;
	if (panic == NULL)
		panic = fatal;
	if (panic != NULL) {
		text[panic - text + (ptrdiff_t)strcspn(panic, "\n")] = 0;
		return panic;
	}
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = 0;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	return n > CLUSTER_TAIL ? text + n - CLUSTER_TAIL : text;
}

static void cluster_log_read(const char *log, char *out, size_t size)
{
	FILE *f = fopen(log, "re");
	size_t n = 0;

	if (f != NULL) {
		if (fseek(f, -(long)(size - 1), SEEK_END) != 0)
			rewind(f);
		n = fread(out, 1, size - 1, f);
		(void)fclose(f);
	}
	out[n] = 0;
}

enum st_code cluster_exit_error(int status, const char *what, const char *cwd, const char *log,
				struct st_err *err)
{
	char text[8192];

	if (WIFEXITED(status) && WEXITSTATUS(status) == CLUSTER_NO_CWD)
		return st_fail(
			err, ST_FAILED_PRECONDITION, "CLUSTER_DIR", NULL,
			"the account that runs PostgreSQL cannot reach '%s': every directory "
			"above it must let others pass (chmod o+x), or choose another place",
			cwd);
	cluster_log_read(log, text, sizeof(text));
	return st_fail(err, ST_INTERNAL, "CLUSTER_START", NULL,
		       "%s ended with %s %d (see '%s'): %s", what,
		       WIFSIGNALED(status) ? "signal" : "code",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), log,
		       cluster_reason(text));
}

enum st_code cluster_wait_exit(pid_t pid, const char *what, const char *cwd, const char *log,
			       struct st_err *err)
{
	int status = 0;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got != pid)
		return st_fail(err, ST_INTERNAL, "CLUSTER_START", NULL, "cannot wait for %s: %s",
			       what, strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ST_OK;
	return cluster_exit_error(status, what, cwd, log, err);
}

bool cluster_alive(pid_t pid)
{
	char path[64], text[256];
	const char *state;
	size_t n = 0;
	FILE *f;

	if (kill(pid, 0) != 0 && errno != EPERM)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL) /* no /proc here: believe kill() */
		return errno != ENOENT || access("/proc/self/stat", F_OK) != 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = 0;
	state = strrchr(text, ')');
	return state == NULL || state[1] == 0 || state[2] != 'Z';
}
