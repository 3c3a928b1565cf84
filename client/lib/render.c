#include "client/lib/render.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/list.h"
#include "common/wire.h"

#define PREFIX 4
#define REQUEST_BYTES_MAX (32u << 20)
#define REPLY_BYTES_MAX ((64u << 20) + 8192)
#define REPLY_ARENA (2ull * REPLY_BYTES_MAX)
#define READ_BYTES 65536u

enum renderer_state { RENDERER_DOWN, RENDERER_UP, RENDERER_CLOSING };

struct render_job {
	struct list link;
	uint8_t *bytes; /* length and PrintRequest */
	size_t len;
	void (*done)(void *arg, const struct render_result *result);
	void *arg;
};

struct renderer {
	uv_loop_t *loop;
	char program[1024];
	unsigned timeout_ms;
	enum renderer_state state;
	struct list jobs; /* the first one is being drawn if 'sent' */
	bool sent, freeing;
	unsigned open; /* handles of the process and pipes that are not closed */
	uv_process_t process;
	bool running;
	uv_pipe_t in, out; /* of the process */
	uv_write_t write;
	uint8_t *sending; /* what libuv writes: lives until the pipe is closed or the next one */
	struct buf got;
	struct st_err why;     /* why the process is being ended */
	uv_timer_t wake, late; /* look at everything; the first job takes too long */
	unsigned timers;
};

static void renderer_pump(struct renderer *r);

static void renderer_on_wake(uv_timer_t *timer)
{
	renderer_pump(timer->data);
}

/* Looks at everything from the loop's next turn on. */
static void renderer_wake(struct renderer *r)
{
	int rc = uv_timer_start(&r->wake, renderer_on_wake, 0, 0);

	must(rc == 0);
}

/* Ends the first job: the one place that calls back. */
static void renderer_settle(struct renderer *r, const struct render_result *result)
{
	struct render_job *job = container_of(list_pop(&r->jobs), struct render_job, link);

	r->sent = false;
	(void)uv_timer_stop(&r->late);
	job->done(job->arg, result);
	free(job->bytes);
	free(job);
}

static void renderer_fail_first(struct renderer *r, const struct st_err *why)
{
	struct render_result result = { .err = *why };

	if (!list_empty(&r->jobs))
		renderer_settle(r, &result);
}

static void renderer_on_close(uv_handle_t *handle)
{
	struct renderer *r = handle->data;

	if (--r->open > 0)
		return;
	free(r->sending);
	r->sending = NULL;
	buf_fini(&r->got);
	r->state = RENDERER_DOWN;
	if (r->freeing)
		return;
	if (r->sent)
		renderer_fail_first(r, &r->why);
	renderer_wake(r);
}

/* Kills the process; its handles are closed when it is gone, so that no dead child is left. */
static void renderer_drop(struct renderer *r, const char *why)
{
	if (r->state != RENDERER_UP)
		return;
	r->state = RENDERER_CLOSING;
	r->why = (struct st_err){ 0 };
	(void)st_fail(&r->why, ST_UNAVAILABLE, "RENDERER_LOST", NULL,
		      "steward-render gave no answer: %s", why);
	uv_close((uv_handle_t *)&r->in, renderer_on_close);
	uv_close((uv_handle_t *)&r->out, renderer_on_close);
	if (r->running)
		(void)uv_process_kill(&r->process, SIGKILL);
	else
		uv_close((uv_handle_t *)&r->process, renderer_on_close);
}

static void renderer_on_exit(uv_process_t *process, int64_t status, int signal)
{
	struct renderer *r = process->data;

	r->running = false;
	if (r->state == RENDERER_UP)
		renderer_drop(r, "it ended");
	else
		uv_close((uv_handle_t *)process, renderer_on_close);
}

static void renderer_on_late(uv_timer_t *timer)
{
	renderer_drop(timer->data, "it took too long");
}

static void renderer_on_write(uv_write_t *req, int status)
{
	if (status < 0 && status != UV_ECANCELED)
		renderer_drop(req->data, "it does not read");
}

static void renderer_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct renderer *r = handle->data;
	uint8_t *room = buf_reserve(&r->got, READ_BYTES);

	*ret = uv_buf_init((char *)room, room != NULL ? READ_BYTES : 0);
}

