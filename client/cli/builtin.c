#include "client/cli/builtin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/errors.h"
#include "client/cli/flags.h"
#include "client/cli/help.h"
#include "client/cli/options.h"

static const struct argp_option login_flags[] = {
	{ NULL, 0, NULL, 0, "Flags:", 1 },
	{ "user", LOGIN_USER, "LOGIN", 0, "The login name, if it is not given as a word", 0 },
	{ "password-file", LOGIN_PASSWORD_FILE, "FILE", 0,
	  "Read the password from a file, '-' is standard input", 0 },
	{ "code-file", LOGIN_CODE_FILE, "FILE", 0, "Read the authenticator's code from a file", 0 },
	{ 0 },
};

static const struct argp_option enrol_flags[] = {
	{ NULL, 0, NULL, 0, "Flags:", 1 },
	{ "server", ENROL_SERVER, "HOST", 0, "The server's name or address", 0 },
	{ "port", ENROL_PORT, "N", 0, "Its port for work, 7433 if not said", 0 },
	{ "enrol-port", ENROL_ENROL_PORT, "N", 0, "Its port for enrolment, one above if not said",
	  0 },
	{ "name", ENROL_NAME, "NAME", 0,
	  "What this machine is called, if the invitation does not say", 0 },
	{ "replace", ENROL_REPLACE, NULL, 0, "Enrol again although this machine is enrolled", 0 },
	{ 0 },
};

static const struct argp_option config_flags[] = {
	{ NULL, 0, NULL, 0, "Flags:", 1 },
	{ "origin", CONFIG_ORIGIN, NULL, 0, "Tell where each value came from", 0 },
	{ 0 },
};

static const struct argp_option api_flags[] = {
	{ NULL, 0, NULL, 0, "Flags:", 1 },
	{ "input", API_INPUT, "FILE", 0,
	  "The request as JSON, '-' is standard input; empty if not given", 0 },
	{ 0 },
};

const struct builtin builtins[] = {
	{ "login", "[LOGIN] [--password-file FILE]",
	  "Log in at this machine. The password is asked for without being shown, or read from a "
	  "file; the login is "
	  "remembered until it ends or you log out.",
	  "login wang", "auth.Login", login_flags, 1, false, login_run },
	{ "logout", "",
	  "End this login, wherever it is in use. The next command asks for a login again.",
	  "logout", "auth.Logout", NULL, 0, false, logout_run },
	{ "enrol", "TOKEN --server HOST [--port N]",
	  "Turn an invitation into this machine's own certificate. Ask a manager for the token: "
	  "steward device invite.",
	  "enrol stw1.abc.def --server steward.example.com", "enrol.Redeem", enrol_flags, 2, false,
	  enrol_run },
	{ "doctor", "",
	  "Look at everything a connection needs: profile, certificate, line, clock, versions, "
	  "terminal. Exits with 0 "
	  "only if all is well.",
	  "doctor", NULL, NULL, 0, false, doctor_run },
	{ "config show", "[--origin]", "Show the settings in force.", "config show --origin", NULL,
	  config_flags, 0, false, config_show_run },
	{ "api", "METHOD [--input FILE]",
	  "Call a method of the server directly: the request is JSON, the answer is JSON. The "
	  "escape hatch for scripts.",
	  "api case.Show --input request.json", NULL, api_flags, 1, false, api_run },
	{ "completion", "bash|zsh",
	  "Print a completion script for a shell. Source it from the shell's start-up file.",
	  "completion bash > ~/.local/share/bash-completion/completions/steward", NULL, NULL, 1,
	  false, completion_run },
	{ "help", "[TOPIC | COMMAND]", "Explain a topic or a command.", "help exit-codes", NULL,
	  NULL, 4, false, help_run },
	{ "tui", "[OPTIONS]",
	  "Work on the screen instead of by commands. The options are those of steward-tui: "
	  "steward-tui --help lists them. A bare 'steward' at a terminal is the same.",
	  "tui --language zh", NULL, NULL, BUILTIN_ARGS, false, tui_run, true },
	{ "version", "", "Print the version of this program.", "version", NULL, NULL, 0, false,
	  version_run },
	{ "__complete", "WORDS",
	  "Candidates for the last word, one per line; called by the completion scripts.", NULL,
	  NULL, NULL, BUILTIN_ARGS, true, complete_run, true },
};
const size_t builtin_count = sizeof(builtins) / sizeof(builtins[0]);

struct builtin_state {
	const struct builtin *b;
	struct builtin_args args;
	struct options_input options;
	struct st_err *err;
};

static error_t builtin_parser(int key, char *arg, struct argp_state *state)
{
	struct builtin_state *s = state->input;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = &s->options;
		return 0;
	}
	if (key == ARGP_KEY_ARG) {
		if (s->args.n_args >= s->b->max_args) {
			(void)st_fail(s->err, ST_INVALID_ARGUMENT, "TOO_MANY_WORDS", NULL,
				      "'%s' is one word too many", arg);
			return EINVAL;
		}
		s->args.args[s->args.n_args++] = arg;
		return 0;
	}
	if (key > 0 && key < BUILTIN_FLAGS) {
		s->args.flags[key] = arg != NULL ? arg : "";
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static enum st_code builtin_parse(struct cli *cli, struct builtin_state *s, int argc, char **argv)
{
	static const struct argp_option none[] = { { 0 } };
	const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { .options = s->b->flags != NULL ? s->b->flags : none,
				   .parser = builtin_parser,
				   .children = children };
	const struct flag_set set = { .tables = { s->b->flags, options_table } };
	enum out_format glance = cli->opt.format;

	ST_TRY(flags_check(&set, argc - 1, argv + 1, s->err));
	cli->opt.format = OUT_TABLE; /* what was seen at first glance may have been a value */
	if (argp_parse(&argp, argc, argv, ARGP_SILENT | ARGP_IN_ORDER, NULL, s) == 0)
		return ST_OK;
	cli->opt.format = glance;
	if (s->err->code == ST_OK)
		return st_fail(s->err, ST_INVALID_ARGUMENT, "BAD_ARGUMENTS", NULL,
			       "the arguments make no sense");
	return s->err->code;
}

static bool builtin_asks_help(const struct builtin_args *a)
{
	for (size_t i = 0; i < a->n_args; i++)
		if (strcmp(a->args[i], "-h") == 0 || strcmp(a->args[i], "--help") == 0)
			return true;
	return false;
}

int builtin_run(struct cli *cli, const struct builtin *b, int argc, char **argv)
{
	struct st_err err = { 0 };
	struct builtin_state s = { .b = b, .options = { &cli->opt, cli->mem, &err }, .err = &err };

	if (b->raw) {
		for (int i = 1; i < argc && s.args.n_args < BUILTIN_ARGS; i++)
			s.args.args[s.args.n_args++] = argv[i];
		return b->run == tui_run && builtin_asks_help(&s.args) ? help_builtin(cli, b, true)
								       : b->run(cli, &s.args);
	}
	if (builtin_parse(cli, &s, argc, argv) != ST_OK)
		return report_usage(cli, &err, argv[0]);
	if ((cli->opt.help_short || cli->opt.help_long) && b->run != help_run)
		return help_builtin(cli, b, cli->opt.help_long);
	return b->run(cli, &s.args);
}

int version_run(struct cli *cli, const struct builtin_args *a)
{
	if (cli_is_json(cli))
		(void)printf("{\"version\":\"%s\",\"protocol\":1}\n", STEWARD_VERSION);
	else
		(void)printf("steward %s, protocol steward/1\n", STEWARD_VERSION);
	return EXIT_DONE;
}
