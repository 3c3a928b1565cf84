#include "client/cli/invoke.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cache.h"
#include "client/cli/confirm.h"
#include "client/cli/errors.h"
#include "client/cli/help.h"
#include "client/cli/import.h"
#include "client/cli/list.h"
#include "client/cli/outcome_show.h"
#include "client/cli/print.h"
#include "client/cli/repeat.h"
#include "client/cli/transfer.h"
#include "client/look/view.h"
#include "common/clock.h"

static void interrupt_on_signal(uv_signal_t *signal, int number)
{
	const struct interrupt *i = signal->data;
	char key[UUID_TEXT];

	if (i->cli->leftover != NULL)
		(void)unlink(i->cli->leftover);
	if (!uuid_is_zero(&i->key))
		(void)fprintf(
			stderr,
			"\nsteward: interrupted; it is not known whether the change was made.\n"
			"  Repeat the same command with --idempotency-key %s to be sure.\n",
			uuid_format(&i->key, key));
	_exit(EXIT_INTERRUPTED);
}

void interrupt_start(struct interrupt *i, struct cli *cli, const struct uuid *key)
{
	*i = (struct interrupt){ .cli = cli };
	if (key != NULL)
		i->key = *key;
	if (uv_signal_init(cli_loop(cli), &i->signal) != 0)
		return;
	i->open = true;
	i->signal.data = i;
	(void)uv_signal_start(&i->signal, interrupt_on_signal, SIGINT);
	uv_unref((uv_handle_t *)&i->signal);
}

static void interrupt_on_closed(uv_handle_t *handle)
{
	struct interrupt *i = handle->data;

	i->open = false;
}

void interrupt_stop(struct interrupt *i)
{
	if (!i->open)
		return;
	uv_close((uv_handle_t *)&i->signal, interrupt_on_closed);
	while (i->open)
		(void)uv_run(i->signal.loop, UV_RUN_NOWAIT);
}

struct call_options invoke_options(const struct cli *cli, const struct rpc_method *m)
{
	struct call_options o = {
		.timeout_ms = cli->opt.timeout_ms,
		.property = cli->opt.property != NULL ? cli->opt.property : cli->profile.property,
		.dry_run = cli->opt.dry_run,
		.key = cli->opt.key,
	};

	if (o.property != NULL && strcmp(o.property, "all") == 0)
		o.property = NULL;
	if (m->danger == STEWARD__DANGER__SEVERE) {
		o.reason = cli->opt.reason;
		o.confirm = cli->opt.confirm;
	}
	return o;
}

enum st_code invoke_once(struct cli *cli, const struct rpc_method *m,
			 const ProtobufCMessage *request, const struct call_options *o,
			 struct call_result *ret)
{
	bool write = m->rpc_class == STEWARD__CLASS__WRITE;
	struct call_options own = *o;
	struct interrupt stop;

	memset(ret, 0, sizeof(*ret));
	if (cli_client(cli, &ret->err) != ST_OK)
		return ret->err.code;
	if (write && uuid_is_zero(&own.key))
		own.key = uuid_v7(clock_wall_us(&clock_system) / 1000);
	interrupt_start(&stop, cli, write ? &own.key : NULL);
	(void)client_call(cli->client, m, request, &own, cli->mem, ret);
	interrupt_stop(&stop);
	if (cli->opt.verbose && write) {
		char key[UUID_TEXT], trace[UUID_TEXT];

		(void)fprintf(stderr, "key %s, request id %s%s\n", uuid_format(&ret->key, key),
			      uuid_format(&ret->trace, trace),
			      ret->replayed ? ", answered before" : "");
	}
	return ret->err.code;
}

enum st_code invoke_proved(struct cli *cli, const struct rpc_method *m,
			   const ProtobufCMessage *request, const struct call_options *o,
			   struct call_result *ret)
{
	struct st_err err = { 0 };

	if (invoke_once(cli, m, request, o, ret) == ST_OK ||
	    strcmp(ret->err.reason, ST_REASON_STEP_UP) != 0)
		return ret->err.code;
	if (confirm_identity(cli, &ret->err, &err) != ST_OK) {
		ret->err = err;
		return err.code;
	}
	return invoke_once(cli, m, request, o, ret);
}

int invoke_report(const struct cli *cli, const struct call_result *r)
{
	const struct problem p = { .err = r->err,
				   .violations = r->violations,
				   .n_violations = r->n_violations,
				   .trace = r->trace };

	return report(cli, &p);
}

