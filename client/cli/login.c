#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/builtin.h"
#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/cli/prompt.h"
#include "client/cli/render.h"
#include "client/look/json.h"
#include "client/look/text.h"
#include "client/look/view.h"
#include "common/file.h"

#define SECRET_MAX 4096

static enum st_code login_read_file(struct cli *cli, const char *path, const char **ret,
				    struct st_err *err)
{
	struct slice text;
	char *line;

	ST_TRY(file_read(path, SECRET_MAX, cli->mem, &text, err));
	line = arena_strdup(cli->mem, (const char *)text.data);
	if (line == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the password");
	line[strcspn(line, "\r\n")] = '\0';
	*ret = line;
	return ST_OK;
}

static enum st_code login_set(struct cli *cli, ProtobufCMessage *rq, const char *field,
			      const char *text, struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);

	if (f == NULL)
		return st_fail(err, ST_INTERNAL, NULL, field, "a login has no field %s", field);
	return field_set_text(rq, f, text, strlen(text), cli->mem, err);
}

static enum st_code login_request(struct cli *cli, const struct builtin_args *a,
				  ProtobufCMessage *rq, struct st_err *err)
{
	const char *user = a->args[0] != NULL ? a->args[0] : a->flags[LOGIN_USER];
	const char *password, *code;

	if (user == NULL)
		ST_TRY(prompt_line(cli, "Login: ", "LOGIN", &user, err));
	ST_TRY(login_set(cli, rq, "login", user, err));
	if (a->flags[LOGIN_PASSWORD_FILE] != NULL)
		ST_TRY(login_read_file(cli, a->flags[LOGIN_PASSWORD_FILE], &password, err));
	else
		ST_TRY(prompt_secret(cli, "Password: ", "--password-file", &password, err));
	ST_TRY(login_set(cli, rq, "password", password, err));
	if (a->flags[LOGIN_CODE_FILE] == NULL)
		return ST_OK;
	ST_TRY(login_read_file(cli, a->flags[LOGIN_CODE_FILE], &code, err));
	return login_set(cli, rq, "code", code, err);
}

/* Whoever has set up an authenticator is asked for its code only after the password was right. */
static enum st_code login_call(struct cli *cli, const struct rpc_method *m, ProtobufCMessage *rq,
			       struct call_result *r)
{
	const struct call_options o = { .timeout_ms = cli->opt.timeout_ms };
	struct st_err err = { 0 };
	const char *code;

	if (invoke_once(cli, m, rq, &o, r) == ST_OK || strcmp(r->err.reason, "TOTP_REQUIRED") != 0)
		return r->err.code;
	if (prompt_secret(cli, "Code of your authenticator: ", "--code-file", &code, &err) !=
		    ST_OK ||
	    login_set(cli, rq, "code", code, &err) != ST_OK) {
		r->err = err;
		return err.code;
	}
	return invoke_once(cli, m, rq, &o, r);
}

static const char *login_text(const ProtobufCMessage *reply, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(reply->descriptor, name);
	const char *text = f != NULL ? field_text(reply, f, 0, mem) : NULL;

	text = text != NULL ? text_clean(text, false, mem) : NULL;
	return text != NULL ? text : "";
}

static enum st_code login_keep(struct cli *cli, const ProtobufCMessage *reply, struct st_err *err)
{
	const char *token = login_text(reply, "token", cli->mem);

	if (token[0] == '\0')
		return st_fail(err, ST_INTERNAL, "BAD_ANSWER", NULL, "the server gave no login");
	return client_save_token(cli->client, token, err);
}

/* The token is for this program alone. */
static int login_show(struct cli *cli, const struct rpc_method *m, ProtobufCMessage *reply)
{
	const ProtobufCFieldDescriptor *token = message_field(reply->descriptor, "token");
	const char *until = login_text(reply, "expires_at", cli->mem);
	struct st_err err = { 0 };
	struct result r;

	if (token != NULL)
		field_clear(reply, token);
	if (cli->opt.format != OUT_TABLE) {
		if (result_of(m, reply, cli->mem, &r, &err) != ST_OK ||
		    result_show(cli, &r, &err) != ST_OK)
			return report_err(cli, &err);
		return EXIT_DONE;
	}
	if (!cli->opt.quiet)
		(void)printf("Logged in as %s (%s)%s%.16s.\n", login_text(reply, "login", cli->mem),
			     login_text(reply, "full_name", cli->mem),
			     until[0] != '\0' ? ", until " : "", until);
	if (login_text(reply, "must_change", cli->mem)[0] == 't')
		cli_say(cli, "Set a password of your own now: steward auth change-password");
	return EXIT_DONE;
}

