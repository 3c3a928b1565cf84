/*
 * Every call, while memory runs out and while its desk goes away.
 *
 *   oom memory|turns STEP [METHOD...]     all methods where none is named
 *
 * memory: the n-th allocation after a request was sent fails, for n = 1, 1 + STEP, ... until the
 * call is answered before. Each time the daemon answers in words it knows, or ends the connection;
 * nothing has happened when it says so, and a repetition under the same key is answered as if
 * nothing had been; the next call is served. What is answered from the store is tried likewise,
 * under a key that was used before. That it leaks nothing is seen at its end, by AddressSanitizer.
 *
 * turns: the daemon's loop is stopped before its n-th turn after the request, the desk closes its
 * line, the loop goes on. The next desk is served.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/fault/oom_control.h"
#include "tests/support/people.h"
#include "tests/support/wire.h"

#define MOST_ALLOCATIONS 4000u
#define MOST_TURNS 200u
#define PAUSE_US 200u

struct sweep {
	struct rig *rig;
	const struct rpc_method *m;
	const char *who;
	char request[2000];
	struct wire *w;
	struct uuid used; /* the key of an answer that is stored, while those are tried */
	bool again;
	unsigned tried, lost, refused;
};

static struct oom_control *control;
static char control_path[100];
static unsigned step = 1;
static char **chosen;
static int n_chosen;

/* ---- requests ---- */

/* Where what the rules say leads no further than the first look at the request. */
static const struct {
	const char *method, *request;
} known[] = {
	{ "case.Open", "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'}" },
	{ "case.Note", "{'case': 'C-1001', 'text': 'Rang the customer'}" },
	{ "case.Edit", "{'case': 'C-1001', 'summary': 'Tap drips more'}" },
	{ "auth.Login", "{'login': 'clerk', 'password': '" PEOPLE_PASSWORD "'}" },
	{ "find.Find", "{'text': '1202'}" },
};

static const char *text_for(const char *field, const struct field_rule *rule)
{
	if (strcmp(field, "case") == 0 || strcmp(field, "subject") == 0)
		return "C-1001";
	if (strcmp(field, "kind") == 0)
		return "repair";
	if (strcmp(field, "at") == 0 || strcmp(field, "property") == 0)
		return "SUN";
	if (strcmp(field, "password") == 0 || strcmp(field, "new") == 0)
		return "another horse, another battery";
	switch (rule->format) {
	case STEWARD__FORMAT__UUID:
		return "01900000-0000-7000-8000-000000000001";
	case STEWARD__FORMAT__DATE:
		return "2027-06-01";
	case STEWARD__FORMAT__TIMESTAMP:
		return "2027-06-01T10:00:00Z";
	case STEWARD__FORMAT__PHONE:
		return "13912345678";
	case STEWARD__FORMAT__CODE:
		return "ZED";
	case STEWARD__FORMAT__ZONE:
		return "Asia/Shanghai";
	case STEWARD__FORMAT__REF:
		return "Z-1001";
	default:
		return "zed";
	}
}

static void append(struct sweep *s, const char *text)
{
	size_t used = strlen(s->request);

	assert_true(used + strlen(text) < sizeof(s->request));
	(void)snprintf(s->request + used, sizeof(s->request) - used, "%s", text);
}

static void append_message(struct sweep *s, const struct message_rules *rules);

