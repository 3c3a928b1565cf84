#include "server/db/pglink.h"

#include <string.h>

#include "common/log.h"

#define PGLINK_BACKOFF_MS 100
#define PGLINK_BACKOFF_MAX_MS 2000
#define PGLINK_CONNECT_MS 10000
#define PGLINK_CONNECT_NEXT_MS 3000 /* where another host may answer instead */

/* Values come back as text that does not depend on the server's settings or its machine's zone. A
 * statement is planned once for each connection: all are written so that one plan serves every
 * request (tests/pgtap/ holds them to it), and planning takes longer than most of them run. */
#define PGLINK_OPTIONS                                                                        \
	"-c datestyle=ISO,YMD -c intervalstyle=iso_8601 -c timezone=UTC -c bytea_output=hex " \
	"-c extra_float_digits=1 -c standard_conforming_strings=on -c "                       \
	"search_path=steward_code,steward,public "                                            \
	"-c plan_cache_mode=force_generic_plan -c client_min_messages=warning"

/* Base of all hosts' values: one set of them, in which hosts and ports are still lists. */
struct pglink_base {
	const char **keys, **values;
	size_t n;
};

static bool pglink_put(struct pglink_base *b, const char *key, const char *value)
{
	b->keys[b->n] = key;
	b->values[b->n] = value;
	b->n++;
	return key != NULL && value != NULL;
}

static bool pglink_fill(const PQconninfoOption *options, struct arena *mem, struct pglink_base *b)
{
	const char *own = "";
	size_t count = 0;

	while (options[count].keyword != NULL)
		count++;
	b->keys = arena_array(mem, const char *, count + 4);
	b->values = arena_array(mem, const char *, count + 4);
	if (b->keys == NULL || b->values == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const PQconninfoOption *o = &options[i];

		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "options") == 0)
			own = o->val;
		else if (!pglink_put(b, arena_strdup(mem, o->keyword), arena_strdup(mem, o->val)))
			return false;
	}
	/* Later ones win: what somebody sets for his own ends stays, what we rely on is ours. */
	return pglink_put(b, "options", arena_printf(mem, "%s %s", own, PGLINK_OPTIONS)) &&
	       pglink_put(b, "client_encoding", "UTF8") &&
	       pglink_put(b, "fallback_application_name", "stewardd");
}

static bool pglink_is_list(const char *key)
{
	return strcmp(key, "host") == 0 || strcmp(key, "hostaddr") == 0 || strcmp(key, "port") == 0;
}

static unsigned pglink_count(const char *list)
{
	unsigned n = 1;

	for (; *list != 0; list++)
		n += *list == ',';
	return n;
}

/* The i-th word of a list; the only one of a list of one. NULL: no memory. */
static const char *pglink_word(const char *list, unsigned i, struct arena *mem)
{
	if (pglink_count(list) == 1)
		return list;
	for (; i > 0; i--)
		list = strchr(list, ',') + 1;
	return arena_strndup(mem, list, strcspn(list, ","));
}

static bool pglink_host(const struct pglink_base *b, struct arena *mem, struct pglink_target *t,
			unsigned host)
{
	const char **values = arena_array(mem, const char *, b->n + 1);

	if (values == NULL)
		return false;
	t->values[host] = values;
	for (size_t i = 0; i < b->n; i++) {
		values[i] = b->values[i];
		if (pglink_is_list(b->keys[i]))
			values[i] = pglink_word(b->values[i], host, mem);
		if (values[i] == NULL)
			return false;
	}
	return true;
}

/* False, with err->code still ST_OK: no memory. */
static bool pglink_split(const struct pglink_base *b, struct arena *mem, struct pglink_target *t,
			 struct st_err *err)
{
	unsigned n = 1;

	for (size_t i = 0; i < b->n; i++)
		if (pglink_is_list(b->keys[i]) && pglink_count(b->values[i]) > n)
			n = pglink_count(b->values[i]);
	for (size_t i = 0; i < b->n; i++) {
		unsigned words = pglink_is_list(b->keys[i]) ? pglink_count(b->values[i]) : n;

		if (words != n && (words != 1 || strcmp(b->keys[i], "port") != 0))
			return st_fail(err, ST_INVALID_ARGUMENT, "CONNINFO", NULL,
				       "the database's hosts, addresses and ports do not match: "
				       "%s names %u, not %u",
				       b->keys[i], words, n) == ST_OK;
	}
	t->keys = b->keys;
	t->n_hosts = n;
	t->values = arena_array(mem, const char **, n);
	if (t->values == NULL)
		return false;
	for (unsigned host = 0; host < n; host++)
		if (!pglink_host(b, mem, t, host))
			return false;
	return true;
}

