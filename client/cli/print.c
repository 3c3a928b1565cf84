#include "client/cli/print.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/cli/pager.h"
#include "client/cli/render.h"
#include "client/look/method.h"
#include "client/look/outcome.h"
#include "client/look/text.h"
#include "common/wire.h"

/* Documents as JSON go to whoever draws them otherwise. */
static bool print_as_json(const struct cli *cli)
{
	return cli->opt.format == OUT_JSON || cli->opt.format == OUT_JSONL;
}

enum st_code print_args_check(struct cli *cli, const struct args *a, struct st_err *err)
{
	const struct print_to *to = &a->print.to;

	if (a->print.places > 1)
		return st_fail(err, ST_INVALID_ARGUMENT, "ONE_PLACE", "--pdf",
			       "one of --pdf, --escpos and --printer, not several: each call "
			       "prints once");
	if (to->path == NULL && a->print.looks)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "--pdf",
			       "say where to print: --pdf FILE, --escpos FILE or --printer DEVICE");
	if (to->path == NULL && (!a->m->print || print_as_json(cli)))
		return ST_OK;
	if (to->path == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "--pdf",
			       "say where to print: --pdf FILE, --escpos FILE or --printer DEVICE; "
			       "or take the documents with --json");
	if (a->each != NULL || cli->opt.watch_ms != 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "ONE_PLACE", NULL,
			       "what is printed takes one value at a time, once");
	return print_check(to, err);
}

/* "SUN-26-000123, copy 2" of one; "3 documents, 1 of them a copy". */
static const char *print_what(const ProtobufCMessage *reply, bool dry_run, struct arena *mem)
{
	const Steward__Prints *p = (const Steward__Prints *)reply;
	size_t copies = 0;

	if (reply->descriptor != &steward__prints__descriptor)
		return arena_printf(mem, "%zu documents", print_count(reply));
	for (size_t i = 0; i < p->n_prints; i++)
		copies += p->prints[i]->copy > 0 ? 1 : 0;
	if (p->n_prints != 1)
		return arena_printf(mem, "%zu documents%s", p->n_prints,
				    copies == 1  ? ", 1 of them a copy"
				    : copies > 0 ? arena_printf(mem, ", %zu of them copies", copies)
						 : "");
	if (dry_run)
		return arena_printf(mem, "%s, a draft", p->prints[0]->number);
	if (copies == 0)
		return p->prints[0]->number;
	return arena_printf(mem, "%s, copy %u", p->prints[0]->number, p->prints[0]->copy);
}

