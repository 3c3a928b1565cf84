#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <jansson.h>

#include "client/cli/builtin.h"
#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/look/text.h"
#include "common/pki.h"

#define DAYS_WARN 15
#define CLOCK_WARN_S 30.0

struct check {
	const char *name;
	bool good;
	const char *text;
};

#define CHECKS_MAX 16
struct doctor {
	struct cli *cli;
	struct check checks[CHECKS_MAX];
	size_t n;
	bool all_good;
};

static void doctor_note(struct doctor *d, const char *name, bool good, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void doctor_note(struct doctor *d, const char *name, bool good, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(d->cli->mem, fmt, ap);
	va_end(ap);
	must(d->n < CHECKS_MAX);
	d->checks[d->n++] = (struct check){ name, good, text != NULL ? text : "" };
	d->all_good = d->all_good && good;
}

static bool doctor_profile(struct doctor *d)
{
	struct st_err err = { 0 };
	int days;

	if (cli_profile(d->cli, &err) != ST_OK) {
		doctor_note(d, "profile", false, "%s", err.message);
		return false;
	}
	doctor_note(d, "profile", true, "%s, server %s:%d", d->cli->dir, d->cli->profile.server,
		    d->cli->profile.port);
	if (pki_days_left(d->cli->profile.cert_pem, &days, &err) != ST_OK)
		doctor_note(d, "certificate", false, "%s", err.message);
	else
		doctor_note(d, "certificate", days > DAYS_WARN,
			    days < 0 ? "expired %d days ago" : "good for %d more days", abs(days));
	doctor_note(d, "login", d->cli->profile.token != NULL,
		    d->cli->profile.token != NULL ? "remembered" : "none; run: steward login");
	return true;
}

static void doctor_line(struct doctor *d)
{
	struct client_server server;
	struct interrupt stop;
	struct st_err err = { 0 };
	double ms, ahead;

	if (cli_client(d->cli, &err) != ST_OK) {
		doctor_note(d, "connection", false, "%s", err.message);
		return;
	}
	interrupt_start(&stop, d->cli, NULL);
	ms = client_ping(d->cli->client, &err);
	interrupt_stop(&stop);
	client_server(d->cli->client, &server);
	if (ms < 0) {
		doctor_note(d, "connection", false, "%s", err.message);
		return;
	}
	ahead = (double)server.clock_ahead_us / 1e6;
	doctor_note(d, "connection", true,
		    "TCP and TLS 1.3 in %.1f ms, greeting %.1f ms, round trip %.2f ms",
		    server.connect_ms, server.hello_ms, ms);
	doctor_note(d, "server", true, "%s, protocol steward/%u", server.name, server.version);
	doctor_note(d, "clock", fabs(ahead) < CLOCK_WARN_S, "this machine is %.1f s %s the server",
		    fabs(ahead), ahead > 0 ? "behind" : "ahead of");
}

/* Does the login still hold? */
static void doctor_login(struct doctor *d)
{
	const struct rpc_method *m = rpc_find("auth.Whoami");
	ProtobufCMessage *rq = m != NULL ? message_new(m->in->desc, d->cli->mem) : NULL;
	const ProtobufCFieldDescriptor *f;
	struct call_result r;

	if (rq == NULL || d->cli->profile.token == NULL || d->cli->client == NULL)
		return;
	if (invoke_once(d->cli, m, rq, &(struct call_options){ 0 }, &r) != ST_OK) {
		doctor_note(d, "user", false, "%s", r.err.message);
		return;
	}
	f = message_field(r.reply->descriptor, "login");
	doctor_note(d, "user", true, "%s", f != NULL ? field_text(r.reply, f, 0, d->cli->mem) : "");
}

static void doctor_terminal(struct doctor *d)
{
	const struct term *t = &d->cli->term;

	doctor_note(d, "program", true, "steward %s", STEWARD_VERSION);
	doctor_note(d, "terminal", true, "%s, %d x %d, %s, colour %s", t->out_tty ? "yes" : "no",
		    t->width, t->height, nl_langinfo(CODESET), t->out_color ? "on" : "off");
	doctor_note(d, "characters", wcwidth(L'\u4e2d') == 2 && wcwidth(L'\u00e9') == 1,
		    "Chinese takes %d columns, accents %d", wcwidth(L'\u4e2d'), wcwidth(L'\u00e9'));
}

static void doctor_json(const struct doctor *d)
{
	json_t *list = json_array(), *j;
	char *text;

	for (size_t i = 0; i < d->n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:b, s:s}", "name", d->checks[i].name, "ok",
					d->checks[i].good, "text", d->checks[i].text));
	j = json_pack("{s:b, s:o}", "ok", d->all_good, "checks", list);
	text = json_dumps(j, JSON_COMPACT);
	(void)printf("%s\n", text != NULL ? text : "{}");
	free(text);
	json_decref(j);
}

int doctor_run(struct cli *cli, const struct builtin_args *a)
{
	struct doctor d = { .cli = cli, .all_good = true };

	if (doctor_profile(&d)) {
		doctor_line(&d);
		doctor_login(&d);
	}
	doctor_terminal(&d);
	if (cli_is_json(cli)) {
		doctor_json(&d);
	} else {
		for (size_t i = 0; i < d.n; i++) {
			(void)printf("%-4s %-12s ", d.checks[i].good ? "ok" : "BAD",
				     d.checks[i].name);
			text_put(stdout, d.checks[i].text);
			(void)printf("\n");
		}
	}
	return d.all_good ? EXIT_DONE : EXIT_NO;
}