enum st_code pglink_target(const char *conninfo, struct arena *mem, struct pglink_target *ret,
			   struct st_err *err)
{
	char *why = NULL;
	struct pglink_base base = { 0 };
	struct st_err bad = { 0 };
	PQconninfoOption *options = PQconninfoParse(conninfo, &why);
	enum st_code code = ST_OK;

	if (options == NULL)
		code = st_fail(err, ST_INVALID_ARGUMENT, "CONNINFO", NULL,
			       "the database's connection string is not valid: %.*s",
			       why != NULL ? (int)strcspn(why, "\n") : 0, why != NULL ? why : "");
	else if (!pglink_fill(options, mem, &base) || !pglink_split(&base, mem, ret, &bad))
		code = bad.code != ST_OK
			       ? st_fail(err, bad.code, bad.reason, NULL, "%s", bad.message)
			       : st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
					 "no memory to connect");
	PQfreemem(why);
	PQconninfoFree(options);
	return code;
}

static void pglink_connect(struct pglink *l);
static void pglink_step(struct pglink *l);
static void pglink_failed(struct pglink *l, const char *why);

static void pglink_on_timer(uv_timer_t *timer)
{
	struct pglink *l = timer->data;

	if (l->state == PGLINK_DOWN) {
		pglink_connect(l);
	} else if (l->state == PGLINK_CONNECTING) {
		pglink_failed(l, "it does not answer");
	}
}

static void pglink_on_poll(uv_poll_t *poll, int status, int events)
{
	struct pglink *l = poll->data;

	if (l->state == PGLINK_CONNECTING)
		pglink_step(l);
	else if (l->state == PGLINK_UP) /* an error shows when libpq reads */
		l->ops->on_io(l, status < 0 || (events & ~UV_WRITABLE) != 0);
}

void pglink_init(struct pglink *l, uv_loop_t *loop, const struct pglink_target *target,
		 const struct pglink_ops *ops)
{
	memset(l, 0, sizeof(*l));
	l->loop = loop;
	l->target = target;
	l->ops = ops;
	l->fd = -1;
	(void)uv_timer_init(loop, &l->timer); /* cannot fail */
	l->timer.data = l;
}

static void pglink_on_timer_closed(uv_handle_t *handle)
{
	struct pglink *l = handle->data;

	l->state = PGLINK_CLOSED;
	l->ops->on_closed(l);
}

/* Nothing of the old connection is left. */
static void pglink_left(struct pglink *l)
{
	if (l->closing) {
		uv_close((uv_handle_t *)&l->timer, pglink_on_timer_closed);
		return;
	}
	l->state = PGLINK_DOWN;
	(void)uv_timer_start(&l->timer, pglink_on_timer, l->delay_ms, 0);
}

static void pglink_on_poll_closed(uv_handle_t *handle)
{
	struct pglink *l = handle->data;

	l->fd = -1;
	if (l->state == PGLINK_LEAVING)
		pglink_left(l);
	else if (!pglink_watch(l,
			       (l->events & UV_WRITABLE) != 0)) /* a new socket, the same attempt */
		pglink_drop(l, PGLINK_BACKOFF_MAX_MS);
}

void pglink_drop(struct pglink *l, unsigned delay_ms)
{
	bool handle = l->fd >= 0;

	l->state = PGLINK_LEAVING;
	l->delay_ms = delay_ms;
	(void)uv_timer_stop(&l->timer);
	if (handle && !uv_is_closing((uv_handle_t *)&l->poll))
		uv_close((uv_handle_t *)&l->poll, pglink_on_poll_closed);
	PQfinish(l->pg); /* after the handle: it closes the socket */
	l->pg = NULL;
	if (!handle)
		pglink_left(l);
}

void pglink_close(struct pglink *l)
{
	if (l->closing)
		return;
	l->closing = true;
	if (l->state != PGLINK_LEAVING)
		pglink_drop(l, 0);
}

static bool pglink_poll_start(struct pglink *l)
{
	int want = l->events;

	return uv_poll_start(&l->poll, want, pglink_on_poll) == 0;
}

