#include "client/cli/confirm.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/invoke.h"
#include "client/cli/prompt.h"
#include "client/look/method.h"
#include "client/look/view.h"

#define VALUES_SHOWN 10

/* "C-1002, C-1003" : what the call is about. */
static const char *confirm_values(struct cli *cli, const struct args *a)
{
	int field = method_field_of_place(a->m, 1);
	const char *all = "";

	if (a->each == NULL)
		return field >= 0 ? view_field_text(a->request, &a->m->in->desc->fields[field],
						    &a->m->in->fields[field], cli->mem)
				  : "";
	for (size_t i = 0; i < a->n_values && i < VALUES_SHOWN && all != NULL; i++)
		all = arena_printf(cli->mem, "%s%s%s", all, i > 0 ? ", " : "", a->values[i]);
	if (a->n_values > VALUES_SHOWN && all != NULL)
		all = arena_printf(cli->mem, "%s and %zu more", all, a->n_values - VALUES_SHOWN);
	return all != NULL ? all : "";
}

static enum st_code confirm_moderate(struct cli *cli, const struct args *a, struct st_err *err)
{
	const char *values = confirm_values(cli, a), *question;

	if (cli->opt.yes || cli->opt.dry_run)
		return ST_OK;
	question = arena_printf(cli->mem, "%s%s%s\nGo ahead? [y/N] ",
				method_summary(a->m->help, cli->mem),
				values[0] != '\0' ? ": " : ".", values);
	return prompt_yes_no(cli, question != NULL ? question : "Go ahead? [y/N] ", "--yes", err);
}

static enum st_code confirm_severe(struct cli *cli, const struct args *a, struct st_err *err)
{
	const char *subject = confirm_values(cli, a), *question;
	bool can_ask = term_can_ask(&cli->term) && !cli->opt.no_input;
	bool lacks_confirm = subject[0] != '\0' && cli->opt.confirm == NULL;

	if ((lacks_confirm || cli->opt.reason == NULL) && !can_ask)
		return st_fail(err, ST_INVALID_ARGUMENT, "INPUT_NEEDED",
			       lacks_confirm ? "confirm" : "reason",
			       "this is hard to take back; it needs%s%s%s%s",
			       lacks_confirm ? " --confirm " : "", lacks_confirm ? subject : "",
			       lacks_confirm && cli->opt.reason == NULL ? " and" : "",
			       cli->opt.reason == NULL ? " --reason TEXT" : "");
	if (lacks_confirm) {
		question = arena_printf(cli->mem, "%s: %s\nType %s to go ahead: ",
					method_summary(a->m->help, cli->mem), subject, subject);
		ST_TRY(prompt_line(cli, question != NULL ? question : "Type it again to go ahead: ",
				   "--confirm", &cli->opt.confirm, err));
	}
	if (subject[0] != '\0' && strcmp(cli->opt.confirm, subject) != 0)
		return st_fail(
			err, ST_CANCELLED, "NOT_CONFIRMED", "confirm",
			"'%s' was typed to confirm, but this is about %s; nothing was changed",
			cli->opt.confirm, subject);
	if (cli->opt.reason == NULL)
		ST_TRY(prompt_line(cli, "Why? ", "--reason", &cli->opt.reason, err));
	return ST_OK;
}

enum st_code confirm_danger(struct cli *cli, const struct args *a, struct st_err *err)
{
	if (a->m->danger == STEWARD__DANGER__MODERATE)
		return confirm_moderate(cli, a, err);
	if (a->m->danger == STEWARD__DANGER__SEVERE)
		return confirm_severe(cli, a, err);
	return ST_OK;
}

/* Whoever has no authenticator is not asked for its code. */
static bool confirm_has_authenticator(struct cli *cli)
{
	const struct rpc_method *m = rpc_find("auth.Whoami");
	const ProtobufCFieldDescriptor *f = m != NULL ? message_field(m->out->desc, "totp") : NULL;
	ProtobufCMessage *request = m != NULL ? message_new(m->in->desc, cli->mem) : NULL;
	struct call_result r;
	const char *text;

	if (f == NULL || request == NULL ||
	    invoke_once(cli, m, request, &(struct call_options){ 0 }, &r) != ST_OK)
		return true;
	text = field_text(r.reply, f, 0, cli->mem);
	return text == NULL || text[0] == 't';
}

enum st_code confirm_identity(struct cli *cli, const struct st_err *asked, struct st_err *err)
{
	const struct rpc_method *m = rpc_find("auth.StepUp");
	const ProtobufCFieldDescriptor *f = m != NULL ? message_field(m->in->desc, "code") : NULL;
	struct call_result r;
	ProtobufCMessage *request;
	const char *code;

	if (f == NULL || cli->opt.no_input || !term_can_ask(&cli->term) ||
	    !confirm_has_authenticator(cli))
		return st_fail(err, asked->code, asked->reason, asked->field, "%s", asked->message);
	ST_TRY(prompt_secret(
		cli, "This needs a fresh proof of who you are.\nCode of your authenticator: ",
		"the code", &code, err));
	request = message_new(m->in->desc, cli->mem);
	if (request == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	ST_TRY(field_set_text(request, f, code, strlen(code), cli->mem, err));
	if (invoke_once(cli, m, request, &(struct call_options){ 0 }, &r) != ST_OK) {
		*err = r.err;
		return r.err.code;
	}
	return ST_OK;
}
