#include "client/cli/repeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/cli/errors.h"
#include "client/cli/follow.h"
#include "client/cli/invoke.h"
#include "client/cli/outcome_show.h"
#include "client/cli/pager.h"
#include "client/cli/render.h"

#define TURN_ARENA (512u << 20)
#define RECONNECT_MS 1000u
#define WATCH_LIVE_MS 20000u

struct values_run {
	const ProtobufCMessage **replies;
	size_t done, failed;
	int first_exit; /* of the first failure */
};

static void values_failed(struct cli *cli, const char *value, struct call_result *call,
			  struct values_run *run)
{
	struct problem p = { .err = call->err, .trace = call->trace };
	int exit_code;

	(void)st_fail(&p.err, call->err.code, call->err.reason, call->err.field, "%s: %s", value,
		      call->err.message);
	exit_code = report(cli, &p);
	if (run->failed++ == 0)
		run->first_exit = exit_code;
}

static enum st_code values_call(struct cli *cli, struct args *a, const char *value,
				struct values_run *run)
{
	const struct call_options o = invoke_options(cli, a->m);
	bool write = a->m->rpc_class == STEWARD__CLASS__WRITE;
	struct st_err err = { 0 };
	struct call_result call;

	memset(&call, 0, sizeof(call));
	if (field_set_text(a->request, a->each, value, strlen(value), cli->mem, &call.err) !=
		    ST_OK ||
	    invoke_proved(cli, a->m, a->request, &o, &call) != ST_OK) {
		values_failed(cli, value, &call, run);
		/* Without a line or a login the others would fail the same way. */
		return call.err.code == ST_UNAVAILABLE || call.err.code == ST_UNAUTHENTICATED
			       ? call.err.code
			       : ST_OK;
	}
	run->replies[run->done++] = call.reply;
	if (write && cli->opt.format == OUT_TABLE)
		return outcome_show(cli, a->m, a->request, &call, &err);
	return ST_OK;
}

int repeat_values(struct cli *cli, struct args *a)
{
	bool write = a->m->rpc_class == STEWARD__CLASS__WRITE;
	struct values_run run = { .replies = arena_array(cli->mem, const ProtobufCMessage *,
							 a->n_values) };
	struct st_err err = { 0 };
	size_t left;

	if (run.replies == NULL)
		return EXIT_FAULT;
	for (size_t i = 0; i < a->n_values; i++)
		if (values_call(cli, a, a->values[i], &run) != ST_OK)
			break;
	if (!write || cli->opt.format != OUT_TABLE) {
		const struct result r = { .m = a->m,
					  .rules = a->m->out,
					  .rows = run.replies,
					  .n = run.done,
					  .many = true };

		if (result_show(cli, &r, &err) != ST_OK)
			return report_err(cli, &err);
	}
	if (run.failed == 0)
		return EXIT_DONE;
	left = a->n_values - run.done - run.failed;
	cli_say(cli, "%zu of %zu done, %zu failed%s.", run.done, a->n_values, run.failed,
		left > 0 ? ", the rest was not tried" : "");
	return run.done > 0 ? EXIT_PARTLY : run.first_exit;
}

static void watch_heading(struct cli *cli, const struct args *a)
{
	char now[32] = "", text[200];
	struct st_err err = { 0 };
	time_t t = time(NULL);
	struct tm tm;
	int n;

	if (cli->opt.format != OUT_TABLE || !cli->term.out_tty)
		return;
	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S", &tm);
	n = a->m->watch != NULL
		    ? snprintf(text, sizeof(text), "\033[H\033[2Jsteward %s   live   %s\n\n",
			       a->m->words, now)
		    : snprintf(text, sizeof(text), "\033[H\033[2Jsteward %s   every %g s   %s\n\n",
			       a->m->words, cli->opt.watch_ms / 1000.0, now);
	(void)stdout_write(text, n > 0 ? (size_t)n : 0, &err);
}

