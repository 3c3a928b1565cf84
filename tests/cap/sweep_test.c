/*
 * What follows from the declarations for every call, tested for every call: the wrong role is
 * refused, a foreign property is not found, nobody gets in without logging in, a missing or
 * overlong field is refused by name.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/people.h"
#include "tests/support/rig.h"

static const char *const role_names[] = PEOPLE_ROLES;

/* Users are named like their role, in the order of enum Steward__Role. */
static bool method_allows(const struct rpc_method *m, size_t role)
{
	return (m->roles & (1u << (role + 1))) != 0;
}

static bool is_unary_by_role(const struct rpc_method *m)
{
	return m->access == STEWARD__ACCESS__BY_ROLE && m->rpc_class != STEWARD__CLASS__STREAM;
}

/* Somebody who may call it. */
static const char *method_user(const struct rpc_method *m)
{
	for (size_t i = 0; role_names[i] != NULL; i++)
		if (method_allows(m, i))
			return role_names[i];
	return "clerk";
}

static void expect(const struct rpc_method *m, const char *who, const struct rig_result *r,
		   enum st_code code)
{
	if (r->err.code != code)
		fail_msg("%s as %s: expected %s, got %s %s [%s] %s", m->name, who,
			 st_code_name(code), st_code_name(r->err.code), r->err.reason, r->err.field,
			 r->err.message);
}

static void sweep_wrong_role_is_refused(void **state)
{
	size_t checked = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];

		for (size_t role = 0; is_unary_by_role(m) && role_names[role] != NULL; role++) {
			struct rig_result r;

			if (method_allows(m, role))
				continue;
			r = rig_call(*state, role_names[role], "SUN", m->name, "{}", NULL);
			expect(m, role_names[role], &r, ST_PERMISSION_DENIED);
			checked++;
		}
	}
	assert_true(checked > 100);
}

static void sweep_foreign_property_is_not_found(void **state)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct rig_result r;

		if (!is_unary_by_role(m))
			continue;
		r = rig_call(*state, method_user(m), "LAK", m->name, "{}", NULL);
		expect(m, method_user(m), &r, ST_NOT_FOUND);
		r = rig_call(*state, method_user(m), "NOWHERE", m->name, "{}", NULL);
		expect(m, method_user(m), &r, ST_NOT_FOUND);
	}
}

static void sweep_nobody_gets_in_without_login(void **state)
{
	struct arena mem;
	struct profile profile;
	struct client *c;
	struct st_err err = { 0 };
	struct call_options none = { 0 };

	arena_init(&mem, 64u << 20);
	assert_int_equal(profile_load(rig_desk(*state), &mem, &profile, &err), ST_OK);
	profile.token = NULL;
	assert_int_equal(client_new(rig_loop(*state), &profile, &c, &err), ST_OK);
	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct call_result r;

		if (m->rpc_class == STEWARD__CLASS__STREAM)
			continue;
		if (m->access == STEWARD__ACCESS__BY_ROLE ||
		    m->access == STEWARD__ACCESS__LOGGED_IN) {
			(void)client_call(c, m, message_new(m->in->desc, &mem), &none, &mem, &r);
			assert_int_equal(r.err.code, ST_UNAUTHENTICATED);
		} else if (m->access == STEWARD__ACCESS__ENROLMENT) {
			(void)client_call(c, m, message_new(m->in->desc, &mem), &none, &mem, &r);
			assert_int_equal(r.err.code, ST_PERMISSION_DENIED);
		}
	}
	client_free(c);
	arena_fini(&mem);
}

static void sweep_missing_field_is_named(void **state)
{
	size_t checked = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct rig_result r;
		unsigned k = 0;

		while (k < m->in->desc->n_fields && !m->in->fields[k].required)
			k++;
		if (!is_unary_by_role(m) || k == m->in->desc->n_fields)
			continue;
		r = rig_call(*state, method_user(m), "SUN", m->name, "{}", NULL);
		expect(m, method_user(m), &r, ST_INVALID_ARGUMENT);
		assert_string_equal(r.err.field, m->in->desc->fields[k].name);
		checked++;
	}
	assert_true(checked > 10);
}

static bool names_field(const struct call_result *r, const char *field)
{
	for (size_t i = 0; i < r->n_violations; i++)
		if (strcmp(r->violations[i].field, field) == 0)
			return true;
	return false;
}

/* A text one character longer than declared. */
static void check_overlong(struct rig *rig, const struct rpc_method *m, unsigned field,
			   struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &m->in->desc->fields[field];
	uint32_t len = m->in->fields[field].max + 1;
	char *text = arena_alloc(mem, len + 1);
	ProtobufCMessage *msg = message_new(m->in->desc, mem);
	struct call_options o = { .property = "SUN" };
	struct call_result r;
	struct st_err err = { 0 };

	memset(text, 'a', len);
	assert_int_equal(field_set_text(msg, f, text, len, mem, &err), ST_OK);
	(void)client_call(rig_client(rig, method_user(m)), m, msg, &o, mem, &r);
	if (r.err.code != ST_INVALID_ARGUMENT || !names_field(&r, f->name))
		fail_msg("%s: an overlong %s gave %s %s", m->name, f->name,
			 st_code_name(r.err.code), r.err.message);
}

static void sweep_overlong_text_is_named(void **state)
{
	size_t checked = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct arena mem;

		arena_init(&mem, 64u << 20);
		for (unsigned k = 0; is_unary_by_role(m) && k < m->in->desc->n_fields; k++)
			if (m->in->desc->fields[k].type == PROTOBUF_C_TYPE_STRING &&
			    m->in->desc->fields[k].label != PROTOBUF_C_LABEL_REPEATED) {
				check_overlong(*state, m, k, &mem);
				checked++;
			}
		arena_fini(&mem);
	}
	assert_true(checked > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sweep_wrong_role_is_refused),
		cmocka_unit_test(sweep_foreign_property_is_not_found),
		cmocka_unit_test(sweep_nobody_gets_in_without_login),
		cmocka_unit_test(sweep_missing_field_is_named),
		cmocka_unit_test(sweep_overlong_text_is_named),
	};

	return cmocka_run_group_tests_name("sweep", tests, rig_up, rig_down);
}