static enum st_code print_tell(struct cli *cli, const struct args *a, const ProtobufCMessage *reply,
			       bool dry_run, unsigned pages, struct st_err *err)
{
	const struct print_to *to = &a->print.to;
	const char *what = print_what(reply, dry_run, cli->mem);
	const char *text;

	if (strcmp(to->path, "-") == 0 || cli->opt.quiet || cli->opt.format != OUT_TABLE)
		return ST_OK;
	text = pages > 0 ? arena_printf(cli->mem, "%s: printed to %s, %u page%s.\n",
					what != NULL ? what : "",
					text_clean(to->path, false, cli->mem), pages,
					pages == 1 ? "" : "s")
			 : arena_printf(cli->mem, "%s: printed to %s.\n", what != NULL ? what : "",
					text_clean(to->path, false, cli->mem));
	if (text == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	return stdout_write(text, strlen(text), err);
}

/* The server has noted the print: the same command under its key gives the same document, and no
 * copy. */
static int print_failed(struct cli *cli, const struct args *a, const struct call_result *call,
			const struct st_err *why)
{
	char key[UUID_TEXT];
	struct problem p = { .err = *why, .trace = call->trace };

	if (a->m->rpc_class == STEWARD__CLASS__WRITE && !call->dry_run)
		p.hint = arena_printf(cli->mem,
				      "Nothing was printed. For this very document, not a copy of "
				      "it, repeat the command with --idempotency-key %s",
				      uuid_format(&call->key, key));
	return report(cli, &p);
}

/* Draws and writes the documents of a reply; 'call' is what the command called first. */
static int print_documents(struct cli *cli, const struct args *a, const ProtobufCMessage *reply,
			   const struct call_result *call)
{
	struct renderer *r = NULL;
	struct st_err err = { 0 };
	enum st_code code;
	unsigned pages = 0;

	if (print_count(reply) == 0) {
		cli_say(cli, "There is nothing to print.");
		return cli->opt.exit_code ? EXIT_NO : EXIT_DONE;
	}
	code = renderer_new(cli_loop(cli), NULL, 0, &r, &err);
	if (code == ST_OK)
		code = print_reply(r, reply, &a->print.to, cli->mem, &pages, &err);
	renderer_free(r);
	if (code != ST_OK)
		return print_failed(cli, a, call, &err);
	if (call->dry_run)
		cli_say(cli, "Dry run, nothing was kept: what was printed is a draft.");
	return print_tell(cli, a, reply, call->dry_run, pages, &err) == ST_OK
		       ? EXIT_DONE
		       : report_err(cli, &err);
}

int print_run(struct cli *cli, struct args *a)
{
	const struct call_options o = invoke_options(cli, a->m);
	struct call_result call;
	struct st_err err = { 0 };
	struct result r;
	int code = EXIT_DONE;

	if (invoke_proved(cli, a->m, a->request, &o, &call) != ST_OK)
		return invoke_report(cli, &call);
	if (a->print.to.path != NULL)
		code = print_documents(cli, a, call.reply, &call);
	if (code != EXIT_DONE || (a->print.to.path != NULL && (cli->opt.format == OUT_TABLE ||
							       strcmp(a->print.to.path, "-") == 0)))
		return code;
	if (result_of(a->m, call.reply, cli->mem, &r, &err) != ST_OK ||
	    result_show(cli, &r, &err) != ST_OK)
		return report_err(cli, &err);
	return EXIT_DONE;
}

/* The number of what came of a call, behind its property where the reply tells that. NULL: there is
 * none yet. */
static const char *print_number(const struct rpc_method *m, const ProtobufCMessage *reply,
				struct arena *mem)
{
	const ProtobufCMessage *subject = outcome_subject(m, reply);
	const ProtobufCFieldDescriptor *number = message_field(subject->descriptor, "number");
	const ProtobufCFieldDescriptor *property = message_field(subject->descriptor, "property");
	const char *text = number != NULL ? field_text(subject, number, 0, mem) : NULL;
	const char *code = property != NULL ? field_text(subject, property, 0, mem) : NULL;

	return text != NULL && code != NULL ? arena_printf(mem, "%s/%s", code, text) : text;
}

/* Calls the method that prints, for one number. */
static enum st_code print_call(struct cli *cli, const struct rpc_method *by, const char *number,
			       const struct uuid *key, struct call_result *ret)
{
	ProtobufCMessage *request = message_new(by->in->desc, cli->mem);
	struct call_options o = invoke_options(cli, by);
	int field = method_field_of_place(by, 1);

	memset(ret, 0, sizeof(*ret));
	if (request == NULL || field < 0)
		return st_fail(&ret->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	ST_TRY(field_set_text(request, &by->in->desc->fields[field], number, strlen(number),
			      cli->mem, &ret->err));
	o.key = print_key(key);
	return invoke_proved(cli, by, request, &o, ret);
}

int print_outcome(struct cli *cli, struct args *a, const struct call_result *call)
{
	const struct rpc_method *by = a->print.to.path != NULL ? rpc_find(a->m->print_by) : NULL;
	const char *number = by != NULL ? print_number(a->m, call->reply, cli->mem) : NULL;
	struct call_result printed;
	int code;

	if (by == NULL)
		return EXIT_DONE;
	if (call->dry_run || number == NULL) {
		cli_say(cli, call->dry_run ? "Nothing is printed of what is not kept."
					   : "There is nothing to print yet.");
		return EXIT_DONE;
	}
	code = print_call(cli, by, number, &call->key, &printed) == ST_OK
		       ? print_documents(cli, a, printed.reply, call)
		       : invoke_report(cli, &printed);
	if (code == EXIT_DONE)
		return EXIT_DONE;
	cli_say(cli, "The change itself was made.");
	return EXIT_PARTLY;
}