int repeat_watch(struct cli *cli, struct args *a, int (*once)(struct cli *cli, struct args *a))
{
	struct arena *life = cli->mem, turn;
	/* Clocks go on where nothing changes; who names an interval gets it. */
	uint32_t wait_ms = a->m->watch != NULL && cli->opt.watch_ms == WATCH_DEFAULT_MS
				   ? WATCH_LIVE_MS
				   : cli->opt.watch_ms;
	struct follow follow;
	int rc;

	follow_start(&follow, cli, a->m->watch);
	if (cli->opt.format == OUT_JSON)
		cli->term.out_tty = false; /* one document a line */
	do {
		arena_init(&turn, TURN_ARENA);
		cli->mem = &turn;
		watch_heading(cli, a);
		rc = once(cli, a);
		cli->mem = life;
		arena_fini(&turn);
		if (rc == EXIT_DONE || rc == EXIT_NO || rc == EXIT_UNREACHABLE)
			follow_wait(&follow, wait_ms);
	} while (rc == EXIT_DONE || rc == EXIT_NO || rc == EXIT_UNREACHABLE);
	follow_stop(&follow);
	return rc;
}

struct stream_run {
	struct cli *cli;
	struct args *a;
	const ProtobufCFieldDescriptor *after; /* of the request: where to go on */
	uint64_t count;
	bool enough;
	struct st_err err; /* printing failed */
	char cursor[4096];
};

static void stream_note_cursor(struct stream_run *run, const ProtobufCMessage *msg,
			       struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, "cursor");
	const char *cursor = f != NULL ? field_text(msg, f, 0, mem) : NULL;

	if (cursor != NULL)
		(void)snprintf(run->cursor, sizeof(run->cursor), "%s", cursor);
}

static bool stream_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct stream_run *run = arg;
	struct arena mem;
	enum st_code code;

	arena_init(&mem, 16u << 20);
	code = result_line(run->cli, run->a->m, msg, run->count == 0, &mem, &run->err);
	stream_note_cursor(run, msg, &mem);
	arena_fini(&mem);
	run->count++;
	run->enough = run->cli->opt.limit > 0 && run->count >= (uint64_t)run->cli->opt.limit;
	return code == ST_OK && !run->enough;
}

static enum st_code stream_once(struct stream_run *run, struct call_result *call)
{
	const struct call_options o = invoke_options(run->cli, run->a->m);
	struct interrupt stop;
	struct arena mem;

	memset(call, 0, sizeof(*call));
	arena_init(&mem, 16u << 20);
	if (run->cursor[0] != '\0' && run->after != NULL &&
	    field_set_text(run->a->request, run->after, run->cursor, strlen(run->cursor), &mem,
			   &call->err) != ST_OK) {
		arena_fini(&mem);
		return call->err.code;
	}
	interrupt_start(&stop, run->cli, NULL);
	(void)client_stream(run->cli->client, run->a->m, run->a->request, &o, &mem,
			    stream_on_message, run, call);
	interrupt_stop(&stop);
	call->reply = NULL;
	call->violations = NULL;
	call->n_violations = 0;
	if (run->after != NULL && run->cursor[0] != '\0')
		field_clear(run->a->request, run->after);
	arena_fini(&mem);
	return call->err.code;
}

int repeat_stream(struct cli *cli, struct args *a)
{
	struct stream_run run = { .cli = cli,
				  .a = a,
				  .after = message_field(a->m->in->desc, "after") };
	struct call_result call;
	struct follow pause;

	for (;;) {
		enum st_code code = stream_once(&run, &call);

		if (run.err.code != ST_OK)
			return report_err(cli, &run.err);
		if (run.enough)
			return EXIT_DONE;
		if (code != ST_UNAVAILABLE || run.count == 0 ||
		    strcmp(call.err.reason, "TURNED_AWAY") == 0)
			return code == ST_OK ? EXIT_DONE : invoke_report(cli, &call);
		cli_say(cli, "%s; trying again.", call.err.message);
		follow_start(&pause, cli, NULL);
		follow_wait(&pause, RECONNECT_MS);
		follow_stop(&pause);
	}
}
