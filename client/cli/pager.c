#include "client/cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool pager_wanted(const struct options *o, const struct term *t, size_t lines)
{
	return t->out_tty && !t->dumb && !o->no_pager && o->watch_ms == 0 &&
	       o->format == OUT_TABLE && lines >= (size_t)t->height;
}

const char *pager_command(const char *steward_pager, const char *pager)
{
	const char *command = steward_pager != NULL ? steward_pager
			      : pager != NULL       ? pager
						    : "less -FRX";

	return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL : command;
}

static enum st_code pager_write(int fd, const char *text, size_t len, struct st_err *err)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return ST_OK; /* the reader has seen enough */
		if (n < 0)
			return st_fail(err, ST_FAILED_PRECONDITION, "FILE_ERROR", NULL,
				       "cannot write the result: %s", strerror(errno));
		text += n;
		len -= (size_t)n;
	}
	return ST_OK;
}

enum st_code stdout_write(const char *text, size_t len, struct st_err *err)
{
	return pager_write(STDOUT_FILENO, text, len, err);
}

/* The user's own setting is a command line, so his shell reads it. */
static void pager_child(const char *command, int in)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)dup2(in, STDIN_FILENO);
	(void)close(in);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static enum st_code pager_run(const char *command, const char *text, size_t len, struct st_err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, usual;
	enum st_code code;
	int fd[2], status = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return stdout_write(text, len, err);
	pid = fork();
	if (pid == 0)
		pager_child(command, fd[0]);
	(void)close(fd[0]);
	if (pid < 0) {
		(void)close(fd[1]);
		return stdout_write(text, len, err);
	}
	/* Ctrl-C belongs to the pager while it runs. */
	(void)sigaction(SIGINT, &ignore, &usual);
	code = pager_write(fd[1], text, len, err);
	(void)close(fd[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)sigaction(SIGINT, &usual, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return stdout_write(text, len, err);
	return code;
}

enum st_code pager_show(const struct cli *cli, const char *text, size_t len, struct st_err *err)
{
	const char *command = pager_command(getenv("STEWARD_PAGER"), getenv("PAGER"));
	size_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n' ? 1 : 0;
	if (command == NULL || !pager_wanted(&cli->opt, &cli->term, lines))
		return stdout_write(text, len, err);
	return pager_run(command, text, len, err);
}
