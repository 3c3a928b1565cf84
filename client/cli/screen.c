/* The desk on the screen: a program of its own, which takes this one's place. */
#include "client/cli/builtin.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/errors.h"

/* Beside this program, as it is installed or was built; else wherever PATH has it. */
static const char *screen_program(struct arena *mem)
{
	static const char *const places[] = { "steward-tui", "../tui/steward-tui" };
	char self[700];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(*places); i++) {
		const char *path = arena_printf(mem, "%.*s/%s", (int)(slash - self), self,
						places[i]);

		if (path != NULL && access(path, X_OK) == 0)
			return path;
	}
	return "steward-tui";
}

bool screen_possible(const struct cli *cli)
{
	return cli->term.in_tty && cli->term.out_tty && !cli->term.dumb;
}

int tui_run(struct cli *cli, const struct builtin_args *a)
{
	const char *argv[BUILTIN_ARGS + 2] = { "steward-tui" };
	struct st_err err = { 0 };

	for (size_t i = 0; i < a->n_args; i++)
		argv[i + 1] = a->args[i];
	(void)fflush(stdout);
	(void)execvp(screen_program(cli->mem), (char **)argv);
	(void)st_fail(&err, ST_INTERNAL, "NO_SCREEN", NULL,
		      "steward-tui cannot be started: it stands neither beside this program nor in "
		      "PATH");
	return report_err(cli, &err);
}