static void renderer_take_reply(struct renderer *r, struct slice bytes)
{
	struct render_result result = { 0 };
	ProtobufCMessage *msg = NULL;
	struct arena mem;
	enum st_code code;

	arena_init(&mem, REPLY_ARENA);
	code = wire_unpack(&rules_steward__print_reply, bytes, &mem, &msg, &result.err);
	if (code == ST_OK) {
		const Steward__PrintReply *reply = (Steward__PrintReply *)msg;

		result.pages = reply->pages;
		result.bytes = slice_of(reply->data.data, reply->data.len);
		if (reply->code != ST_OK)
			(void)st_fail(&result.err, st_code_from_wire(reply->code), reply->reason,
				      reply->field, "%s",
				      reply->message != NULL ? reply->message : "");
	}
	renderer_settle(r, &result);
	arena_fini(&mem);
}

/* The first reply of what came so far, if it is whole. */
static void renderer_take(struct renderer *r)
{
	struct slice got = buf_peek(&r->got);
	uint32_t n;

	if (got.len < PREFIX)
		return;
	n = frame_u32(got.data);
	if (!r->sent || n > REPLY_BYTES_MAX) {
		renderer_drop(r, "its answer makes no sense");
		return;
	}
	if (got.len < PREFIX + n)
		return;
	renderer_take_reply(r, slice_of(got.data + PREFIX, n));
	buf_consume(&r->got, PREFIX + n);
	buf_release(&r->got);
	renderer_wake(r);
}

static void renderer_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct renderer *r = stream->data;

	if (n > 0) {
		buf_commit(&r->got, (size_t)n);
		renderer_take(r);
	} else if (n == UV_ENOBUFS) {
		renderer_drop(r, "there is no memory for it");
	} else if (n < 0) {
		renderer_drop(r, "it ended");
	}
}

/* Handles that wait for nothing must not keep the loop running. */
static void renderer_hold(struct renderer *r, bool busy)
{
	uv_handle_t *const handles[] = { (uv_handle_t *)&r->process, (uv_handle_t *)&r->in,
					 (uv_handle_t *)&r->out };

	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++) {
		if (busy)
			uv_ref(handles[i]);
		else
			uv_unref(handles[i]);
	}
}

/* False: it could not be started; then the state is CLOSING. */
static bool renderer_spawn(struct renderer *r)
{
	char *args[] = { r->program, (char[]){ "--serve" }, NULL };
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
		  .data.stream = (uv_stream_t *)&r->in },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&r->out },
		{ .flags = UV_IGNORE },
	};
	uv_process_options_t options = { .file = r->program,
					 .args = args,
					 .stdio = stdio,
					 .stdio_count = 3,
					 .exit_cb = renderer_on_exit };
	int rc = uv_pipe_init(r->loop, &r->in, 0);

	must(rc == 0);
	rc = uv_pipe_init(r->loop, &r->out, 0);
	must(rc == 0);
	r->in.data = r->out.data = r->process.data = r->write.data = r;
	r->open = 3;
	buf_init(&r->got, PREFIX + REPLY_BYTES_MAX + READ_BYTES);
	r->state = RENDERER_UP;
	rc = uv_spawn(r->loop, &r->process, &options);
	r->running = rc == 0;
	if (rc == 0)
		rc = uv_read_start((uv_stream_t *)&r->out, renderer_alloc, renderer_on_read);
	if (rc == 0)
		return true;
	renderer_drop(r, uv_strerror(rc));
	(void)st_fail(&r->why, ST_FAILED_PRECONDITION, "NO_RENDERER", NULL,
		      "cannot start %s, which draws documents: %s", r->program, uv_strerror(rc));
	return false;
}

static void renderer_send(struct renderer *r)
{
	struct render_job *job = container_of(r->jobs.next, struct render_job, link);
	uv_buf_t b = uv_buf_init((char *)job->bytes, (unsigned)job->len);
	int rc;

	free(r->sending);
	r->sending = job->bytes;
	job->bytes = NULL;
	r->sent = true;
	rc = uv_timer_start(&r->late, renderer_on_late, r->timeout_ms, 0);
	must(rc == 0);
	rc = uv_write(&r->write, (uv_stream_t *)&r->in, &b, 1, renderer_on_write);
	if (rc != 0)
		renderer_drop(r, uv_strerror(rc));
}

static void renderer_pump(struct renderer *r)
{
	if (r->state == RENDERER_CLOSING || r->sent)
		return;
	if (list_empty(&r->jobs)) {
		if (r->state == RENDERER_UP)
			renderer_hold(r, false);
		return;
	}
	if (r->state == RENDERER_DOWN && !renderer_spawn(r)) {
		r->sent = true; /* the first job fails when the handles are closed */
		return;
	}
	renderer_hold(r, true);
	renderer_send(r);
}

