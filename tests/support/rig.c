#include "tests/support/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/look/json.h"
#include "tests/support/people.h"

#define RIG_ARENA (512u << 20)
#define RIG_PEOPLE 24

struct rig_person {
	char name[40];
	struct profile profile;
	struct client *client;
};

struct rig {
	char dir[100], desk[120];
	uv_loop_t loop;
	struct arena mem;
	struct rig_person people[RIG_PEOPLE];
	size_t n_people;
};

/* Runs a program of the tests' own and gives its exit code. */
static int rig_run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : -1;
}

static int rig_daemon(const char *verb, const char *dir)
{
	return rig_run(
		(const char *const[]){ SOURCE_ROOT "/tests/support/daemon.sh", verb, dir, NULL });
}

int rig_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (rig == NULL || setenv("BUILD_DIR", BUILD_ROOT, 1) != 0)
		return -1;
	(void)snprintf(rig->dir, sizeof(rig->dir), "/tmp/steward-cap-%d", (int)getpid());
	(void)snprintf(rig->desk, sizeof(rig->desk), "%s/desk", rig->dir);
	arena_init(&rig->mem, RIG_ARENA);
	*state = rig;
	return uv_loop_init(&rig->loop) == 0 ? rig_daemon("up", rig->dir) : -1;
}

/* What must hold whatever was called: each change has one row in the audit log and its answer, and
 * no position of the feed lies beyond its head. The daemon may be gone already. */
static int rig_check_books(struct rig *rig)
{
	static const char books[] =
		"set search_path = steward_code, steward;"
		"select string_agg(found, '; ') from ("
		"select format('%s: %s changes, %s audit rows', method, i.n, a.n) as found"
		"  from (select method, count(*) n from idem where code = 0 group by method) i"
		"  left join (select method, count(*) n from audit where code = 0 group by method) "
		"a using (method) where i.n is distinct from a.n "
		"union all select format('%s: claimed without an answer', method) from idem"
		"  where response is null or code is null "
		"union all select format('position %s of property %s', f.pos, property_id)"
		"  from feed f join feed_head h using (property_id) where f.pos > h.pos) x";
	char path[160];
	const char *found;

	(void)snprintf(path, sizeof(path), "%s/stewardd.pid", rig->dir);
	if (access(path, F_OK) != 0)
		return 0;
	found = rig_sql(rig, books);
	if (found[0] != '\0')
		print_error("books: %s\n", found);
	return found[0] != '\0';
}

int rig_down(void **state)
{
	struct rig *rig = *state;
	int code = rig_check_books(rig);

	for (size_t i = 0; i < rig->n_people; i++)
		client_free(rig->people[i].client);
	code |= uv_loop_close(&rig->loop);
	arena_fini(&rig->mem);
	code |= rig_daemon("down", rig->dir);
	free(rig);
	return code;
}

const char *rig_desk(const struct rig *rig)
{
	return rig->desk;
}

uv_loop_t *rig_loop(struct rig *rig)
{
	return &rig->loop;
}

static const char *rig_json_text(struct rig *rig, const char *text)
{
	char *copy = arena_strdup(&rig->mem, text);

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return copy;
}

static ProtobufCMessage *rig_request(struct rig *rig, const struct rpc_method *m,
				     const char *request)
{
	ProtobufCMessage *msg = message_new(m->in->desc, &rig->mem);
	struct st_err err = { 0 };

	assert_non_null(msg);
	if (json_read(slice_str(rig_json_text(rig, request)), msg, &rig->mem, &err) != ST_OK)
		fail_msg("%s: %s %s", m->name, err.field, err.message);
	return msg;
}

/* Logs a person in and keeps the token in his own profile; the admin of the local desk is logged in
 * already. */
static void rig_login(struct rig *rig, struct rig_person *p)
{
	const struct rpc_method *m = rpc_find("auth.Login");
	struct call_options none = { 0 };
	struct call_result r;
	char request[200];
	const ProtobufCFieldDescriptor *token;

	p->profile.token = NULL;
	(void)snprintf(request, sizeof(request), "{'login': '%s', 'password': '%s'}", p->name,
		       PEOPLE_PASSWORD);
	if (client_call(p->client, m, rig_request(rig, m, request), &none, &rig->mem, &r) != ST_OK)
		fail_msg("login of %s: %s", p->name, r.err.message);
	token = message_field(r.reply->descriptor, "token");
	p->profile.token = field_text(r.reply, token, 0, &rig->mem);
}

