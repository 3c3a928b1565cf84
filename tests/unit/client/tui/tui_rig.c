#include "tests/unit/client/tui/tui_rig.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curses.h>

#include "client/tui/source.h"
#include "client/tui/status.h"
#include "common/file.h"
#include "common/json_read.h"
#include "common/wire.h"

#define NOW_US INT64_C(1795425240000000) /* 2026-11-23 09:14 UTC */
#define SENT_MAX 200

struct sent {
	const struct rpc_method *m;
	const ProtobufCMessage *request;
	struct arena *mem;
	void (*done)(void *arg, struct call_result *r);
	bool (*on_message)(void *arg, const ProtobufCMessage *msg);
	void *arg;
	struct uuid key;
	bool over;
};

struct tui_rig {
	struct app app;
	struct clock clock;
	int64_t now_us;
	struct sent sent[SENT_MAX];
	size_t n_sent;
	struct arena mem;
	SCREEN *screen;
	FILE *null;
};

static struct tui_rig *rig; /* one at a time: client_start() knows no other */

static int64_t rig_wall_us(struct clock *c)
{
	(void)c;
	return rig->now_us;
}

static uint64_t rig_mono_ms(struct clock *c)
{
	(void)c;
	return (uint64_t)(rig->now_us / 1000);
}

enum st_code __wrap_client_start(struct client *c, const struct rpc_method *m,
				 const ProtobufCMessage *request, const struct call_options *o,
				 struct arena *mem, void (*done)(void *arg, struct call_result *r),
				 void *arg, struct call **ret, struct st_err *err);
enum st_code __wrap_client_start(struct client *c, const struct rpc_method *m,
				 const ProtobufCMessage *request, const struct call_options *o,
				 struct arena *mem, void (*done)(void *arg, struct call_result *r),
				 void *arg, struct call **ret, struct st_err *err)
{
	struct sent *s = &rig->sent[rig->n_sent++];

	(void)c;
	(void)err;
	assert_true(rig->n_sent < SENT_MAX);
	*s = (struct sent){ .m = m,
			    .request = request_copy(m, request, &rig->mem),
			    .mem = mem,
			    .done = done,
			    .arg = arg,
			    .key = o->key };
	*ret = (struct call *)s;
	return ST_OK;
}

enum st_code __wrap_client_start_stream(struct client *c, const struct rpc_method *m,
					const ProtobufCMessage *request,
					const struct call_options *o, struct arena *mem,
					bool (*on_message)(void *arg, const ProtobufCMessage *msg),
					void (*done)(void *arg, struct call_result *r), void *arg,
					struct call **ret, struct st_err *err);
enum st_code __wrap_client_start_stream(struct client *c, const struct rpc_method *m,
					const ProtobufCMessage *request,
					const struct call_options *o, struct arena *mem,
					bool (*on_message)(void *arg, const ProtobufCMessage *msg),
					void (*done)(void *arg, struct call_result *r), void *arg,
					struct call **ret, struct st_err *err)
{
	enum st_code code = __wrap_client_start(c, m, request, o, mem, done, arg, ret, err);

	rig->sent[rig->n_sent - 1].on_message = on_message;
	return code;
}

void __wrap_client_cancel(struct call *call);
void __wrap_client_cancel(struct call *call)
{
	struct sent *s = (struct sent *)call;
	struct call_result r = { .err = { .code = ST_CANCELLED } };

	s->over = true;
	s->done(s->arg, &r);
}

static struct sent *rig_oldest(struct tui_rig *r, const char *method)
{
	for (size_t i = 0; i < r->n_sent; i++)
		if (!r->sent[i].over && strcmp(r->sent[i].m->name, method) == 0)
			return &r->sent[i];
	return NULL;
}

size_t tui_waiting(struct tui_rig *r, const char *method)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_sent; i++)
		n += !r->sent[i].over && strcmp(r->sent[i].m->name, method) == 0 ? 1 : 0;
	return n;
}

const ProtobufCMessage *tui_asked(struct tui_rig *r, const char *method)
{
	const struct sent *s = rig_oldest(r, method);

	if (s == NULL)
		print_error("%s is not asked for\n%s\n", method, tui_screen(r));
	assert_non_null(s);
	return s->request;
}

struct uuid tui_asked_key(struct tui_rig *r, const char *method)
{
	(void)tui_asked(r, method);
	return rig_oldest(r, method)->key;
}

void tui_answer(struct tui_rig *r, const char *method, const char *json)
{
	struct sent *s = rig_oldest(r, method);
	struct call_result result = { 0 };
	struct st_err err = { 0 };
	char *text = arena_strdup(&r->mem, json);

	(void)tui_asked(r, method);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	result.reply = message_new(s->m->out->desc, s->mem);
	if (json_read(slice_str(text), result.reply, s->mem, &err) != ST_OK)
		print_error("%s: %s\n", method, err.message);
	assert_int_equal(err.code, ST_OK);
	s->over = true;
	s->done(s->arg, &result);
}