/* Where the program is: see renderer_new(). */
static void renderer_find(char *out, size_t size)
{
	static const char *const places[] = { "steward-render", "../render/steward-render" };
	const char *given = getenv("STEWARD_RENDER");
	char self[700];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = 0;
	slash = strrchr(self, '/');
	if (given != NULL && given[0] != 0) {
		(void)snprintf(out, size, "%s", given);
		return;
	}
	for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(*places); i++) {
		(void)snprintf(out, size, "%.*s/%s", (int)(slash - self), self, places[i]);
		if (access(out, X_OK) == 0)
			return;
	}
	(void)snprintf(out, size, "steward-render");
}

enum st_code renderer_new(uv_loop_t *loop, const char *program, unsigned timeout_ms,
			  struct renderer **ret, struct st_err *err)
{
	struct renderer *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	r->loop = loop;
	r->timeout_ms = timeout_ms > 0 ? timeout_ms : RENDER_TIMEOUT_MS;
	if (program != NULL)
		(void)snprintf(r->program, sizeof(r->program), "%s", program);
	else
		renderer_find(r->program, sizeof(r->program));
	list_init(&r->jobs);
	rc = uv_timer_init(loop, &r->wake);
	must(rc == 0);
	rc = uv_timer_init(loop, &r->late);
	must(rc == 0);
	r->wake.data = r->late.data = r;
	r->timers = 2;
	*ret = r;
	return ST_OK;
}

static void renderer_on_timer_closed(uv_handle_t *handle)
{
	struct renderer *r = handle->data;

	r->timers--;
}

void renderer_free(struct renderer *r)
{
	struct st_err err = { 0 };

	if (r == NULL)
		return;
	r->freeing = true;
	(void)st_fail(&err, ST_CANCELLED, NULL, NULL, "the renderer was closed");
	while (!list_empty(&r->jobs))
		renderer_fail_first(r, &err);
	if (r->state == RENDERER_UP)
		renderer_hold(r, true);
	renderer_drop(r, "it was closed");
	uv_close((uv_handle_t *)&r->wake, renderer_on_timer_closed);
	uv_close((uv_handle_t *)&r->late, renderer_on_timer_closed);
	while (r->timers > 0 || r->state != RENDERER_DOWN)
		(void)uv_run(r->loop, UV_RUN_ONCE);
	free(r);
}

enum st_code render_start(struct renderer *r, const Steward__PrintRequest *request,
			  void (*done)(void *arg, const struct render_result *result), void *arg,
			  struct st_err *err)
{
	size_t n = steward__print_request__get_packed_size(request);
	struct render_job *job;

	if (n > REQUEST_BYTES_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LARGE", "documents",
			       "the documents have more than %u bytes", REQUEST_BYTES_MAX);
	job = calloc(1, sizeof(*job));
	if (job != NULL)
		job->bytes = malloc(PREFIX + n);
	if (job == NULL || job->bytes == NULL) {
		free(job);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "there is no memory");
	}
	frame_put_u32(job->bytes, (uint32_t)n);
	(void)steward__print_request__pack(request, job->bytes + PREFIX);
	job->len = PREFIX + n;
	job->done = done;
	job->arg = arg;
	list_push(&r->jobs, &job->link);
	renderer_wake(r);
	return ST_OK;
}

struct render_waiter {
	struct renderer *r;
	struct arena *mem;
	struct render_result *ret;
	bool done;
};

static void render_waiter_done(void *arg, const struct render_result *result)
{
	struct render_waiter *w = arg;

	*w->ret = *result;
	if (result->err.code == ST_OK) {
		w->ret->bytes = arena_slice(w->mem, result->bytes);
		if (w->ret->bytes.data == NULL)
			(void)st_fail(&w->ret->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				      "there is no memory for what was drawn");
	}
	w->done = true;
	uv_stop(w->r->loop); /* a timer's callback alone would let the loop wait for I/O */
}

enum st_code render_document(struct renderer *r, const Steward__PrintRequest *request,
			     struct arena *mem, struct render_result *ret)
{
	struct render_waiter w = { r, mem, ret, false };

	*ret = (struct render_result){ 0 };
	if (render_start(r, request, render_waiter_done, &w, &ret->err) != ST_OK)
		return ret->err.code;
	while (!w.done)
		(void)uv_run(r->loop, UV_RUN_ONCE);
	return ret->err.code;
}