static struct rig_person *rig_person(struct rig *rig, const char *who)
{
	struct rig_person *p;
	struct st_err err = { 0 };

	for (size_t i = 0; i < rig->n_people; i++)
		if (strcmp(rig->people[i].name, who) == 0)
			return &rig->people[i];
	assert_true(rig->n_people < RIG_PEOPLE);
	p = &rig->people[rig->n_people++];
	(void)snprintf(p->name, sizeof(p->name), "%s", who);
	if (profile_load(rig->desk, &rig->mem, &p->profile, &err) != ST_OK ||
	    client_new(&rig->loop, &p->profile, &p->client, &err) != ST_OK)
		fail_msg("profile: %s", err.message);
	if (strcmp(who, "admin") != 0)
		rig_login(rig, p);
	return p;
}

struct client *rig_client(struct rig *rig, const char *who)
{
	return rig_person(rig, who)->client;
}

static void rig_drop(void *json)
{
	json_decref(json);
}

struct rig_result rig_call(struct rig *rig, const char *who, const char *at, const char *method,
			   const char *request, const struct call_options *more)
{
	const struct rpc_method *m = rpc_find(method);
	struct call_options o = more != NULL ? *more : (struct call_options){ 0 };
	struct rig_result ret = { 0 };
	struct call_result r;

	if (m == NULL)
		fail_msg("there is no method %s", method);
	if (o.property == NULL)
		o.property = at;
	(void)client_call(rig_person(rig, who)->client, m, rig_request(rig, m, request), &o,
			  &rig->mem, &r);
	ret.err = r.err;
	ret.key = r.key;
	ret.replayed = r.replayed;
	ret.dry_run = r.dry_run;
	ret.violations = r.n_violations;
	if (r.n_violations > 0)
		(void)snprintf(ret.err.field, sizeof(ret.err.field), "%s", r.violations[0].field);
	if (r.reply != NULL) {
		json_t *json = json_of_message(r.reply, m->out, &rig->mem);

		assert_non_null(json);
		assert_true(arena_defer(&rig->mem, rig_drop, json));
		ret.reply = json;
	}
	return ret;
}

static struct rig_result rig_must(struct rig *rig, const char *who, const char *at,
				  const char *method, const char *request,
				  const struct call_options *more)
{
	struct rig_result r = rig_call(rig, who, at, method, request, more);

	if (r.err.code != ST_OK)
		fail_msg("%s as %s: %s %s [%s] %s", method, who, st_code_name(r.err.code),
			 r.err.reason, r.err.field, r.err.message);
	return r;
}