void tui_refuse(struct tui_rig *r, const char *method, enum st_code code, const char *reason,
		const char *field, const char *message)
{
	struct sent *s = rig_oldest(r, method);
	struct call_result result = { 0 };

	(void)tui_asked(r, method);
	(void)st_fail(&result.err, code, reason, field, "%s", message);
	s->over = true;
	s->done(s->arg, &result);
}

void tui_roles(struct tui_rig *r, uint32_t roles)
{
	r->app.person.grants[0].role = roles;
}

/* libform and the pads it writes on need a screen, if only one that nobody sees. */
static void rig_curses(struct tui_rig *r)
{
	r->null = fopen("/dev/null", "r+");
	assert_non_null(r->null);
	r->screen = newterm("xterm", r->null, r->null);
	assert_non_null(r->screen);
}

int tui_setup(void **state)
{
	const struct app_options o = { .property = "SUN" };
	struct st_err err = { 0 };
	struct tui_rig *r = calloc(1, sizeof(*r));
	char home[60];

	(void)setlocale(LC_ALL, "C.UTF-8");
	(void)setenv("TZ", "UTC", 1);
	(void)snprintf(home, sizeof(home), "/tmp/steward-tui-unit-%d", (int)getpid());
	(void)setenv("XDG_STATE_HOME", home, 1);
	rig = r;
	arena_init(&r->mem, 256u << 20);
	rig_curses(r);
	r->now_us = NOW_US;
	r->clock = (struct clock){ rig_mono_ms, rig_wall_us };
	if (app_begin(&r->app, &o, &err) != ST_OK)
		return -1;
	r->app.clock = &r->clock;
	(void)snprintf(r->app.property, sizeof(r->app.property), "SUN");
	r->app.person = (struct person){
		.login = "li", .full_name = "Li Na", .device = "desk2", .known = true, .n_grants = 1
	};
	r->app.person.grants[0].role = ~0u;
	status_line(r->app.status, &(struct st_err){ 0 });
	*state = r;
	return 0;
}

int tui_teardown(void **state)
{
	struct tui_rig *r = *state;
	char command[100];

	/* Nobody answers what is still asked for. */
	r->app.running = false;
	for (size_t i = 0; i < r->n_sent; i++)
		if (!r->sent[i].over)
			__wrap_client_cancel((struct call *)&r->sent[i]);
	app_end(&r->app);
	(void)endwin();
	delscreen(r->screen);
	(void)fclose(r->null);
	arena_fini(&r->mem);
	free(r);
	(void)snprintf(command, sizeof(command), "rm -rf /tmp/steward-tui-unit-%d", (int)getpid());
	return system(command) == 0 ? 0 : -1;
}

struct app *tui_app(struct tui_rig *r)
{
	return &r->app;
}

void tui_size(struct tui_rig *r, int height, int width)
{
	r->app.height = height;
	r->app.width = width;
	(void)tui_screen(r);
}

static const char *rig_type(struct tui_rig *r, const char *at)
{
	mbstate_t mbs = { 0 };
	wchar_t wc;

	while (*at != '\'' && *at != '\0') {
		size_t n = mbrtowc(&wc, at, MB_CUR_MAX, &mbs);

		assert_true(n > 0 && n < 8);
		app_key(&r->app, &(struct key){ .code = K_TEXT, .wc = wc });
		at += n;
	}
	return *at == '\'' ? at + 1 : at;
}

void tui_keys(struct tui_rig *r, const char *keys)
{
	while (*keys != '\0') {
		char name[40];
		size_t len = strcspn(keys, " ");
		struct key k;

		/* Fields open their editors when they are drawn. */
		(void)tui_screen(r);
		if (*keys == '\'') {
			keys = rig_type(r, keys + 1);
		} else {
			(void)snprintf(name, sizeof(name), "%.*s", (int)len, keys);
			k = key_named(name);
			assert_int_not_equal(k.code, K_NOTHING);
			app_key(&r->app, &k);
			keys += len;
		}
		keys += strspn(keys, " ");
	}
}

void tui_pass(struct tui_rig *r, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		r->now_us += 1000000;
		uv_update_time(&r->app.loop);
		r->app.second.timer_cb != NULL ? r->app.second.timer_cb(&r->app.second) : (void)0;
	}
}

/* The right half of a character that takes two cells. */
static bool rig_is_half(const struct cell *c)
{
	return c->text[0] == '\0' && c->line == 0;
}

/* A line of a layer over what is below it; of a character that is half covered nothing is seen, as
 * on a terminal. */
