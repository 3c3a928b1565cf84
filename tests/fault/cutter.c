/*
 * The recorded session again and again, its line cut behind one byte more each time. Prints what it
 * did; fails at the first cut after which the database holds anything else than after the uncut
 * session.
 *
 *   cutter PROFILE PROPERTY LOGIN calls FIRST STEP
 *       every STEP-th byte from FIRST on, up, then down; the session takes up a login made before
 *   cutter PROFILE PROPERTY LOGIN login FIRST STEP
 *       the same over the bytes of a login: to prove a password takes too long for all the others
 *
 * PGHOST says where the database is. The property is this program's own while it runs. Between two
 * sessions nothing is put back: each has fresh keys, and is compared by what it added (books.h).
 *
 * The bytes of TLS differ from run to run, so there is no list of places: a session that was over
 * before its n-th byte tells that all places have been tried.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/books.h"
#include "tests/fault/relay.h"
#include "tests/fault/walk.h"
#include "tests/support/people.h"

#define NEVER UINT64_MAX
#define LOGIN_TRIES 20
#define PROGRESS 500
/* The handshake's signatures are of different lengths. */
#define HANDSHAKE_SLACK 16u

struct cutter {
	uv_loop_t loop;
	PGconn *pg;
	const char *profile, *property, *login;
	bool logs_in; /* the session begins with a login, not with the token of one */
	const char *token;
	char expected[BOOKS_MAX];
	uint64_t length[2]; /* of the uncut session */
	uint64_t login_from[2], login_to[2];
	unsigned sessions, cuts, repeated;
};

/* In the uncut session also finds out where in it the login is. */
static bool cutter_walk_login(struct cutter *c, struct relay *relay, struct desk *d, bool measure)
{
	struct st_err err = { 0 };
	enum st_code code;

	if (measure && client_ping(d->client, &err) < 0)
		return false;
	for (int way = 0; way < 2 && measure; way++)
		c->login_from[way] = relay_passed(relay, way) - HANDSHAKE_SLACK;
	code = desk_login(d, c->login, PEOPLE_PASSWORD, LOGIN_TRIES, &err);
	for (int way = 0; way < 2 && measure; way++)
		c->login_to[way] = relay_passed(relay, way) + HANDSHAKE_SLACK;
	if (code != ST_OK)
		printf("login: %s %s\n", err.reason, err.message);
	return code == ST_OK;
}

/* One session on a line of its own. False: something is wrong, which has been said. */
static bool cutter_walk(struct cutter *c, struct relay *relay, struct desk *d, bool measure)
{
	struct books books;
	char found[BOOKS_MAX];
	static struct walk w;
	int64_t head;
	uint64_t latest;

	if (!books_open(&books, c->pg, c->property))
		return false;
	if (c->logs_in && !cutter_walk_login(c, relay, d, measure))
		return false;
	walk_run(&w, d, books.property_id, books.pos);
	if (!books_feed(&books, &head, &latest))
		return false;
	walk_watch_until(&w, head);
	c->repeated += w.repeated;
	if (w.failure[0] == '\0' && (w.watch.seen & latest) != latest)
		(void)snprintf(w.failure, sizeof(w.failure), "watch: saw %llx of %llx",
			       (unsigned long long)w.watch.seen, (unsigned long long)latest);
	if (!books_text(&books, w.keys, w.n_keys, found))
		return false;
	if (measure)
		(void)snprintf(c->expected, sizeof(c->expected), "%s", found);
	if (w.failure[0] != '\0')
		printf("%s\n", w.failure);
	if (strcmp(found, c->expected) != 0)
		printf("the uncut session left:\n%s\nthis one left:\n%s\n", c->expected, found);
	return w.failure[0] == '\0' && strcmp(found, c->expected) == 0;
}

