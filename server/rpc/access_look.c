/*
 * The look at the database that keeps what is remembered true.
 *
 *   idle -> looking (the epoch alone) -> idle                    the epoch stands
 *                                     -> looking (in full) -> idle   it moved
 *   access_poke(), or a login that seems idle here: in full at once
 *
 * A look in full reads the epoch first, then everything it stands for, each statement with a fresh
 * view: what is committed in between is known with an older epoch and read once more by the next
 * look, never missed.
 */
#include "server/rpc/access_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/db/bind.h"
#include "server/db/sql_stmts.h"

#define LOOK_MS 1000
#define TOUCH_MS 30000 /* how late the database may learn that a login was used */
#define LOOK_DEADLINE_MS 10000
#define LOOK_ARENA (32u << 20)
#define PROPERTIES_ARENA (8u << 20)

static void look_start(struct access *a, bool full);
static void look_on_done(struct db_unit *u);

static int uuid_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

enum st_code access_device_check(const struct access *a, const char *device, struct st_err *err)
{
	struct uuid id;

	if (a->n_shut_out > 0 && uuid_parse(device, strlen(device), &id) &&
	    bsearch(&id, a->shut_out, a->n_shut_out, sizeof(id), uuid_compare) != NULL)
		return st_fail(err, ST_PERMISSION_DENIED, "DEVICE_DISABLED", NULL,
			       "this device may not be used any more");
	return ST_OK;
}

/* -- building it -- */

/* Logins in use, or (used) those whose last use is not written down yet, as arrays. */
static bool look_sessions(struct access *a, bool used, const char **ret_ids, const char **ret_ages,
			  size_t *ret_n)
{
	size_t n = 0, cap = 0;
	const char **ids, **ages;

	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i]) cap++;
	ids = arena_array(&a->mem, const char *, cap);
	ages = arena_array(&a->mem, const char *, cap);
	if (ids == NULL || ages == NULL)
		return false;
	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i])
		{
			struct caller *c = container_of(node, struct caller, link);

			if (used ? c->used_ms <= c->touched_ms : c->refs == 0)
				continue;
			ids[n] = c->session;
			ages[n] = arena_printf(&a->mem, "%lld",
					       (long long)(access_now(a) - c->used_ms));
			if (ages[n++] == NULL)
				return false;
			c->touching_ms = used ? c->used_ms : c->touching_ms;
			c->asked = used ? c->asked : true;
		}
	*ret_ids = bind_array(&a->mem, ids, n);
	*ret_ages = bind_array(&a->mem, ages, n);
	*ret_n = n;
	return *ret_ids != NULL && *ret_ages != NULL;
}

static bool look_add_touch(struct access *a)
{
	const char *ids, *ages;
	struct db_call *call;
	size_t n;

	if (!look_sessions(a, true, &ids, &ages, &n))
		return false;
	if (n == 0)
		return true;
	call = db_add(&a->unit, &sql_access_touch);
	if (call == NULL)
		return false;
	db_bind(call, "sessions", ids);
	db_bind(call, "ages", ages);
	a->touching = true;
	return true;
}

static bool look_add_all(struct access *a)
{
	const char *ids, *ages;
	size_t n;

	a->properties_call = db_add(&a->unit, &sql_access_properties);
	a->devices_call = db_add(&a->unit, &sql_access_disabled_devices);
	if (a->properties_call == NULL || a->devices_call == NULL ||
	    !look_sessions(a, false, &ids, &ages, &n))
		return false;
	a->facts_call = NULL;
	if (n == 0)
		return true;
	a->facts_call = db_add(&a->unit, &sql_access_facts);
	if (a->facts_call == NULL)
		return false;
	db_bind(a->facts_call, "sessions", ids);
	return true;
}

static bool look_build(struct access *a, bool full)
{
	bool touch = full || access_now(a) >= a->touch_due_ms;

	db_unit_init(&a->unit, &a->mem, look_on_done, a);
	a->unit.deadline_ms = (uint64_t)access_now(a) + LOOK_DEADLINE_MS;
	a->touching = false;
	a->epoch_call = db_add(&a->unit, &sql_access_epoch);
	if (a->epoch_call == NULL || (touch && !look_add_touch(a)))
		return false;
	if (touch)
		a->touch_due_ms = access_now(a) + TOUCH_MS;
	return !full || look_add_all(a);
}

/* -- taking in what came -- */