static void rig_lay(struct canvas *base, const struct layer *l, int y)
{
	struct cell *row = &base->cells[(l->y + y) * base->width];
	int width = l->canvas->width, end = l->x + width;

	if (l->x > 0 && rig_is_half(&row[l->x]))
		(void)snprintf(row[l->x - 1].text, sizeof(row[0].text), " ");
	if (end < base->width && rig_is_half(&row[end]))
		(void)snprintf(row[end].text, sizeof(row[0].text), " ");
	memcpy(&row[l->x], &l->canvas->cells[y * width], (size_t)width * sizeof(row[0]));
}

/* The cells of the lowest layer, which is all of it while no box is open; on the heap. */
static struct cell *rig_cells(struct tui_rig *r, size_t *ret_n)
{
	struct layer layers[TTY_LAYERS];
	struct cell *cells;

	assert_int_equal(app_draw(&r->app, layers), 1);
	*ret_n = (size_t)layers[0].canvas->height * (size_t)layers[0].canvas->width;
	cells = calloc(*ret_n, sizeof(*cells));
	assert_non_null(cells);
	memcpy(cells, layers[0].canvas->cells, *ret_n * sizeof(*cells));
	return cells;
}

static bool cell_same(const struct cell *a, const struct cell *b)
{
	return strcmp(a->text, b->text) == 0 && a->style == b->style && a->line == b->line;
}

size_t tui_frames(struct tui_rig *r, int seconds, size_t *ret_cells)
{
	size_t n, frames = 0;
	struct cell *before = rig_cells(r, &n);

	*ret_cells = 0;
	(void)uv_idle_stop(&r->app.paint);
	for (int s = 0; s < seconds; s++) {
		struct cell *now;

		tui_pass(r, 1);
		if (!uv_is_active((uv_handle_t *)&r->app.paint))
			continue;
		(void)uv_idle_stop(&r->app.paint);
		frames++;
		now = rig_cells(r, &n);
		for (size_t i = 0; i < n; i++)
			*ret_cells += cell_same(&before[i], &now[i]) ? 0 : 1;
		free(before);
		before = now;
	}
	free(before);
	return frames;
}

size_t tui_calls(const struct tui_rig *r)
{
	return r->n_sent;
}

static void rig_fire(uv_handle_t *handle, void *arg)
{
	uv_timer_t *timer = (uv_timer_t *)handle;

	if (handle->type != UV_TIMER || timer == arg || !uv_is_active(handle))
		return;
	(void)uv_timer_stop(timer);
	timer->timer_cb(timer);
}

void tui_settle(struct tui_rig *r)
{
	uv_walk(&r->app.loop, rig_fire, &r->app.second);
}

const char *tui_asked_text(struct tui_rig *r, const char *method, const char *field, size_t i)
{
	const ProtobufCMessage *rq = tui_asked(r, method);
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);
	const char *text;

	assert_non_null(f);
	text = i < field_count(rq, f) ? field_text(rq, f, i, &r->mem) : NULL;
	return text != NULL ? text : "";
}

const char *tui_screen(struct tui_rig *r)
{
	struct layer layers[TTY_LAYERS];
	size_t n = app_draw(&r->app, layers);
	struct canvas *base = layers[0].canvas;

	assert_true(n > 0);
	for (size_t i = 1; i < n; i++)
		for (int y = 0; y < layers[i].canvas->height; y++)
			rig_lay(base, &layers[i], y);
	return canvas_text(base, &r->mem);
}

void tui_expect(struct tui_rig *r, const char *name)
{
	const char *screen = tui_screen(r), *dir = getenv("TUI_WANT");
	struct slice want = { 0 };
	struct st_err err;
	char path[400];

	assert_non_null(dir);
	(void)snprintf(path, sizeof(path), "%s/%s.txt", dir, name);
	if (getenv("TUI_ACCEPT") != NULL) {
		FILE *out = fopen(path, "w");

		assert_non_null(out);
		assert_true(fputs(screen, out) >= 0 && fclose(out) == 0);
	}
	if (file_read(path, 1u << 20, &r->mem, &want, &err) != ST_OK ||
	    want.len != strlen(screen) || memcmp(want.data, screen, want.len) != 0) {
		print_error("%s is not as wanted (TUI_ACCEPT=1 takes it over):\n%s\n", name,
			    screen);
		fail();
	}
}

void tui_expect_text(struct tui_rig *r, const char *text)
{
	const char *screen = tui_screen(r);

	if (strstr(screen, text) == NULL)
		print_error("not on the screen: %s\n%s\n", text, screen);
	assert_non_null(strstr(screen, text));
}

void tui_expect_no_text(struct tui_rig *r, const char *text)
{
	const char *screen = tui_screen(r);

	if (strstr(screen, text) != NULL)
		print_error("still on the screen: %s\n%s\n", text, screen);
	assert_null(strstr(screen, text));
}