static void append_value(struct sweep *s, const ProtobufCFieldDescriptor *f,
			 const struct field_rule *rule)
{
	const ProtobufCEnumDescriptor *values = f->descriptor;
	char text[200];

	(void)snprintf(text, sizeof(text), "%lld", (long long)(rule->low > 1 ? rule->low : 1));
	if (f->type == PROTOBUF_C_TYPE_STRING && rule->choices != NULL)
		(void)snprintf(text, sizeof(text), "'%.*s'", (int)strcspn(rule->choices, "|"),
			       rule->choices);
	else if (f->type == PROTOBUF_C_TYPE_STRING)
		(void)snprintf(text, sizeof(text), "'%s'", text_for(f->name, rule));
	else if (f->type == PROTOBUF_C_TYPE_BYTES)
		(void)snprintf(text, sizeof(text), "'\\\\x7a6564'");
	else if (f->type == PROTOBUF_C_TYPE_BOOL)
		(void)snprintf(text, sizeof(text), "true");
	else if (f->type == PROTOBUF_C_TYPE_ENUM)
		(void)snprintf(text, sizeof(text), "'%s'", values->values[0].name);
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		append_message(s, rule->sub);
	else
		append(s, text);
}

/* What must be there, and what people type first. */
static void append_message(struct sweep *s, const struct message_rules *rules)
{
	const char *comma = "";

	append(s, "{");
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		bool many = f->label == PROTOBUF_C_LABEL_REPEATED;

		if (!rules->fields[i].required && rules->fields[i].arg == 0 && !many)
			continue;
		append(s, comma);
		append(s, "'");
		append(s, f->name);
		append(s, many ? "': [" : "': ");
		append_value(s, f, &rules->fields[i]);
		append(s, many ? "]" : "");
		comma = ", ";
	}
	append(s, "}");
}

static void make_request(struct sweep *s)
{
	s->request[0] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].method, s->m->name) == 0) {
			append(s, known[i].request);
			return;
		}
	append_message(s, s->m->in);
}

static const char *who_may(const struct rpc_method *m)
{
	static const char *const roles[] = PEOPLE_ROLES;

	for (size_t i = 0; roles[i] != NULL; i++)
		if ((m->roles & (1u << (i + 1))) != 0)
			return roles[i];
	return "clerk";
}

/* ---- the desk ---- */

/* Else the daemon would soon take us for somebody who guesses passwords. */
static void forgive(struct rig *rig)
{
	(void)rig_sql(rig, "delete from steward.login_failure;"
			   "update steward.app_user set failed_count = 0, locked_until = null, "
			   "totp_tries = 0 where login <> '' returning 1");
}

/* Logged in, without counting the password's hash each time. */
static void desk_open(struct sweep *s)
{
	static char tokens[24][2][100];
	char request[160];
	size_t i = 0;

	while (tokens[i][0][0] != '\0' && strcmp(tokens[i][0], s->who) != 0)
		i++;
	s->w = wire_open(s->rig, rig_desk(s->rig));
	(void)snprintf(request, sizeof(request), "{'token': '%s'}", tokens[i][1]);
	if (tokens[i][0][0] != '\0' &&
	    wire_ask(s->w, &(struct wire_call){ .method = "auth.Resume", .request = request })
			    ->code == ST_OK)
		return;
	forgive(s->rig);
	(void)snprintf(request, sizeof(request), "{'login': '%s', 'password': '%s'}", s->who,
		       PEOPLE_PASSWORD);
	(void)snprintf(tokens[i][0], sizeof(tokens[i][0]), "%s", s->who);
	(void)snprintf(
		tokens[i][1], sizeof(tokens[i][1]), "%s",
		rig_text(wire_body(s->w, "auth.Login",
				   wire_ask(s->w, &(struct wire_call){ .method = "auth.Login",
								       .request = request })),
			 "token"));
}

static void desk_close(struct sweep *s)
{
	if (s->w != NULL)
		wire_close(s->w);
	s->w = NULL;
}

/* Its calls end the login, or it holds as many as a desk's memory here takes. */
static bool desk_is_spent(const struct sweep *s)
{
	return strcmp(s->m->name, "auth.Logout") == 0 || s->tried % 200 == 199;
}

static struct wire_call call_of(struct sweep *s, struct uuid key)
{
	return (struct wire_call){
		.method = s->m->name,
		.request = s->request,
		.key = key,
		.property = s->m->access == STEWARD__ACCESS__BY_ROLE ? "SUN" : NULL,
	};
}