/* 'n' NEVER: the uncut one. */
static bool cutter_session(struct cutter *c, enum relay_way way, uint64_t n, bool *was_cut)
{
	struct relay_options o = { .host = "127.0.0.1" };
	struct relay *relay = NULL;
	struct desk d;
	bool ok = false;

	if (!desk_init(&d, &c->loop, c->profile, 0, c->property))
		return false;
	o.port = d.profile.port;
	if (relay_new(&c->loop, &o, &relay) == 0) {
		d.profile.port = relay_port(relay);
		if (c->token != NULL)
			d.profile.token = c->token;
		relay_cut_after(relay, way, n);
		ok = desk_open(&d) && cutter_walk(c, relay, &d, n == NEVER);
	}
	desk_fini(&d);
	desk_pause(&c->loop, 1); /* the farewell is on its way */
	c->sessions++;
	if (relay != NULL) {
		*was_cut = relay_was_cut(relay);
		c->cuts += relay_cuts(relay);
		if (n == NEVER) {
			c->length[RELAY_UP] = relay_passed(relay, RELAY_UP);
			c->length[RELAY_DOWN] = relay_passed(relay, RELAY_DOWN);
		}
	}
	relay_free(relay);
	return ok;
}

static bool cutter_way(struct cutter *c, enum relay_way way, uint64_t first, uint64_t step)
{
	const char *name = way == RELAY_UP ? "up" : "down";
	uint64_t n = c->logs_in ? c->login_from[way] + first : first;
	bool was_cut = true;

	for (; was_cut && (!c->logs_in || n < c->login_to[way]); n += step) {
		if (!cutter_session(c, way, n, &was_cut)) {
			printf("%s: cut %s behind byte %llu: FAILED\n", c->property, name,
			       (unsigned long long)n);
			return false;
		}
		if (c->sessions % PROGRESS == 0) {
			printf("%s: %s, byte %llu of about %llu\n", c->property, name,
			       (unsigned long long)n, (unsigned long long)c->length[way]);
			(void)fflush(stdout);
		}
	}
	return true;
}

/* The login that the sessions without one take up. */
static bool cutter_log_in(struct cutter *c, struct arena *mem)
{
	struct st_err err = { 0 };
	struct desk d;
	bool ok = desk_init(&d, &c->loop, c->profile, 0, c->property) && desk_open(&d) &&
		  desk_login(&d, c->login, PEOPLE_PASSWORD, LOGIN_TRIES, &err) == ST_OK;

	c->token = ok ? arena_strdup(mem, d.profile.token) : NULL;
	desk_fini(&d);
	return c->token != NULL;
}

static bool cutter_run(struct cutter *c, uint64_t first, uint64_t step)
{
	bool was_cut;

	return cutter_session(c, RELAY_UP, NEVER, &was_cut) &&
	       cutter_way(c, RELAY_UP, first, step) && cutter_way(c, RELAY_DOWN, first, step);
}

int main(int argc, char **argv)
{
	static struct cutter c;
	struct arena mem;
	bool ok;

	if (argc != 7 || strtoul(argv[6], NULL, 10) == 0)
		return 2;
	c.profile = argv[1];
	c.property = argv[2];
	c.login = argv[3];
	c.logs_in = strcmp(argv[4], "login") == 0;
	(void)signal(SIGPIPE, SIG_IGN);
	arena_init(&mem, 1u << 20);
	must(uv_loop_init(&c.loop) == 0);
	c.pg = PQconnectdb("user=postgres dbname=steward options='-c "
			   "search_path=steward_code,steward,public'");
	ok = PQstatus(c.pg) == CONNECTION_OK && (c.logs_in || cutter_log_in(&c, &mem)) &&
	     cutter_run(&c, strtoull(argv[5], NULL, 10), strtoull(argv[6], NULL, 10));
	printf("%s: %u sessions, %u cut, %u calls repeated, %llu bytes up, %llu down\n", c.property,
	       c.sessions, c.cuts, c.repeated, (unsigned long long)c.length[RELAY_UP],
	       (unsigned long long)c.length[RELAY_DOWN]);
	PQfinish(c.pg);
	must(uv_loop_close(&c.loop) == 0);
	arena_fini(&mem);
	return !ok;
}
