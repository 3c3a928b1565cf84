#include "server/rpc/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/rpc/access_state.h"

int64_t access_now(const struct access *a)
{
	return (int64_t)clock_mono_ms(a->services->clock);
}

/* -- callers -- */

static struct list *access_bucket(struct access *a, const char *session)
{
	uint32_t hash = 2166136261u;

	for (; *session != '\0'; session++)
		hash = (hash ^ (uint8_t)*session) * 16777619u;
	return &a->buckets[hash & (ACCESS_BUCKETS - 1)];
}

struct caller *access_find(struct access *a, const char *session)
{
	list_each(node, access_bucket(a, session))
	{
		struct caller *c = container_of(node, struct caller, link);

		if (strcmp(c->session, session) == 0)
			return c;
	}
	return NULL;
}

void caller_free(struct caller *c)
{
	list_remove(&c->link);
	caller_forget_scopes(c);
	free(c->grants);
	free(c->name);
	free(c);
}

bool caller_is_spent(const struct caller *c)
{
	return c->refs == 0 && (list_empty(&c->link) || c->used_ms <= c->touched_ms);
}

struct caller *caller_ref(struct caller *c)
{
	c->refs++;
	return c;
}

void caller_unref(struct caller *c)
{
	must(c->refs > 0);
	c->refs--;
	if (caller_is_spent(c))
		caller_free(c);
}

const char *caller_user(const struct caller *c)
{
	return c->user;
}

const char *caller_session(const struct caller *c)
{
	return c->session;
}

const char *caller_login(const struct caller *c)
{
	return c->login;
}

const char *caller_name(const struct caller *c)
{
	return c->name;
}

bool caller_has_totp(const struct caller *c)
{
	return c->totp;
}

void access_proved(struct access *a, struct caller *c)
{
	c->proved_ms = access_now(a);
}

void access_password_set(struct caller *c)
{
	c->must_change = false;
}

void access_end(struct access *a, struct caller *c, enum st_code code, const char *reason,
		const char *sentence)
{
	if (c->over.code != ST_OK)
		return;
	(void)st_fail(&c->over, code, reason, NULL, "%s", sentence);
	list_remove(&c->link);
	log_info("session=%s login=%s ended=%s", c->session, c->login, reason);
	c->refs++; /* cutting its connections must not free it meanwhile */
	a->hooks.cut(a->hooks.arg, c, &c->over);
	caller_unref(c);
}

/* "0:8192,3:16" */
static bool grants_parse(const char *text, struct access_grant **ret, size_t *ret_n)
{
	struct access_grant *grants;
	size_t n = 0, cap = 1;
	char *end;

	for (const char *at = text; *at != '\0'; at++)
		cap += *at == ',';
	grants = calloc(cap, sizeof(*grants));
	if (grants == NULL)
		return false;
	while (*text != '\0') {
		grants[n].property = (int)strtol(text, &end, 10);
		if (*end != ':') {
			free(grants);
			return false;
		}
		grants[n++].roles = (uint32_t)strtoul(end + 1, &end, 10);
		text = *end == ',' ? end + 1 : end;
	}
	*ret = grants;
	*ret_n = n;
	return true;
}

static int64_t fact_ms(const struct db_call *facts, int row, const char *column, int64_t absent)
{
	return db_text(facts, row, column) != NULL ? db_int(facts, row, column) : absent;
}

bool caller_learn(const struct access *a, struct caller *c, const struct db_call *facts, int row)
{
	int64_t now = access_now(a), left = fact_ms(facts, row, "left_ms", -1);
	int64_t proved = fact_ms(facts, row, "proved_ms", -1);
	int64_t used = now - db_int(facts, row, "idle_ms");
	char *name = strdup(db_text(facts, row, "full_name"));
	struct access_grant *grants;
	size_t n;

	if (name == NULL || !grants_parse(db_text(facts, row, "grants"), &grants, &n)) {
		free(name);
		return false;
	}
	free(c->name);
	free(c->grants);
	c->name = name;
	c->grants = grants;
	c->n_grants = n;
	caller_forget_scopes(c);
	c->must_change = db_bool(facts, row, "must_change");
	c->totp = db_bool(facts, row, "totp");
	c->expires_ms = left < 0 ? INT64_MAX : now + left;
	c->idle_limit_ms = fact_ms(facts, row, "idle_limit_ms", INT64_MAX);
	c->proved_ms = proved < 0 ? INT64_MIN : now - proved;
	if (c->used_ms < used)
		c->used_ms = used;
	if (c->touched_ms < used)
		c->touched_ms = used;
	return true;
}

static struct caller *caller_new(struct access *a, const struct db_call *facts, int row)
{
	struct caller *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	list_init(&c->link);
	c->access = a;
	c->used_ms = c->touched_ms = c->touching_ms = INT64_MIN;
	(void)snprintf(c->user, sizeof(c->user), "%s", db_text(facts, row, "user_id"));
	(void)snprintf(c->session, sizeof(c->session), "%s", db_text(facts, row, "session_id"));
	(void)snprintf(c->device, sizeof(c->device), "%s", db_text(facts, row, "device_id"));
	(void)snprintf(c->login, sizeof(c->login), "%s", db_text(facts, row, "login"));
	list_push(access_bucket(a, c->session), &c->link);
	return c;
}

enum st_code access_take(struct access *a, const struct db_call *facts, int row,
			 struct caller **ret, struct st_err *err)
{
	struct caller *c = access_find(a, db_text(facts, row, "session_id"));
	bool made = c == NULL;

	if (a->closing)
		return st_fail(err, ST_UNAVAILABLE, "STOPPING", NULL,
			       "the server is about to stop");
	if (made)
		c = caller_new(a, facts, row);
	if (c == NULL || !caller_learn(a, c, facts, row)) {
		if (made && c != NULL)
			caller_free(c);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "the server has no memory for another login");
	}
	c->used_ms = access_now(a);
	*ret = caller_ref(c);
	/* Read before or after a change that we know of already, or not yet: read again. */
	if (db_int(facts, row, "epoch") != a->epoch)
		access_poke(a);
	return ST_OK;
}
