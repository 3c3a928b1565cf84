/* steward: the desk's work from a command line. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/builtin.h"
#include "client/cli/errors.h"
#include "client/cli/help.h"
#include "client/cli/invoke.h"
#include "client/cli/options.h"
#include "common/log.h"

#define LIFE_ARENA (2ull << 30)

/* Flags that must be known before anything is printed: they may stand anywhere. */
static void main_look_ahead(struct cli *cli, int argc, char **argv)
{
	enum color_mode mode = COLOR_AUTO;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0 || strncmp(argv[i], "--json=", 7) == 0 ||
		    strcmp(argv[i], "--jsonl") == 0)
			cli->opt.format =
				OUT_JSON; /* so that an error in the other flags is JSON too */
		else if (strcmp(argv[i], "--color") == 0 || strcmp(argv[i], "--color=always") == 0)
			mode = COLOR_ALWAYS;
		else if (strcmp(argv[i], "--color=never") == 0)
			mode = COLOR_NEVER;
		else if (strcmp(argv[i], "--trace") == 0)
			log_set_level(LOG_LEVEL_DEBUG);
	}
	term_init(&cli->term, mode);
}

/* No words at all: the desk on the screen; without one help, as an error. */
static int main_without_words(struct cli *cli, int argc, char **argv)
{
	const struct builtin *fallback = builtin_find("help");

	if (argc == 1 && screen_possible(cli))
		return tui_run(cli, &(struct builtin_args){ 0 });
	if (argc == 1) {
		(void)help_overview(cli, stderr);
		return EXIT_USAGE;
	}
	/* Flags only: --version, --help, or a mistake. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
			return version_run(cli, &(struct builtin_args){ 0 });
	return builtin_run(cli, fallback, argc, argv);
}

static int main_run(struct cli *cli, int argc, char **argv)
{
	struct st_err err = { 0 };
	struct command command;

	if (command_find(argc, argv, cli->mem, &command, &err) != ST_OK)
		return report_err(cli, &err);
	if (command.builtin != NULL)
		return builtin_run(cli, command.builtin, command.argc, command.argv);
	if (command.method != NULL)
		return invoke(cli, command.method, command.argc, command.argv);
	return main_without_words(cli, argc, argv);
}

int main(int argc, char **argv)
{
	static struct cli cli;
	struct arena mem;
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	term_locale();
	arena_init(&mem, LIFE_ARENA);
	cli.mem = &mem;
	main_look_ahead(&cli, argc, argv);
	rc = main_run(&cli, argc, argv);
	cli_close(&cli);
	arena_fini(&mem);
	if (fflush(stdout) != 0 && rc == EXIT_DONE)
		rc = EXIT_FAULT;
	return rc;
}
