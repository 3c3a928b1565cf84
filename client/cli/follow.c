#include "client/cli/follow.h"

#include <string.h>

#include "client/cli/invoke.h"

#define FOLLOW_ARENA (16u << 20)
#define FOLLOW_SETTLE_MS 150u /* what belongs together comes within this */

static bool follow_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct follow *f = arg;
	const ProtobufCFieldDescriptor *id = message_field(msg->descriptor, "id");

	/* The first one holds nothing but where it begins. */
	f->changed = f->changed || (id != NULL && field_is_set(msg, id));
	return true;
}

static void follow_on_done(void *arg, struct call_result *r)
{
	struct follow *f = arg;

	(void)r;
	f->call = NULL;
	f->changed = true; /* whatever happened meanwhile is not known */
}

static enum st_code follow_ask(struct follow *f, const struct rpc_method *m, struct st_err *err)
{
	const struct call_options o = { .property = invoke_options(f->cli, m).property };
	const ProtobufCFieldDescriptor *field = message_field(m->in->desc, "entities");
	ProtobufCMessage *rq = message_new(m->in->desc, &f->mem);
	const char *at = f->entities;

	if (rq == NULL || field == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		ST_TRY(field_set_text(rq, field, at, len, &f->mem, err));
		at += len + strspn(at + len, " ");
	}
	return client_start_stream(f->cli->client, m, rq, &o, &f->mem, follow_on_message,
				   follow_on_done, f, &f->call, err);
}

static void follow_listen(struct follow *f)
{
	const struct rpc_method *m = rpc_find("event.Watch");
	struct st_err err = { 0 };

	if (f->call != NULL || f->entities == NULL || m == NULL)
		return;
	arena_fini(&f->mem);
	arena_init(&f->mem, FOLLOW_ARENA);
	if (follow_ask(f, m, &err) != ST_OK)
		f->call = NULL; /* the time is waited for instead */
}

void follow_start(struct follow *f, struct cli *cli, const char *entities)
{
	*f = (struct follow){ .cli = cli, .entities = entities };
	arena_init(&f->mem, FOLLOW_ARENA);
	follow_listen(f);
}

static void follow_on_timer(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void follow_on_closed(uv_handle_t *handle)
{
	*(bool *)handle->data = true;
}

/* Runs the loop for so long, or, where 'until' is given, until that is true. */
static void follow_run(struct follow *f, uint32_t ms, const bool *until)
{
	bool over = false, closed = false;
	uv_timer_t timer;

	must(uv_timer_init(cli_loop(f->cli), &timer) == 0);
	timer.data = &over;
	uv_update_time(cli_loop(f->cli));
	(void)uv_timer_start(&timer, follow_on_timer, ms, 0);
	while (!over && (until == NULL || !*until))
		(void)uv_run(cli_loop(f->cli), UV_RUN_ONCE);
	timer.data = &closed;
	uv_close((uv_handle_t *)&timer, follow_on_closed);
	while (!closed)
		(void)uv_run(cli_loop(f->cli), UV_RUN_NOWAIT);
}

void follow_wait(struct follow *f, uint32_t most_ms)
{
	struct interrupt stop;

	interrupt_start(&stop, f->cli, NULL);
	follow_listen(f);
	follow_run(f, most_ms, &f->changed);
	if (f->changed)
		follow_run(f, FOLLOW_SETTLE_MS, NULL);
	f->changed = false;
	interrupt_stop(&stop);
}

void follow_stop(struct follow *f)
{
	if (f->call != NULL)
		client_cancel(f->call);
	while (f->call != NULL)
		(void)uv_run(cli_loop(f->cli), UV_RUN_ONCE);
	arena_fini(&f->mem);
}