const json_t *rig_ok(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
{
	va_list ap;
	char *request;

	va_start(ap, fmt);
	request = arena_vprintf(&rig->mem, fmt, ap);
	va_end(ap);
	return rig_must(rig, who, "SUN", method, request, NULL).reply;
}

const json_t *rig_elsewhere(struct rig *rig, const char *method, const char *fmt, ...)
{
	va_list ap;
	char *request;

	va_start(ap, fmt);
	request = arena_vprintf(&rig->mem, fmt, ap);
	va_end(ap);
	return rig_must(rig, "foreign", "LAK", method, request, NULL).reply;
}

const json_t *rig_dry(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
{
	struct call_options o = { .dry_run = true };
	struct rig_result r;
	va_list ap;
	char *request;

	va_start(ap, fmt);
	request = arena_vprintf(&rig->mem, fmt, ap);
	va_end(ap);
	r = rig_must(rig, who, "SUN", method, request, &o);
	assert_true(r.dry_run);
	return r.reply;
}

const json_t *rig_twice(struct rig *rig, const char *who, const char *method, const char *fmt, ...)
{
	struct call_options again = { 0 };
	struct rig_result first, second;
	va_list ap;
	char *request;

	va_start(ap, fmt);
	request = arena_vprintf(&rig->mem, fmt, ap);
	va_end(ap);
	first = rig_must(rig, who, "SUN", method, request, NULL);
	assert_false(first.replayed);
	again.key = first.key;
	second = rig_must(rig, who, "SUN", method, request, &again);
	assert_true(second.replayed);
	assert_true(json_equal(first.reply, second.reply));
	return second.reply;
}

struct rig_result rig_refused(struct rig *rig, const char *who, const char *method,
			      enum st_code code, const char *field, const char *fmt, ...)
{
	struct rig_result r;
	va_list ap;
	char *request;

	va_start(ap, fmt);
	request = arena_vprintf(&rig->mem, fmt, ap);
	va_end(ap);
	r = rig_call(rig, who, "SUN", method, request, NULL);
	if (r.err.code != code)
		fail_msg("%s as %s: expected %s, got %s %s [%s] %s", method, who,
			 st_code_name(code), st_code_name(r.err.code), r.err.reason, r.err.field,
			 r.err.message);
	if (field != NULL)
		assert_string_equal(r.err.field, field);
	assert_true(r.err.message[0] != '\0');
	return r;
}

static const json_t *rig_at(const json_t *json, const char *path)
{
	while (json != NULL && *path != '\0') {
		char name[64];
		size_t len = strcspn(path, ".");

		assert_true(len < sizeof(name));
		memcpy(name, path, len);
		name[len] = '\0';
		json = json_is_array(json) ? json_array_get(json, strtoul(name, NULL, 10))
					   : json_object_get(json, name);
		path += len + (path[len] == '.');
	}
	return json;
}

const char *rig_text(const json_t *json, const char *path)
{
	const char *text = json_string_value(rig_at(json, path));

	if (text == NULL)
		fail_msg("no text at %s", path);
	return text;
}

int64_t rig_int(const json_t *json, const char *path)
{
	const json_t *at = rig_at(json, path);

	if (json_is_string(at))
		return strtoll(json_string_value(at), NULL, 10);
	if (!json_is_integer(at))
		fail_msg("no number at %s", path);
	return json_integer_value(at);
}

bool rig_has(const json_t *json, const char *path)
{
	return rig_at(json, path) != NULL;
}

size_t rig_count(const json_t *json, const char *path)
{
	return json_array_size(rig_at(json, path));
}

const json_t *rig_find(const json_t *json, const char *path, const char *name, const char *value)
{
	const json_t *list = rig_at(json, path), *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(json_object_get(item, name));

		if (text != NULL && strcmp(text, value) == 0)
			return item;
	}
	return NULL;
}

const json_t *rig_row(const json_t *reply, int line, const char *outcome, const char *blame)
{
	const json_t *rows = json_object_get(reply, "rows"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (rig_int(row, "line") != line)
			continue;
		if (strcmp(rig_text(row, "outcome"), outcome) != 0)
			fail_msg("line %d is %s: %s", line, rig_text(row, "outcome"),
				 rig_has(row, "reason") ? rig_text(row, "reason") : "");
		if (blame != NULL)
			assert_string_equal(rig_text(row, "blame"), blame);
		else
			assert_false(rig_has(row, "blame") && rig_text(row, "blame")[0] != '\0');
		assert_int_equal(blame != NULL,
				 rig_has(row, "reason") && rig_text(row, "reason")[0] != '\0');
		return row;
	}
	fail_msg("there is no answer to line %d", line);
	return NULL;
}

const char *rig_sql(struct rig *rig, const char *sql)
{
	char command[4000], line[4000] = "", host[140];
	FILE *out;

	(void)snprintf(host, sizeof(host), "%s/run", rig->dir);
	assert_true(setenv("RIG_SQL", sql, 1) == 0 && setenv("PGHOST", host, 1) == 0 &&
		    setenv("PGOPTIONS", "-c search_path=steward_code,steward,public", 1) == 0);
	(void)snprintf(command, sizeof(command),
		       "psql -XqAt -U postgres -d steward -c \"$RIG_SQL\"");
	out = popen(command, "r");
	assert_non_null(out);
	if (fgets(line, sizeof(line), out) != NULL)
		line[strcspn(line, "\n")] = '\0';
	assert_int_equal(pclose(out), 0);
	return arena_strdup(&rig->mem, line);
}
