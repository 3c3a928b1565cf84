/*
 * A person of two properties that are twins: the same numbers stand for other things at each. What
 * is asked for as "SUN/C-1001" is what "C-1001" is at SUN, in every call that takes a reference; a
 * statement that forgets the property somewhere answers with both, or with the wrong one. (Who
 * works at one property only would not see it: row-level security hides the other one.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"
#include "proto/option_types.pb-c.h"
#include "tests/support/people.h"
#include "tests/support/rig.h"

#define TRIES 5 /* until nothing has moved on between two looks */

static const char *const roles[] = { "clerk",      "operator", "technician", "dispatcher",
				     "supervisor", "manager",  "quality",    "cashier",
				     "finance",    "director" };

static const json_t *done(struct rig *rig, const char *who, const char *at, const char *method,
			  const char *request)
{
	struct rig_result r = rig_call(rig, who, at, method, request, NULL);

	if (r.err.code != ST_OK)
		fail_msg("%s at %s: %s %s", method, at, r.err.field, r.err.message);
	return r.reply;
}

/* The same at each property, in the same order. */
static void world(struct rig *rig, const char *at)
{
	static const struct {
		const char *method, *request;
	} steps[] = {
		{ "department.Add", "{'code': 'ENG', 'name': 'Engineering'}" },
		{ "department.Join", "{'department': 'ENG', 'user': 'technician'}" },
		{ "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}" },
		{ "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}" },
		{ "party.Add", "{'name': 'Li'}" },
		{ "occupancy.Start", "{'place': '3-1-1202', 'party': 'P-1001', 'role': 'owner', "
				     "'from': '2020-01-01'}" },
		{ "case.Open", "{'kind': 'repair', 'summary': 'Tap drips', 'party': 'P-1001', "
			       "'place': '3-1-1202'}" },
		{ "case.Open", "{'kind': 'repair', 'summary': 'It drips', 'party': 'P-1002', "
			       "'spot': 'lobby'}" },
		{ "relation.Link", "{'case': 'C-1001', 'other': 'C-1002'}" },
		{ "case.Dispatch", "{'case': 'C-1001', 'to': 'ENG'}" },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		(void)done(rig, "r-twin", at, steps[i].method, steps[i].request);
	/* Others do the work, so that the twin may check it. */
	(void)done(rig, "technician", at, "order.Accept", "{'order': 'W-1001'}");
	(void)done(rig, "r-twin", at, "price.Set",
		   "{'code': 'LABOUR', 'name': 'An hour', 'kind': 'labour', 'unit': 'hour', "
		   "'price_minor': '6000'}");
	(void)done(rig, "technician", at, "order.AddItem",
		   "{'order': 'W-1001', 'code': 'LABOUR', 'quantity': '2'}");
	(void)done(rig, "technician", at, "order.ProposeCharge", "{'order': 'W-1001'}");
	(void)done(rig, "technician", at, "order.Complete",
		   "{'order': 'W-1001', 'result': 'Mended'}");
	(void)done(rig, "clerk", at, "visit.Record",
		   "{'case': 'C-1001', 'outcome': 'reached', 'score': 5}");
	(void)done(rig, "r-twin", at, "visit.Sample",
		   "{'from': '2020-01-01', 'to': '2099-12-31', 'share': 100}");
}

static void grant(struct rig *rig, const char *who, const char *role, const char *at)
{
	char request[200];

	(void)snprintf(request, sizeof(request), "{'user': '%s', 'role': '%s', 'at': '%s'}", who,
		       role, at);
	(void)done(rig, "admin", NULL, "user.Grant", request);
}

static int prepare(void **state)
{
	static const char *const at[] = { "SUN", "LAK" };

	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "admin", "user.Add",
	       "{'login': 'r-twin', 'full_name': 'Twin', 'password': '" PEOPLE_PASSWORD
	       "', 'must_change': false}");
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
			grant(*state, "r-twin", roles[i], at[p]);
	grant(*state, "technician", "technician", "LAK");
	grant(*state, "clerk", "clerk", "LAK");
	for (size_t p = 0; p < 2; p++)
		world(*state, at[p]);
	return 0;
}

/* What a reference of this name means in both worlds; NULL: nothing. */
static const char *reference(const char *field)
{
	static const struct {
		const char *field, *ref;
	} known[] = {
		{ "case", "C-1001" },    { "order", "W-1001" },     { "party", "P-1001" },
		{ "place", "3-1-1202" }, { "occupancy", "T-1001" }, { "into", "C-1002" },
		{ "other", "C-1002" },   { "department", "ENG" },   { "subject", "C-1001" },
		{ "to", "ENG" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].field, field) == 0)
			return known[i].ref;
	return NULL;
}