static void invoke_say_more(struct cli *cli, const struct rpc_method *m, const struct result *rows,
			    bool more)
{
	const char *cursor = list_cursor(rows, cli->mem);

	if (message_field(m->in->desc, "after") == NULL)
		cursor = NULL;
	if (more)
		cli_say(cli, "There are more than these %zu: say --limit N or --limit all%s%s.",
			rows->n, cursor != NULL ? ", or --cursor " : "",
			cursor != NULL ? cursor : "");
}

/* A reply with a list in it. */
static int invoke_within(struct cli *cli, struct args *a)
{
	struct call_result call;
	struct st_err err = { 0 };
	struct result r, rows;
	bool more;

	if (list_fetch_within(cli, a, &rows, &more, &call) != ST_OK)
		return invoke_report(cli, &call);
	if (result_of(a->m, call.reply, cli->mem, &r, &err) != ST_OK ||
	    result_show(cli, &r, &err) != ST_OK)
		return report_err(cli, &err);
	invoke_say_more(cli, a->m, &rows, more);
	return EXIT_DONE;
}

static int invoke_list(struct cli *cli, struct args *a)
{
	struct call_result call;
	struct st_err err = { 0 };
	struct result r;
	bool more;

	if (list_fetch(cli, a, &r, &more, &call) != ST_OK)
		return invoke_report(cli, &call);
	if (result_show(cli, &r, &err) != ST_OK)
		return report_err(cli, &err);
	cache_note(cli, a->m, &r);
	invoke_say_more(cli, a->m, &r, more);
	return cli->opt.exit_code && r.n == 0 ? EXIT_NO : EXIT_DONE;
}

static int invoke_single(struct cli *cli, struct args *a)
{
	const struct call_options o = invoke_options(cli, a->m);
	bool write = a->m->rpc_class == STEWARD__CLASS__WRITE;
	struct call_result call;
	struct st_err err = { 0 };
	struct result r;

	if (invoke_proved(cli, a->m, a->request, &o, &call) != ST_OK)
		return invoke_report(cli, &call);
	if (write && cli->opt.format == OUT_TABLE) {
		if (outcome_show(cli, a->m, a->request, &call, &err) != ST_OK)
			return report_err(cli, &err);
		return print_outcome(cli, a, &call);
	}
	if (write && call.dry_run)
		cli_say(cli, "Dry run, nothing was kept.");
	if (result_of(a->m, call.reply, cli->mem, &r, &err) != ST_OK ||
	    result_show(cli, &r, &err) != ST_OK)
		return report_err(cli, &err);
	return print_outcome(cli, a, &call);
}

static int invoke_run(struct cli *cli, struct args *a)
{
	if (a->m->print)
		return print_run(cli, a);
	if (a->each != NULL)
		return repeat_values(cli, a);
	if (view_rows_field(a->m->out) >= 0)
		return invoke_list(cli, a);
	if (list_within(a->m))
		return invoke_within(cli, a);
	return invoke_single(cli, a);
}

static enum st_code invoke_check(struct cli *cli, struct args *a, struct st_err *err)
{
	if (cli->opt.watch_ms != 0 && a->m->rpc_class != STEWARD__CLASS__READ)
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_WATCH", "--watch",
			       "--watch repeats reads only; this command changes something");
	if ((a->each != NULL || a->file.n_files > 1) && !uuid_is_zero(&cli->opt.key))
		return st_fail(err, ST_INVALID_ARGUMENT, "ONE_KEY", "--idempotency-key",
			       "one key names one change; give one value at a time with "
			       "--idempotency-key");
	if (a->m->print || a->m->print_by != NULL)
		ST_TRY(print_args_check(cli, a, err));
	return result_check(cli, a->m, err);
}

int invoke(struct cli *cli, const struct rpc_method *m, int argc, char **argv)
{
	struct st_err err = { 0 };
	struct args a;

	if (args_parse(cli, m, argc, argv, &a, &err) != ST_OK)
		return report_usage(cli, &err, argv[0]);
	if (cli->opt.help_short || cli->opt.help_long)
		return help_method(cli, m, cli->opt.help_long);
	if (invoke_check(cli, &a, &err) != ST_OK || args_complete(cli, &a, &err) != ST_OK)
		return report_usage(cli, &err, argv[0]);
	if (m->import != NULL)
		return import_run(cli, &a);
	if (cli_client(cli, &err) != ST_OK)
		return report_err(cli, &err);
	if (confirm_danger(cli, &a, &err) != ST_OK)
		return report_err(cli, &err);
	if (m->upload_end != NULL)
		return upload_run(cli, &a);
	if (m->download != NULL)
		return download_run(cli, &a);
	if (m->rpc_class == STEWARD__CLASS__STREAM)
		return repeat_stream(cli, &a);
	if (cli->opt.watch_ms != 0)
		return repeat_watch(cli, &a, invoke_run);
	return invoke_run(cli, &a);
}
