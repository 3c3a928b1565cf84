#include "client/tui/printing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/print.h"
#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/choose.h"
#include "client/tui/source.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/list.h"
#include "common/wire.h"

#define JOB_ARENA (160u << 20)
#define ASK_ARENA (1u << 20)
#define PATH_BYTES 600

/* What somebody is asked about, or what could not be printed. */
struct asked {
	struct arena mem;
	bool open;
	struct print_ask ask;
	struct uuid key;
};

struct printing {
	struct app *app;
	struct renderer *renderer; /* NULL: nothing was drawn yet */
	struct list jobs;
	struct asked asked, failed;
};

struct job {
	struct list link;
	struct printing *p;
	struct arena mem;
	struct print_ask ask;
	struct uuid key;
	struct print_to to;
	struct call *call;
	const ProtobufCMessage *reply;
	uint8_t *bytes;
	size_t len;
	uv_work_t work;
	struct st_err err;
};

static const char to_printer[] = "printer", to_file[] = "file", to_nothing[] = "nothing";

static void asked_drop(struct asked *a)
{
	if (a->open)
		arena_fini(&a->mem);
	*a = (struct asked){ 0 };
}

static bool asked_keep(struct asked *a, const struct print_ask *ask, const struct uuid *key)
{
	asked_drop(a);
	arena_init(&a->mem, ASK_ARENA);
	a->open = true;
	a->ask = *ask;
	a->ask.request = request_copy(ask->m, ask->request, &a->mem);
	a->key = *key;
	return a->ask.request != NULL;
}

/* Is it the document that could not be printed before? */
static bool asked_is(const struct asked *a, const struct print_ask *ask)
{
	struct slice before = { 0 }, now = { 0 };
	struct arena mem;
	struct st_err err;
	bool same;

	if (!a->open || a->ask.m != ask->m)
		return false;
	arena_init(&mem, ASK_ARENA);
	same = wire_pack(a->ask.request, &mem, &before, &err) == ST_OK &&
	       wire_pack(ask->request, &mem, &now, &err) == ST_OK && before.len == now.len &&
	       memcmp(before.data, now.data, now.len) == 0;
	arena_fini(&mem);
	return same;
}

struct printing *printing_new(struct app *app)
{
	struct printing *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->app = app;
	list_init(&p->jobs);
	return p;
}

static void job_free(struct job *j)
{
	list_remove(&j->link);
	arena_fini(&j->mem);
	free(j->bytes);
	free(j);
}

/* "SUN-26-000123 (copy 2)" */
static const char *job_what(struct job *j)
{
	const Steward__Prints *prints = (const Steward__Prints *)j->reply;
	const char *what = NULL;

	if (j->reply != NULL && j->reply->descriptor == &steward__prints__descriptor &&
	    prints->n_prints == 1 && prints->prints[0]->number != NULL)
		what = prints->prints[0]->copy > 0
			       ? arena_printf(&j->mem, _("%s (copy %u)"), prints->prints[0]->number,
					      prints->prints[0]->copy)
			       : prints->prints[0]->number;
	if (what == NULL)
		what = things_title_of(j->ask.m, j->ask.request, &j->mem);
	return what;
}

static void job_end(struct job *j)
{
	struct app *app = j->p->app;

	if (j->err.code == ST_OK) {
		app_say(app, _("%s is printed: %s"), job_what(j), j->to.path);
		if (asked_is(&j->p->failed, &j->ask))
			asked_drop(&j->p->failed);
	} else {
		app_alarm(app, _("%s is not printed: %s"), job_what(j), j->err.message);
		/* What was refused is another one next time. */
		if (j->reply != NULL || j->err.code == ST_UNAVAILABLE ||
		    j->err.code == ST_DEADLINE_EXCEEDED)
			(void)asked_keep(&j->p->failed, &j->ask, &j->key);
	}
	job_free(j);
}

/* In a thread of its own: a printer may take its time. */
static void job_write(uv_work_t *work)
{
	struct job *j = work->data;

	(void)print_write(&j->to, (struct slice){ j->bytes, j->len }, &j->err);
}

static void job_written(uv_work_t *work, int status)
{
	struct job *j = work->data;

	if (status != 0)
		(void)st_fail(&j->err, ST_CANCELLED, NULL, NULL, "the program ended");
	job_end(j);
}

static void job_drawn(void *arg, const struct render_result *r)
{
	struct job *j = arg;

	j->err = r->err;
	if (r->err.code == ST_OK) {
		j->len = r->bytes.len;
		j->bytes = malloc(j->len + 1);
		if (j->bytes == NULL)
			(void)st_fail(&j->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				      "no memory");
		else
			memcpy(j->bytes, r->bytes.data, j->len);
	}
	j->work.data = j;
	if (j->err.code != ST_OK ||
	    uv_queue_work(&j->p->app->loop, &j->work, job_write, job_written) != 0)
		job_end(j);
}

