#include "client/cli/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static enum st_code prompt_allowed(const struct cli *cli, const char *flag, struct st_err *err)
{
	if (cli->opt.no_input)
		return st_fail(err, ST_INVALID_ARGUMENT, "INPUT_NEEDED", NULL,
			       "%s is missing, and --no-input says not to ask", flag);
	if (!term_can_ask(&cli->term))
		return st_fail(err, ST_INVALID_ARGUMENT, "INPUT_NEEDED", NULL,
			       "%s is missing, and nobody can be asked without a terminal", flag);
	return ST_OK;
}

/* Reads byte by byte: what follows the line belongs to somebody else. 'mask': signals blocked while
 * it waits, so that one that came a moment before still ends the waiting. */
static enum st_code prompt_read(struct cli *cli, const sigset_t *mask, const char **ret,
				struct st_err *err)
{
	char line[LINE_MAX_BYTES];
	size_t n = 0;

	for (;;) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		ssize_t got = -1;
		char c;

		if (ppoll(&in, 1, NULL, mask) >= 0)
			got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			return st_fail(err, ST_CANCELLED, "INTERRUPTED", NULL, "interrupted");
		if (got <= 0)
			return st_fail(err, ST_CANCELLED, "CANCELLED", NULL, "cancelled");
		if (c == '\n')
			break;
		if (n + 1 >= sizeof(line))
			return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", NULL,
				       "the answer is too long");
		line[n++] = c;
	}
	*ret = arena_strndup(cli->mem, line, n);
	explicit_bzero(line, sizeof(line));
	return *ret != NULL ? ST_OK
			    : st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				      "no memory for the answer");
}

enum st_code prompt_line(struct cli *cli, const char *question, const char *flag, const char **ret,
			 struct st_err *err)
{
	ST_TRY(prompt_allowed(cli, flag, err));
	(void)fputs(question, stderr);
	(void)fflush(stderr);
	return prompt_read(cli, NULL, ret, err);
}

enum st_code prompt_yes_no(struct cli *cli, const char *question, const char *flag,
			   struct st_err *err)
{
	const char *answer;

	ST_TRY(prompt_line(cli, question, flag, &answer, err));
	if (strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0 || strcmp(answer, "yes") == 0)
		return ST_OK;
	return st_fail(err, ST_CANCELLED, "CANCELLED", NULL, "cancelled; nothing was changed");
}

/* Does nothing: that it is there ends the waiting, so that echo is switched on again before we go.
 */
static void prompt_on_interrupt(int number)
{
	(void)number;
}

enum st_code prompt_secret(struct cli *cli, const char *question, const char *flag,
			   const char **ret, struct st_err *err)
{
	const struct sigaction stop = { .sa_handler = prompt_on_interrupt };
	struct sigaction usual;
	struct termios before, silent;
	sigset_t interrupt, waiting;
	enum st_code code;

	ST_TRY(prompt_allowed(cli, flag, err));
	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_TERMINAL", NULL,
			       "the terminal does not answer");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ECHONL;
	(void)sigemptyset(&interrupt);
	(void)sigaddset(&interrupt, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &interrupt, &waiting);
	(void)sigaction(SIGINT, &stop, &usual);
	/* Silent first: what is typed as soon as the question shows must not show. */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	(void)fputs(question, stderr);
	(void)fflush(stderr);
	code = prompt_read(cli, &waiting, ret, err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)sigaction(SIGINT, &usual, NULL);
	(void)sigprocmask(SIG_SETMASK, &waiting, NULL);
	return code;
}