static bool look_take_properties(struct access *a)
{
	struct arena mem;
	struct access_property *list;
	int n = db_rows(a->properties_call);

	arena_init(&mem, PROPERTIES_ARENA);
	list = arena_array(&mem, struct access_property, (size_t)n);
	for (int i = 0; list != NULL && i < n; i++) {
		list[i].id = (int)db_int(a->properties_call, i, "id");
		list[i].code = arena_strdup(&mem, db_text(a->properties_call, i, "code"));
		list[i].name = arena_strdup(&mem, db_text(a->properties_call, i, "name"));
	}
	if (mem.refused) {
		arena_fini(&mem);
		return false;
	}
	arena_fini(&a->properties_mem);
	a->properties_mem = mem;
	a->properties = list;
	a->n_properties = (size_t)n;
	return true;
}

/* The connections of devices that were not shut out before are cut. */
static bool look_take_devices(struct access *a)
{
	size_t n = (size_t)db_rows(a->devices_call), n_before = a->n_shut_out, kept = 0;
	struct uuid *list = calloc(n + 1, sizeof(*list)), *before = a->shut_out;
	struct st_err why;

	if (list == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *id = db_text(a->devices_call, (int)i, "id");

		kept += uuid_parse(id, strlen(id), &list[kept]);
	}
	qsort(list, kept, sizeof(*list), uuid_compare);
	a->shut_out = list;
	a->n_shut_out = kept;
	for (size_t i = 0; i < kept; i++) {
		char text[UUID_TEXT];

		if (n_before > 0 &&
		    bsearch(&list[i], before, n_before, sizeof(*list), uuid_compare) != NULL)
			continue;
		why = (struct st_err){ 0 };
		(void)access_device_check(a, uuid_format(&list[i], text), &why);
		a->hooks.cut_device(a->hooks.arg, text, &why);
	}
	free(before);
	return true;
}

/* Whoever was asked for and got no row is out. */
static bool look_take_sessions(struct access *a)
{
	int n = a->facts_call != NULL ? db_rows(a->facts_call) : 0;
	bool learnt = true;

	for (int i = 0; i < n; i++) {
		struct caller *c = access_find(a, db_text(a->facts_call, i, "session_id"));

		if (c == NULL)
			continue;
		c->asked = false;
		learnt &= caller_learn(a, c, a->facts_call, i);
	}
	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i])
		{
			struct caller *c = container_of(node, struct caller, link);

			caller_forget_scopes(c); /* there may be other properties now */
			if (c->asked)
				access_end(a, c, ST_UNAUTHENTICATED, "SESSION_ENDED",
					   "this login has ended; log in again");
		}
	return learnt;
}

/* Uses are written down; who stayed only for that may go. */
static void look_take_touch(struct access *a)
{
	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i])
		{
			struct caller *c = container_of(node, struct caller, link);

			if (c->touched_ms < c->touching_ms)
				c->touched_ms = c->touching_ms;
			if (caller_is_spent(c))
				caller_free(c);
		}
}

static void look_forget_asked(struct access *a)
{
	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i]) container_of(node, struct caller, link)->asked =
			false;
}

/* -- its life -- */

static void look_tell(struct list *waiters)
{
	struct list *node;

	while ((node = list_pop(waiters)) != NULL) {
		struct access_waiter *w = container_of(node, struct access_waiter, link);

		w->fn(w->arg);
	}
}

static void look_note(struct access *a, const struct st_err *err)
{
	bool failed = err->code != ST_OK;

	if (failed && !a->failing)
		log_warn("access=stale reason=%s message=%s", err->reason, LOGQ(err->message));
	if (!failed && a->failing)
		log_info("access=fresh");
	a->failing = failed;
}

static void look_maybe_closed(struct access *a);

static void look_on_done(struct db_unit *u)
{
	struct access *a = u->owner;
	int64_t epoch = 0;
	bool more = false;

	a->looking = false;
	look_note(a, &u->err);
	if (u->err.code == ST_OK) {
		epoch = db_rows(a->epoch_call) == 1 ? db_int(a->epoch_call, 0, "n") : 0;
		if (a->touching)
			look_take_touch(a);
		more = !a->full && epoch != a->epoch;
	}
	if (u->err.code == ST_OK && a->full && !a->closing) {
		bool learnt = look_take_properties(a);

		learnt = look_take_devices(a) && learnt;
		learnt = look_take_sessions(a) && learnt;
		if (learnt) /* else the old epoch stays, and the next look tries again */
			a->epoch = epoch;
		if (a->hooks.changed != NULL)
			a->hooks.changed(a->hooks.arg);
	}
	look_forget_asked(a);
	arena_fini(&a->mem);
	look_tell(&a->served);
	if (a->closing)
		look_maybe_closed(a);
	else if (!a->looking && (more || a->dirty))
		look_start(a, true);
}

