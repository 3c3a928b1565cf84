#pragma once
/* PostgreSQL's programs, run as the account the cluster belongs to. Used by cluster.c only. */
#include <limits.h>
#include <sys/types.h>

#include "common/err.h"

#define CLUSTER_GROUPS 32

struct cluster_account {
	char name[64];
	uid_t uid;
	gid_t gid;
	gid_t groups[CLUSTER_GROUPS];
	int n_groups;
	bool change; /* we are root and become this account; otherwise it is our own */
};

/* The account called 'name'; when 'owner' is not NULL, whoever has that number instead. */
enum st_code cluster_account_find(const char *name, const uid_t *owner, struct cluster_account *ret,
				  struct st_err *err) ST_MUSTCHECK;
/* The directory of PostgreSQL's programs: 'wanted', or that of version 'major', or (major 0) of the
 * newest. */
enum st_code cluster_bindir(const char *wanted, int major, char out[PATH_MAX],
			    struct st_err *err) ST_MUSTCHECK;

/* Starts argv[0] as the account, in a session of its own, in directory 'cwd', output appended to
 * the log. It outlives us. Exit codes of its own: CLUSTER_NO_CWD, CLUSTER_NO_EXEC. */
#define CLUSTER_NO_CWD 121
#define CLUSTER_NO_EXEC 122
enum st_code cluster_spawn(const struct cluster_account *a, const char *cwd, const char *log,
			   const char *const argv[], pid_t *ret_pid,
			   struct st_err *err) ST_MUSTCHECK;
/* Waits for its end. ST_OK: exit code 0; else the error says which program and shows the end of the
 * log. */
enum st_code cluster_wait_exit(pid_t pid, const char *what, const char *cwd, const char *log,
			       struct st_err *err) ST_MUSTCHECK;
/* Fills err for a program that ended with this wait status. */
enum st_code cluster_exit_error(int status, const char *what, const char *cwd, const char *log,
				struct st_err *err);
/* Does this process exist (and is not just a corpse nobody has collected)? */
bool cluster_alive(pid_t pid);