static struct uuid new_key(void)
{
	return uuid_v7(clock_wall_us(&clock_system) / 1000);
}

/* ---- memory ---- */

static void arm(unsigned n)
{
	atomic_store(&control->allocations, 0);
	atomic_store(&control->failed, 0);
	atomic_store(&control->fail_at, n);
	atomic_store(&control->armed, 1);
}

static void expect_stored(struct sweep *s, const Steward__Response *r, unsigned n)
{
	if (s->again && !r->replayed)
		fail_msg("%s %s, a second time, after allocation %u: %s %s, but not as stored",
			 s->m->name, s->request, n, st_code_name(r->code), r->message);
}

/* It failed in passing: the same again must be answered, and as a call is that was never broken. */
static void expect_answer(struct sweep *s, struct uuid key, unsigned n)
{
	struct wire_call call = call_of(s, key);
	const Steward__Response *r;

	if (s->w == NULL)
		desk_open(s);
	r = wire_ask(s->w, &call);
	if (r->code == ST_INTERNAL || r->code == ST_UNAVAILABLE || r->code == ST_RESOURCE_EXHAUSTED)
		fail_msg("%s %s, again after allocation %u: %s %s", s->m->name, s->request, n,
			 st_code_name(r->code), r->message);
	expect_stored(s, r, n);
}

static void check_memory(struct sweep *s, const Steward__Response *r, struct uuid key, unsigned n)
{
	if (r == NULL) {
		s->lost++;
		desk_close(s);
	} else if (r->code == ST_INTERNAL || r->code == ST_DATA_LOSS) {
		fail_msg("%s %s, allocation %u: %s %s %s", s->m->name, s->request, n,
			 st_code_name(r->code), r->reason, r->message);
	} else {
		s->refused += r->code != ST_OK;
	}
	if (r == NULL || st_code_retry(r->code))
		expect_answer(s, key, n);
	else
		expect_stored(s, r, n);
}

/* False: the call was answered before the n-th allocation. */
static bool try_memory(struct sweep *s, unsigned n)
{
	struct uuid key = s->again ? s->used : new_key();
	struct wire_call call = call_of(s, key);
	const Steward__Response *r;
	uint32_t id;

	if (strcmp(s->m->cap, "auth") == 0)
		forgive(s->rig);
	if (s->w == NULL)
		desk_open(s);
	id = wire_call(s->w, &call);
	arm(n);
	r = wire_outcome(s->w, id);
	atomic_store(&control->armed, 0);
	s->tried++;
	if (atomic_load(&control->failed) == 0)
		return false;
	check_memory(s, r, key, n);
	if (s->w != NULL && desk_is_spent(s))
		desk_close(s);
	return true;
}

/* Does it, and does it again: true when the second answer came from the store. */
static bool is_stored(struct sweep *s)
{
	struct wire_call call;

	s->used = new_key();
	call = call_of(s, s->used);
	if (s->m->rpc_class != STEWARD__CLASS__WRITE)
		return false;
	if (s->w == NULL)
		desk_open(s);
	(void)wire_ask(s->w, &call);
	return wire_ask(s->w, &call)->replayed;
}

/* ---- turns ---- */

static bool try_turn(struct sweep *s, unsigned n)
{
	struct wire_call call = call_of(s, new_key());
	uint32_t id;
	bool stopped;

	desk_open(s);
	id = wire_call(s->w, &call);
	atomic_store(&control->turns, 0);
	atomic_store(&control->stop_at, n);
	while (atomic_load(&control->stopped) == 0 && !wire_answered(s->w, id) && wire_poll(s->w))
		(void)usleep(PAUSE_US);
	stopped = atomic_load(&control->stopped) != 0 && !wire_answered(s->w, id);
	atomic_store(&control->stop_at, 0);
	desk_close(s);
	atomic_store(&control->stopped, 0);
	s->tried++;
	return stopped;
}

/* ---- all of them ---- */