bool pglink_watch(struct pglink *l, bool writable)
{
	int fd = PQsocket(l->pg);
	int events = UV_READABLE | (writable ? UV_WRITABLE : 0);
	bool same = l->fd == fd && l->events == events && uv_is_active((uv_handle_t *)&l->poll);

	l->events = events;
	if (l->fd >= 0 && uv_is_closing((uv_handle_t *)&l->poll))
		return true; /* goes on when that is done */
	if (same)
		return true;
	if (l->fd >= 0 && l->fd != fd) {
		uv_close((uv_handle_t *)&l->poll, pglink_on_poll_closed);
		return true;
	}
	if (fd < 0)
		return false;
	if (l->fd < 0) {
		if (uv_poll_init(l->loop, &l->poll, fd) != 0)
			return false;
		l->fd = fd;
		l->poll.data = l;
	}
	return pglink_poll_start(l);
}

/* Why libpq gave up. */
static const char *pglink_why(const struct pglink *l)
{
	return l->pg != NULL ? PQerrorMessage(l->pg) : "no memory";
}

static unsigned pglink_backoff_ms(const struct pglink *l)
{
	unsigned delay = PGLINK_BACKOFF_MS;

	for (unsigned i = 0; i < l->failures && delay < PGLINK_BACKOFF_MAX_MS; i++)
		delay *= 2;
	return delay < PGLINK_BACKOFF_MAX_MS ? delay : PGLINK_BACKOFF_MAX_MS;
}

/* The next host is tried at once; after the last one there is a pause. */
static void pglink_failed(struct pglink *l, const char *why)
{
	unsigned delay = 0;

	/* Nobody else owns this attempt, so its first failure is told here. */
	if (l->failures == 0)
		log_warn("db connect=failed host=%u why=%s", l->host + 1, LOGQ(why));
	else
		log_debug("db connect=failed host=%u tries=%u why=%s", l->host + 1, l->failures + 1,
			  LOGQ(why));
	l->host = (l->host + 1) % l->target->n_hosts;
	if (++l->tried >= l->target->n_hosts) {
		delay = pglink_backoff_ms(l);
		l->tried = 0;
		l->failures++;
	}
	pglink_drop(l, delay);
	l->ops->on_failed(l);
}

static void pglink_up(struct pglink *l)
{
	if (PQsetnonblocking(l->pg, 1) != 0 || PQenterPipelineMode(l->pg) != 1) {
		pglink_failed(l, pglink_why(l));
		return;
	}
	(void)uv_timer_stop(&l->timer);
	if (l->failures > 0)
		log_info("db connect=done host=%u tries=%u", l->host + 1, l->failures + 1);
	l->failures = l->tried = 0;
	l->state = PGLINK_UP;
	if (!pglink_watch(l, false)) {
		pglink_failed(l, pglink_why(l));
		return;
	}
	l->ups++;
	l->ops->on_up(l);
}

static void pglink_step(struct pglink *l)
{
	PostgresPollingStatusType wants;

	if (l->fd >= 0)
		(void)uv_poll_stop(&l->poll); /* libpq may close the socket and open another */
	wants = PQconnectPoll(l->pg);
	if (wants == PGRES_POLLING_OK)
		pglink_up(l);
	else if (wants == PGRES_POLLING_FAILED || !pglink_watch(l, wants == PGRES_POLLING_WRITING))
		pglink_failed(l, pglink_why(l));
}

static void pglink_ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static void pglink_connect(struct pglink *l)
{
	l->state = PGLINK_CONNECTING;
	l->pg = PQconnectStartParams(l->target->keys, l->target->values[l->host], 0);
	if (l->pg == NULL || PQstatus(l->pg) == CONNECTION_BAD) {
		pglink_failed(l, pglink_why(l));
		return;
	}
	(void)PQsetNoticeReceiver(l->pg, pglink_ignore_notice, NULL);
	(void)uv_timer_start(&l->timer, pglink_on_timer,
			     l->target->n_hosts > 1 ? PGLINK_CONNECT_NEXT_MS : PGLINK_CONNECT_MS,
			     0);
	if (!pglink_watch(l, true))
		pglink_failed(l, pglink_why(l));
}

void pglink_start(struct pglink *l)
{
	l->state = PGLINK_DOWN;
	(void)uv_timer_start(&l->timer, pglink_on_timer, 0, 0);
}