static void job_draw(struct job *j)
{
	struct printing *p = j->p;
	Steward__PrintRequest request;

	if (print_count(j->reply) == 0)
		(void)st_fail(&j->err, ST_NOT_FOUND, "NOTHING", NULL, "there is nothing to print");
	else if (p->renderer == NULL &&
		 renderer_new(&p->app->loop, NULL, 0, &p->renderer, &j->err) != ST_OK)
		p->renderer = NULL;
	else if (print_request(j->reply, &j->to, &j->mem, &request, &j->err) == ST_OK)
		(void)render_start(p->renderer, &request, job_drawn, j, &j->err);
	if (j->err.code != ST_OK)
		job_end(j);
}

static void job_called(void *arg, struct call_result *r)
{
	struct job *j = arg;

	j->call = NULL;
	app_line(j->p->app, &r->err);
	j->err = r->err;
	j->reply = r->err.code == ST_OK ? r->reply : NULL;
	if (j->reply == NULL)
		job_end(j);
	else
		job_draw(j);
}

/* A document under the key that it may have failed with before. */
static void job_start(struct printing *p, const struct asked *a, const struct print_to *to)
{
	const char *property = app_property(p->app);
	struct call_options o = { .property = property };
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return;
	arena_init(&j->mem, JOB_ARENA);
	list_push(&p->jobs, &j->link);
	j->p = p;
	j->ask = a->ask;
	j->ask.request = request_copy(a->ask.m, a->ask.request, &j->mem);
	j->key = a->key;
	j->to = *to;
	j->to.path = arena_strdup(&j->mem, to->path);
	if (a->ask.m->rpc_class == STEWARD__CLASS__WRITE)
		o.key = j->key;
	if (j->ask.request == NULL || j->to.path == NULL)
		(void)st_fail(&j->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory");
	else
		(void)client_start(p->app->client, j->ask.m, j->ask.request, &o, &j->mem,
				   job_called, j, &j->call, &j->err);
	if (j->err.code != ST_OK)
		job_end(j);
}

static void printing_to(struct printing *p, const struct print_to *to)
{
	struct st_err err = { 0 };

	if (print_check(to, &err) != ST_OK)
		app_alarm(p->app, "%s", err.message);
	else
		job_start(p, &p->asked, to);
}

static void printing_file_named(void *arg, const struct choice *c)
{
	printing_to(arg, &(struct print_to){ .form = STEWARD__PRINT_FORM__PDF, .path = c->text });
}

/* A file of the thing's name, at home. */
static void printing_ask_file(struct printing *p)
{
	const char *home = getenv("HOME");
	const struct rpc_method *m = p->asked.ask.m;
	int field = method_field_of_place(m, 1);
	const char *what = field >= 0 ? field_text(p->asked.ask.request,
						   &m->in->desc->fields[field], 0, &p->asked.mem)
				      : NULL;
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s.pdf", home != NULL ? home : ".",
		       what != NULL && strchr(what, '/') == NULL ? what : m->cap);
	app_push(p->app, choose_new(p->app, &(struct choose_ask){ .title = _("PDF file"),
								  .typed = path,
								  .chosen = printing_file_named,
								  .arg = p,
								  .free_text = true }));
}

static void printing_chosen(void *arg, const struct choice *c)
{
	struct printing *p = arg;

	if (c->data == to_file)
		printing_ask_file(p);
	else if (c->data == to_printer)
		printing_to(p, &(struct print_to){ .form = STEWARD__PRINT_FORM__ESCPOS,
						   .path = p->app->profile.printer,
						   .printer = true,
						   .drawer = p->asked.ask.drawer });
}

void printing_ask(struct app *app, const struct print_ask *ask)
{
	struct printing *p = app->printing;
	const char *printer = app->profile.printer;
	const struct choice items[] = {
		{ .text = _("on the printer"),
		  .detail = printer,
		  .why_not = printer[0] == '\0' ? _("client.conf has no line printer = DEVICE")
						: NULL,
		  .data = to_printer },
		{ .text = _("into a PDF file"), .data = to_file },
		{ .text = _("not now"), .data = to_nothing },
	};
	struct uuid key = uuid_is_zero(&ask->of) ? uuid_v7(app_now_us(app) / 1000)
						 : print_key(&ask->of);

	if (asked_is(&p->failed, ask))
		key = p->failed.key;
	if (!asked_keep(&p->asked, ask, &key)) {
		app_alarm(app, "%s", _("There is no memory left for this."));
		return;
	}
	app_push(app,
		 choose_new(app, &(struct choose_ask){ .title = things_title_of(
							       ask->m, ask->request, &p->asked.mem),
						       .items = items,
						       .n = sizeof(items) / sizeof(items[0]),
						       .chosen = printing_chosen,
						       .arg = p }));
}

static void jobs_cancel(struct printing *p)
{
	list_each(node, &p->jobs)
	{
		struct job *j = container_of(node, struct job, link);

		if (j->call != NULL)
			client_cancel(j->call);
	}
}

void printing_free(struct printing *p)
{
	if (p == NULL)
		return;
	app_linger(p->app, &p->jobs);
	jobs_cancel(p);
	renderer_free(p->renderer);
	while (!list_empty(&p->jobs))
		(void)uv_run(&p->app->loop, UV_RUN_ONCE);
	asked_drop(&p->asked);
	asked_drop(&p->failed);
	free(p);
}
