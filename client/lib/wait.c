/* The calls that wait: what the command line uses. */
#include <string.h>

#include "client/lib/internal.h"

#define PING_MS 5000u

struct waiter {
	uv_loop_t *loop;
	bool done;
	struct call_result *ret;
	bool (*on_message)(void *arg, const ProtobufCMessage *msg);
	void *arg;
};

static void waiter_done(void *arg, struct call_result *r)
{
	struct waiter *w = arg;

	*w->ret = *r;
	w->done = true;
	uv_stop(w->loop); /* a timer's callback alone would let the loop go on to wait for I/O */
}

static bool waiter_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct waiter *w = arg;

	return w->on_message(w->arg, msg);
}

static void waiter_run(struct client *c, struct waiter *w)
{
	while (!w->done)
		(void)uv_run(c->loop, UV_RUN_ONCE);
}

/* A call that could not even be made fails like any other, so that callers look in one place. */
static enum st_code waiter_refused(struct call_result *ret, const struct st_err *err)
{
	memset(ret, 0, sizeof(*ret));
	ret->err = *err;
	return err->code;
}

enum st_code client_start(struct client *c, const struct rpc_method *m,
			  const ProtobufCMessage *request, const struct call_options *o,
			  struct arena *mem, void (*done)(void *arg, struct call_result *r),
			  void *arg, struct call **ret, struct st_err *err)
{
	struct call *call;

	ST_TRY(call_new(c, m, request, o, mem, &call, err));
	call->done = done;
	call->arg = arg;
	call_enqueue(call);
	*ret = call;
	return ST_OK;
}

enum st_code client_start_stream(struct client *c, const struct rpc_method *m,
				 const ProtobufCMessage *request, const struct call_options *o,
				 struct arena *mem,
				 bool (*on_message)(void *arg, const ProtobufCMessage *msg),
				 void (*done)(void *arg, struct call_result *r), void *arg,
				 struct call **ret, struct st_err *err)
{
	struct call *call;

	ST_TRY(call_new(c, m, request, o, mem, &call, err));
	call->on_message = on_message;
	call->done = done;
	call->arg = arg;
	call_enqueue(call);
	*ret = call;
	return ST_OK;
}

enum st_code client_call(struct client *c, const struct rpc_method *m,
			 const ProtobufCMessage *request, const struct call_options *o,
			 struct arena *mem, struct call_result *ret)
{
	struct waiter w = { .loop = c->loop, .ret = ret };
	struct st_err err = { 0 };
	struct call *call;

	if (client_start(c, m, request, o, mem, waiter_done, &w, &call, &err) != ST_OK)
		return waiter_refused(ret, &err);
	waiter_run(c, &w);
	return ret->err.code;
}

enum st_code client_stream(struct client *c, const struct rpc_method *m,
			   const ProtobufCMessage *request, const struct call_options *o,
			   struct arena *mem,
			   bool (*on_message)(void *arg, const ProtobufCMessage *msg), void *arg,
			   struct call_result *ret)
{
	struct waiter w = { .loop = c->loop, .ret = ret, .on_message = on_message, .arg = arg };
	struct st_err err = { 0 };
	struct call *call;

	if (client_start_stream(c, m, request, o, mem, waiter_on_message, waiter_done, &w, &call,
				&err) != ST_OK)
		return waiter_refused(ret, &err);
	waiter_run(c, &w);
	return ret->err.code;
}

double client_ping(struct client *c, struct st_err *err)
{
	const struct call_options o = { .timeout_ms = PING_MS };
	struct call_result ret;
	struct waiter w = { .loop = c->loop, .ret = &ret };
	struct arena mem;
	struct call *call;
	double ms = -1;

	arena_init(&mem, 64 << 10);
	if (call_new(c, NULL, NULL, &o, &mem, &call, err) == ST_OK) {
		call->done = waiter_done;
		call->arg = &w;
		call_enqueue(call);
		waiter_run(c, &w);
		if (ret.err.code == ST_OK)
			ms = (double)(uv_hrtime() / 1000 - call->sent_us) / 1000.0;
		else
			st_keep_first(err, &ret.err);
	}
	arena_fini(&mem);
	return ms;
}