/* What else some changes need to be tried. */
static const char *rest_of(const char *method)
{
	static const struct {
		const char *method, *rest;
	} known[] = {
		{ "case.Note", ", 'text': 'x'" },
		{ "case.Edit", ", 'summary': 'Otherwise'" },
		{ "case.Reopen", ", 'why': 'It drips again'" },
		{ "visit.Check", ", 'outcome': 'confirmed'" },
		{ "order.AddItem", ", 'code': 'LABOUR', 'quantity': '1'" },
		{ "order.HandOn", ", 'to': 'ENG', 'why': 'x'" },
		{ "party.Edit", ", 'name': 'Wang Wu'" },
		{ "place.Edit", ", 'name': 'Corner'" },
		{ "occupancy.Edit", ", 'note': 'x'" },
		{ "relation.Link", ", 'other': 'C-1002', 'kind': 'caused_by'" },
		{ "relation.Unlink", ", 'other': 'C-1002'" },
		{ "relation.Merge", ", 'into': 'C-1002'" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].method, method) == 0)
			return known[i].rest;
	return "";
}

/* Does the call take one reference as its first word, and do without a property of its own? */
static const char *first_reference(const struct rpc_method *m)
{
	if (m->rpc_class == STEWARD__CLASS__STREAM || m->access != STEWARD__ACCESS__BY_ROLE ||
	    m->needs_property || m->inner || m->access_change)
		return NULL;
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].arg == 1 &&
		    m->in->desc->fields[i].type == PROTOBUF_C_TYPE_STRING &&
		    m->in->desc->fields[i].label != PROTOBUF_C_LABEL_REPEATED)
			return m->in->desc->fields[i].name;
	return NULL;
}

/* The reply as text, without what differs between two calls: ids made by it, and the seconds. */
static char *plain(const json_t *reply)
{
	char *text = json_dumps(reply, JSON_SORT_KEYS | JSON_COMPACT);
	struct uuid id;

	assert_non_null(text);
	for (char *p = text; strlen(p) >= UUID_TEXT - 1; p++)
		if (uuid_parse(p, UUID_TEXT - 1, &id))
			memset(p, '-', UUID_TEXT - 1);
		else if (p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':')
			memset(p + 11, '-', 8);
	return text;
}

static struct rig_result tried(struct rig *rig, const struct rpc_method *m, const char *at,
			       const char *field, const char *ref)
{
	struct call_options o = { .dry_run = m->rpc_class == STEWARD__CLASS__WRITE };
	char request[300];

	(void)snprintf(request, sizeof(request), "{'%s': '%s%s'%s}", field,
		       at == NULL ? "SUN/" : "", ref, rest_of(m->name));
	return rig_call(rig, "r-twin", at, m->name, request, &o);
}

static bool same(const struct rig_result *a, const struct rig_result *b)
{
	char *x, *y;
	bool equal;

	if (a->err.code != b->err.code || strcmp(a->err.reason, b->err.reason) != 0)
		return false;
	if (a->err.code != ST_OK)
		return true;
	x = plain(a->reply);
	y = plain(b->reply);
	equal = strcmp(x, y) == 0;
	free(x);
	free(y);
	return equal;
}

static void a_reference_with_its_property_is_one_there(void **state)
{
	unsigned compared = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		const char *field = first_reference(m);
		const char *ref = field != NULL ? reference(field) : NULL;
		struct rig_result there = { 0 }, anywhere = { 0 };
		bool equal = false;

		for (int try = 0; ref != NULL && !equal && try < TRIES; try++) {
			there = tried(*state, m, "SUN", field, ref);
			anywhere = tried(*state, m, NULL, field, ref);
			equal = same(&there, &anywhere);
		}
		if (ref != NULL && !equal)
			fail_msg("%s of SUN/%s: %s %s, at SUN: %s %s", m->name, ref,
				 st_code_name(anywhere.err.code),
				 anywhere.err.code == ST_OK ? plain(anywhere.reply)
							    : anywhere.err.message,
				 st_code_name(there.err.code),
				 there.err.code == ST_OK ? plain(there.reply) : there.err.message);
		compared += ref != NULL && there.err.code == ST_OK;
	}
	print_message("# %u calls gave the same\n", compared);
	assert_true(compared >= 25);
}

/* Where no property is named, a number of both is refused instead of guessed. */
static void a_number_of_both_is_refused(void **state)
{
	static const char *const calls[][2] = { { "case.Show", "{'case': 'C-1001'}" },
						{ "order.Show", "{'order': 'W-1001'}" },
						{ "party.Show", "{'party': 'P-1001'}" },
						{ "place.Show", "{'place': '3-1-1202'}" },
						{ "occupancy.Edit",
						  "{'occupancy': 'T-1001', 'note': 'x'}" },
						{ "clock.Show", "{'case': 'C-1001'}" },
						{ "visit.Show", "{'case': 'C-1001'}" } };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(
			rig_call(*state, "r-twin", NULL, calls[i][0], calls[i][1], NULL).err.code,
			ST_INVALID_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reference_with_its_property_is_one_there),
		cmocka_unit_test(a_number_of_both_is_refused),
	};

	return cmocka_run_group_tests_name("reach", tests, prepare, rig_down);
}
