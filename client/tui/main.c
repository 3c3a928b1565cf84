/* steward-tui: the desk on the screen. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <argp.h>

#include "client/tui/app.h"
#include "client/tui/keys.h"
#include "client/tui/words.h"

enum { OPT_THEME = 500, OPT_PROFILE, OPT_ASCII, OPT_NO_MOUSE, OPT_READ_ONLY, OPT_LANGUAGE };

const char *argp_program_version = "steward-tui " STEWARD_VERSION;

static const struct argp_option main_options[] = {
	{ "property", 'p', "CODE", 0, N_("The property to work for; all: every one"), 0 },
	{ "profile", OPT_PROFILE, "NAME", 0, N_("Another profile: its name, or a directory"), 0 },
	{ "theme", OPT_THEME, "NAME", 0, N_("default, blue-orange, contrast or mono"), 0 },
	{ "ascii", OPT_ASCII, NULL, 0, N_("Lines of - | +, for terminals without others"), 0 },
	{ "no-mouse", OPT_NO_MOUSE, NULL, 0, N_("Leaves the mouse to the terminal"), 0 },
	{ "read-only", OPT_READ_ONLY, NULL, 0, N_("Changes nothing from here"), 0 },
	{ "language", OPT_LANGUAGE, "NAME", 0, N_("Texts in English (en) or Chinese (zh)"), 0 },
	{ 0 },
};

static error_t main_option(int key, char *arg, struct argp_state *state)
{
	struct app_options *o = state->input;

	switch (key) {
	case 'p':
		o->property = arg;
		return 0;
	case OPT_PROFILE:
		o->profile = arg;
		return 0;
	case OPT_ASCII:
		o->tty.ascii = true;
		return 0;
	case OPT_NO_MOUSE:
		o->tty.no_mouse = true;
		return 0;
	case OPT_READ_ONLY:
		o->read_only = true;
		return 0;
	case OPT_LANGUAGE:
		if (!words_begin(arg))
			argp_error(state, "there are no texts in '%s'; there are en and zh", arg);
		return 0;
	case OPT_THEME:
		if (!theme_named(arg, &o->tty.theme))
			argp_error(state, "there is no theme '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp main_argp = {
	main_options,
	main_option,
	NULL,
	N_("The desk on the screen: cases, calls, work, money. F1 shows the "
	   "keys of a screen, F9 every command."),
	NULL,
	NULL,
	"steward"
};

static void main_on_resize(uv_signal_t *signal, int number)
{
	(void)number;
	tty_resized();
	app_redraw(signal->data);
}

static void main_on_end(uv_signal_t *signal, int number)
{
	(void)number;
	app_stop(signal->data);
}

struct main_signals {
	uv_signal_t resize, hangup, terminate;
};

static void main_listen(struct app *app, struct main_signals *s)
{
	must(uv_signal_init(&app->loop, &s->resize) == 0);
	must(uv_signal_init(&app->loop, &s->hangup) == 0);
	must(uv_signal_init(&app->loop, &s->terminate) == 0);
	s->resize.data = s->hangup.data = s->terminate.data = app;
	(void)uv_signal_start(&s->resize, main_on_resize, SIGWINCH);
	(void)uv_signal_start(&s->hangup, main_on_end, SIGHUP);
	(void)uv_signal_start(&s->terminate, main_on_end, SIGTERM);
}

static void main_deafen(struct main_signals *s)
{
	uv_close((uv_handle_t *)&s->resize, NULL);
	uv_close((uv_handle_t *)&s->hangup, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
}

/* As the command ends in the same situation: `steward help exit-codes`. */
static int main_code(const struct st_err *err)
{
	if (strcmp(err->reason, "NOT_ENROLLED") == 0 || strcmp(err->reason, "NO_SERVER") == 0)
		return 4;
	return strcmp(err->reason, "NO_TERMINAL") == 0 ? 2 : 12;
}

static int main_fail(struct app *app, const struct st_err *err)
{
	tty_close();
	(void)fprintf(stderr, "steward-tui: %s\n", err->message);
	app_end(app);
	tty_free();
	return main_code(err);
}

int main(int argc, char **argv)
{
	static struct app app;
	struct main_signals signals;
	struct app_options o = { 0 };
	struct st_err err = { 0 };
	const char *no_color = getenv("NO_COLOR");

	(void)words_begin(NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (no_color != NULL && no_color[0] != '\0')
		o.tty.theme = THEME_MONO;
	argp_err_exit_status = 2;
	if (argp_parse(&main_argp, argc, argv, 0, NULL, &o) != 0)
		return 2;
	if (app_begin(&app, &o, &err) != ST_OK || app_connect(&app, &err) != ST_OK ||
	    tty_open(&o.tty, &err) != ST_OK)
		return main_fail(&app, &err);
	app.terminal = true;
	main_listen(&app, &signals);
	keys_start(app.keys);
	app_run(&app);
	tty_close();
	app.terminal = false;
	main_deafen(&signals);
	app_end(&app);
	tty_free();
	return EXIT_SUCCESS;
}
