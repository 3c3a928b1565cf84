#include <string.h>

#include "client/cli/builtin.h"
#include "client/cli/confirm.h"
#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/cli/render.h"
#include "client/cli/repeat.h"
#include "client/look/json.h"
#include "common/file.h"
#include "common/near.h"

#define INPUT_MAX (16u << 20)

static const struct rpc_method *api_method(const char *name, struct st_err *err)
{
	const struct rpc_method *m = name != NULL ? rpc_find(name) : NULL;
	struct near n;

	if (m != NULL)
		return m;
	if (name == NULL) {
		(void)st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "method",
			      "missing: METHOD, such as case.Show");
		return NULL;
	}
	near_init(&n, name);
	for (size_t i = 0; i < rpc_method_count; i++)
		near_offer(&n, rpc_methods[i].name);
	(void)st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_METHOD", "method",
		      near_best(&n) != NULL ? "there is no method '%s'; did you mean '%s'?"
					    : "there is no method '%s'",
		      name, near_best(&n));
	return NULL;
}

static enum st_code api_request(struct cli *cli, const struct rpc_method *m, const char *input,
				ProtobufCMessage *rq, struct st_err *err)
{
	struct slice text;

	if (input == NULL)
		return ST_OK;
	ST_TRY(file_read(input, INPUT_MAX, cli->mem, &text, err));
	return json_read(text, rq, cli->mem, err);
}

/* The whole reply, whatever its shape: nothing is left out or turned into rows. */
static int api_show(struct cli *cli, const struct rpc_method *m, const ProtobufCMessage *reply)
{
	const ProtobufCMessage *rows[1] = { reply };
	const struct result r = { .m = m, .rules = m->out, .rows = rows, .n = 1 };
	struct st_err err = { 0 };

	return result_show(cli, &r, &err) == ST_OK ? EXIT_DONE : report_err(cli, &err);
}

int api_run(struct cli *cli, const struct builtin_args *a)
{
	struct st_err err = { 0 };
	const struct rpc_method *m = api_method(a->args[0], &err);
	struct call_options o;
	struct call_result r;
	struct args args = { .m = m };

	if (!cli_is_json(cli))
		cli->opt.format = OUT_JSON;
	if (m == NULL)
		return report_usage(cli, &err, "steward api");
	args.request = message_new(m->in->desc, cli->mem);
	if (args.request == NULL)
		return EXIT_FAULT;
	if (api_request(cli, m, a->flags[API_INPUT], args.request, &err) != ST_OK)
		return report_err(cli, &err);
	if (cli_client(cli, &err) != ST_OK || confirm_danger(cli, &args, &err) != ST_OK)
		return report_err(cli, &err);
	if (m->rpc_class == STEWARD__CLASS__STREAM)
		return repeat_stream(cli, &args);
	o = invoke_options(cli, m);
	if (invoke_proved(cli, m, args.request, &o, &r) != ST_OK)
		return invoke_report(cli, &r);
	return api_show(cli, m, r.reply);
}
