#pragma once
/*
 * What access.c (who is here, keeping it fresh) and access_scope.c (may he) share; nobody else
 * includes it.
 */
#include "common/list.h"
#include "common/uuid.h"
#include "server/rpc/access.h"
#include "server/rpc/services.h"

#define ACCESS_BUCKETS 1024 /* of callers, by session; a power of two */
#define ACCESS_CACHED 6     /* scopes a caller remembers */
#define ACCESS_LOGIN 33     /* bytes of a login name with its 0 */

struct access_property {
	int id;
	const char *code, *name;
};

struct access_grant {
	int property;   /* 0: all of them */
	uint32_t roles; /* bit 1u << Steward__Role */
};

/* "1,2" for the properties where one of 'roles' is held. */
struct access_cached {
	uint32_t roles;
	size_t n;
	int first; /* the first property; 0: none */
	char *csv; /* NULL: this slot is free */
};

struct caller {
	struct list link; /* a bucket; not linked: the login is over or access is closed */
	struct access *access;
	unsigned refs; /* 0: kept only until its last use is written down */
	char user[UUID_TEXT], session[UUID_TEXT], device[UUID_TEXT], login[ACCESS_LOGIN];
	char *name;
	bool must_change, totp;
	bool asked;            /* part of the look under way */
	struct st_err over;    /* why the login is over; ST_OK: it is not */
	int64_t expires_ms;    /* monotonic; INT64_MAX: never */
	int64_t idle_limit_ms; /* INT64_MAX: none */
	int64_t used_ms;       /* monotonic: last call */
	int64_t touched_ms;    /* what of it the database knows */
	int64_t touching_ms;   /* what the look under way tells it */
	int64_t proved_ms;     /* monotonic: identity was proved; INT64_MIN: never */
	struct access_grant *grants;
	size_t n_grants;
	struct access_cached cached[ACCESS_CACHED];
	unsigned next_cached;
};

struct access {
	struct services *services;
	struct access_hooks hooks;
	uv_timer_t timer;
	struct list buckets[ACCESS_BUCKETS];
	/* What the database said last. */
	int64_t epoch; /* 0: nothing yet */
	struct arena properties_mem;
	struct access_property *properties; /* by id */
	size_t n_properties;
	struct uuid *shut_out; /* devices, ascending */
	size_t n_shut_out;
	/* The look under way. */
	bool looking, full;
	bool dirty;   /* once more, in full, as soon as it is back */
	bool failing; /* the last one failed: said once in the log */
	struct arena mem;
	struct db_unit unit;
	struct db_call *epoch_call, *properties_call, *devices_call, *facts_call;
	bool touching;       /* it writes down uses */
	struct list waiting; /* for the next full look */
	struct list served;  /* for the one under way */
	int64_t touch_due_ms;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

int64_t access_now(const struct access *a);
/* What happens each second. */
void access_tick(struct access *a);
/* The live login with this id, or NULL. */
struct caller *access_find(struct access *a, const char *session);
/* Takes in a row of session_facts(). False: no memory or not understood; nothing was changed. */
bool caller_learn(const struct access *a, struct caller *c, const struct db_call *facts, int row);
/* Nobody uses it, and nothing of it is left to be written down. */
bool caller_is_spent(const struct caller *c);
void caller_free(struct caller *c);
/* Forgets the scopes it remembers: what it holds, or which properties there are, changed. */
void caller_forget_scopes(struct caller *c);
/* The login is over: says why to whoever asks, and cuts its connections. */
void access_end(struct access *a, struct caller *c, enum st_code code, const char *reason,
		const char *sentence);