static void look_start(struct access *a, bool full)
{
	static const struct st_err refused = { .code = ST_UNAVAILABLE,
					       .reason = "UNAVAILABLE",
					       .message = "the database takes no more work now" };
	struct list *node;

	if (a->looking || a->closing) {
		a->dirty |= full;
		return;
	}
	full |= a->dirty;
	arena_init(&a->mem, LOOK_ARENA);
	if (!look_build(a, full) || pool_submit(a->services->pool, POOL_WRITE, &a->unit) != ST_OK) {
		look_forget_asked(a);
		arena_fini(&a->mem);
		a->dirty = full; /* the timer tries again */
		look_note(a, &refused);
		return;
	}
	a->looking = true;
	a->full = full;
	a->dirty = false;
	while (full && (node = list_pop(&a->waiting)) != NULL)
		list_push(&a->served, node);
}

/* A login past its time ends here; one that seems idle may be in use elsewhere: the database knows.
 */
static bool look_at_times(struct access *a)
{
	int64_t now = access_now(a);
	bool idle = false;

	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i])
		{
			struct caller *c = container_of(node, struct caller, link);

			if (c->refs == 0)
				continue;
			if (now >= c->expires_ms)
				access_end(a, c, ST_UNAUTHENTICATED, "SESSION_EXPIRED",
					   "this login has expired; log in again");
			else
				idle |= now - c->used_ms >= c->idle_limit_ms;
		}
	return idle;
}

void access_tick(struct access *a)
{
	bool idle = look_at_times(a);
	bool stuck = !a->looking && !list_empty(&a->waiting) && a->failing;

	if (!a->looking)
		look_start(a, a->epoch == 0 || idle);
	if (stuck && !a->looking)
		look_tell(&a->waiting); /* the database cannot be asked: do not hold anybody up */
}

static void look_on_timer(uv_timer_t *timer)
{
	access_tick(timer->data);
}

void access_poke(struct access *a)
{
	look_start(a, true);
}

void access_sync(struct access *a, struct access_waiter *w, void (*fn)(void *arg), void *arg)
{
	w->fn = fn;
	w->arg = arg;
	list_push(&a->waiting, &w->link);
	look_start(a, true);
}

bool access_ready(const struct access *a)
{
	return a->epoch != 0;
}

enum st_code access_new(uv_loop_t *loop, struct services *services,
			const struct access_hooks *hooks, struct access **ret, struct st_err *err)
{
	struct access *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	a->services = services;
	a->hooks = *hooks;
	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_init(&a->buckets[i]);
	list_init(&a->waiting);
	list_init(&a->served);
	arena_init(&a->properties_mem, PROPERTIES_ARENA);
	must(uv_timer_init(loop, &a->timer) == 0);
	a->timer.data = a;
	must(uv_timer_start(&a->timer, look_on_timer, 0, LOOK_MS) == 0);
	*ret = a;
	return ST_OK;
}

static void look_on_timer_closed(uv_handle_t *handle)
{
	struct access *a = handle->data;
	void (*closed)(void *) = a->closed;
	void *arg = a->closed_arg;

	for (size_t i = 0; i < ACCESS_BUCKETS; i++)
		list_each(node, &a->buckets[i])
		{
			struct caller *c = container_of(node, struct caller, link);

			list_remove(&c->link);
			if (c->refs == 0)
				caller_free(c);
		}
	look_tell(&a->waiting);
	arena_fini(&a->properties_mem);
	free(a->shut_out);
	free(a);
	closed(arg);
}

static void look_maybe_closed(struct access *a)
{
	if (!a->looking)
		uv_close((uv_handle_t *)&a->timer, look_on_timer_closed);
}

void access_close(struct access *a, void (*cb)(void *arg), void *arg)
{
	must(!a->closing);
	a->closing = true;
	a->closed = cb;
	a->closed_arg = arg;
	(void)uv_timer_stop(&a->timer);
	look_maybe_closed(a);
}