static bool is_chosen(const struct rpc_method *m)
{
	if (m->access == STEWARD__ACCESS__ENROLMENT)
		return false; /* another port, where no desk has a name yet */
	for (int i = 0; i < n_chosen; i++)
		if (strcmp(chosen[i], m->name) == 0)
			return true;
	return n_chosen == 0;
}

/* Gives how many steps there were. */
static unsigned sweep_one(struct sweep *s, bool (*attempt)(struct sweep *s, unsigned n),
			  unsigned most)
{
	unsigned n = 1;

	while (n < most && attempt(s, n))
		n += step;
	if (n >= most)
		fail_msg("%s: no end after %u", s->m->name, n);
	return n;
}

static void sweep(struct rig *rig, bool (*attempt)(struct sweep *s, unsigned n), unsigned most)
{
	unsigned methods = 0, tried = 0, lost = 0, refused = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		struct sweep s = { .rig = rig, .m = &rpc_methods[i] };
		unsigned n, stored = 0;

		if (!is_chosen(s.m))
			continue;
		s.who = who_may(s.m);
		make_request(&s);
		n = sweep_one(&s, attempt, most);
		s.again = attempt == try_memory && is_stored(&s);
		if (s.again)
			stored = sweep_one(&s, attempt, most);
		print_message("# %s: %u and %u, %u lines lost, %u refused\n", s.m->name, n, stored,
			      s.lost, s.refused);
		desk_close(&s);
		methods++;
		tried += s.tried;
		lost += s.lost;
		refused += s.refused;
	}
	print_message("# %u methods, %u tries, %u lines lost, %u refused\n", methods, tried, lost,
		      refused);
	assert_true(methods > 0 && tried > methods);
}

static void every_call_bears_a_failed_allocation(void **state)
{
	sweep(*state, try_memory, MOST_ALLOCATIONS);
}

static void every_call_bears_a_desk_that_goes(void **state)
{
	sweep(*state, try_turn, MOST_TURNS);
}

static int prepare(void **state)
{
	char env[400];
	int fd;
	void *at;

	(void)snprintf(control_path, sizeof(control_path), "/tmp/steward-oom-%d", (int)getpid());
	fd = open(control_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*control)) != 0)
		return -1;
	at = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (at == MAP_FAILED)
		return -1;
	control = at;
	/* AddressSanitizer wants to be first, and need not. */
	(void)snprintf(env, sizeof(env),
		       "LD_PRELOAD=%s " OOM_CONTROL "=%s ASAN_OPTIONS=verify_asan_link_order=0",
		       PRELOAD, control_path);
	/* One that breaks is made anew within a tenth of a second: meanwhile others serve. */
	if (setenv("DAEMON_ENV", env, 1) != 0 ||
	    setenv("STEWARDD_WRITE_CONNECTIONS", "8", 1) != 0 ||
	    setenv("STEWARDD_READ_CONNECTIONS", "8", 1) != 0 ||
	    setenv("STEWARDD_SLOW_CONNECTIONS", "4", 1) != 0 || rig_up(state) != 0)
		return -1;
	(void)rig_sql(*state, "alter table steward.login_failure disable trigger all");
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
	return 0;
}

static int finish(void **state)
{
	int code = rig_down(state);

	(void)unlink(control_path);
	return code;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest memory[] = {
		cmocka_unit_test(every_call_bears_a_failed_allocation),
	};
	const struct CMUnitTest turns[] = {
		cmocka_unit_test(every_call_bears_a_desk_that_goes),
	};

	if (argc < 3 || strtoul(argv[2], NULL, 10) == 0)
		return 2;
	step = (unsigned)strtoul(argv[2], NULL, 10);
	chosen = argv + 3;
	n_chosen = argc - 3;
	if (strcmp(argv[1], "turns") == 0)
		return cmocka_run_group_tests_name("turns", turns, prepare, finish);
	return cmocka_run_group_tests_name("memory", memory, prepare, finish);
}