int login_run(struct cli *cli, const struct builtin_args *a)
{
	const struct rpc_method *m = rpc_find("auth.Login");
	ProtobufCMessage *rq = m != NULL ? message_new(m->in->desc, cli->mem) : NULL;
	struct st_err err = { 0 };
	struct call_result r;

	if (rq == NULL)
		return EXIT_FAULT;
	if (cli_profile(cli, &err) != ST_OK || login_request(cli, a, rq, &err) != ST_OK)
		return report_usage(cli, &err, "steward login");
	if (login_call(cli, m, rq, &r) != ST_OK)
		return invoke_report(cli, &r);
	if (login_keep(cli, r.reply, &err) != ST_OK)
		return report_err(cli, &err);
	return login_show(cli, m, r.reply);
}

/* A login that has ended already is as good as one that was ended now. */
int logout_run(struct cli *cli, const struct builtin_args *a)
{
	const struct rpc_method *m = rpc_find("auth.Logout");
	ProtobufCMessage *rq = m != NULL ? message_new(m->in->desc, cli->mem) : NULL;
	struct st_err err = { 0 };
	struct call_result r = { 0 };

	if (rq == NULL)
		return EXIT_FAULT;
	if (cli_client(cli, &err) != ST_OK)
		return report_err(cli, &err);
	if (cli->profile.token != NULL &&
	    invoke_once(cli, m, rq, &(struct call_options){ 0 }, &r) != ST_OK &&
	    r.err.code != ST_UNAUTHENTICATED)
		return invoke_report(cli, &r);
	if (client_save_token(cli->client, NULL, &err) != ST_OK)
		return report_err(cli, &err);
	if (cli->opt.format == OUT_TABLE && !cli->opt.quiet)
		(void)printf("Logged out.\n");
	return EXIT_DONE;
}

static enum st_code enrol_port(const char *text, int fallback, int *ret, struct st_err *err)
{
	char *end;
	long n;

	*ret = fallback;
	if (text == NULL)
		return ST_OK;
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || n < 1 || n > 65535)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL, "'%s' is not a port",
			       text);
	*ret = (int)n;
	return ST_OK;
}

struct enrol_plan {
	const char *token, *server, *name;
	int port, enrol_port;
};

/* TOKEN --server HOST, or the two as words in any order: a token cannot be taken for a host. */
static enum st_code enrol_plan(const struct builtin_args *a, struct enrol_plan *p,
			       struct st_err *err)
{
	p->server = a->flags[ENROL_SERVER];
	p->name = a->flags[ENROL_NAME];
	for (size_t i = 0; i < a->n_args; i++)
		if (strncmp(a->args[i], "stw1.", 5) == 0)
			p->token = a->args[i];
		else
			p->server = a->args[i];
	if (p->token == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "token",
			       "missing: the token of the invitation (stw1...)");
	if (p->server == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "server",
			       "missing: --server HOST");
	ST_TRY(enrol_port(a->flags[ENROL_PORT], 7433, &p->port, err));
	return enrol_port(a->flags[ENROL_ENROL_PORT], p->port + 1, &p->enrol_port, err);
}

int enrol_run(struct cli *cli, const struct builtin_args *a)
{
	struct enrol_plan p = { 0 };
	struct st_err err = { 0 }, none = { 0 };
	struct profile old;

	if (enrol_plan(a, &p, &err) != ST_OK || cli_dir(cli, &err) != ST_OK)
		return report_usage(cli, &err, "steward enrol");
	if (a->flags[ENROL_REPLACE] == NULL &&
	    profile_load(cli->dir, cli->mem, &old, &none) == ST_OK) {
		(void)st_fail(
			&err, ST_FAILED_PRECONDITION, "ENROLLED", NULL,
			"%s is enrolled at %s already; add --replace, or choose another --profile",
			cli->dir, old.server);
		return report_err(cli, &err);
	}
	if (client_enrol(cli_loop(cli), cli->dir, p.server, p.port, p.enrol_port, p.token, p.name,
			 &err) != ST_OK)
		return report_err(cli, &err);
	if (!cli->opt.quiet)
		(void)printf("This machine is enrolled at %s:%d.\n", p.server, p.port);
	cli_say(cli, "Next: steward login");
	return EXIT_DONE;
}
