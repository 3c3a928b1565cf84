#include "server/rpc/access_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROLES_ANY UINT32_MAX
#define ID_TEXT 12 /* a property's number and a comma */

static enum st_code scope_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		       "the request is too large to be worked on");
}

/* What is held at one property, roles for all properties included. */
static uint32_t scope_roles_at(const struct caller *c, int property)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < c->n_grants; i++)
		if (c->grants[i].property == 0 || c->grants[i].property == property)
			roles |= c->grants[i].roles;
	return roles;
}

static uint32_t scope_roles_anywhere(const struct caller *c)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < c->n_grants; i++)
		roles |= c->grants[i].roles;
	return roles;
}

void caller_forget_scopes(struct caller *c)
{
	for (size_t i = 0; i < ACCESS_CACHED; i++) {
		free(c->cached[i].csv);
		c->cached[i].csv = NULL;
	}
}

static void scope_fill(const struct access *a, const struct caller *c, struct access_cached *slot)
{
	char *at = slot->csv;

	slot->n = 0;
	slot->first = 0;
	*at = '\0';
	for (size_t i = 0; i < a->n_properties; i++) {
		int id = a->properties[i].id;

		if ((scope_roles_at(c, id) & slot->roles) == 0)
			continue;
		at += snprintf(at, ID_TEXT, slot->n > 0 ? ",%d" : "%d", id);
		if (slot->n++ == 0)
			slot->first = id;
	}
}

/* The properties where one of 'roles' is held. NULL: no memory. */
static const struct access_cached *scope_of(const struct access *a, struct caller *c,
					    uint32_t roles)
{
	struct access_cached *slot;

	for (size_t i = 0; i < ACCESS_CACHED; i++)
		if (c->cached[i].csv != NULL && c->cached[i].roles == roles)
			return &c->cached[i];
	slot = &c->cached[c->next_cached];
	free(slot->csv);
	slot->csv = malloc(a->n_properties * ID_TEXT + 1);
	if (slot->csv == NULL)
		return NULL;
	slot->roles = roles;
	scope_fill(a, c, slot);
	c->next_cached = (c->next_cached + 1) % ACCESS_CACHED;
	return slot;
}

static const struct access_property *scope_property(const struct access *a, const char *code)
{
	for (size_t i = 0; i < a->n_properties; i++)
		if (strcasecmp(a->properties[i].code, code) == 0)
			return &a->properties[i];
	return NULL;
}

/* "supervisor, manager" */
static void scope_role_names(uint32_t roles, char *out, size_t size)
{
	const ProtobufCEnumDescriptor *d = &steward__role__descriptor;
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < d->n_values; i++) {
		const char *name = d->values[i].name;
		size_t len = strlen(name);

		if ((roles & 1u << d->values[i].value) == 0 || used + len + 3 > size)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
					 name);
		for (char *at = out + used - len; *at != '\0'; at++)
			*at = (char)tolower((unsigned char)*at);
	}
}

static enum st_code scope_denied(const struct rpc_method *m, const char *property,
				 struct st_err *err)
{
	char names[200];

	scope_role_names(m->roles, names, sizeof(names));
	return st_fail(err, ST_PERMISSION_DENIED, "ROLE_REQUIRED", NULL,
		       "you may not do this%s%s; it takes one of these roles: %s",
		       property != NULL ? " at " : "", property != NULL ? property : "", names);
}

static enum st_code scope_text(struct arena *mem, const char *csv, int property,
			       struct access_scope *ret, struct st_err *err)
{
	ret->csv = arena_strdup(mem, csv);
	ret->array = arena_printf(mem, "{%s}", csv);
	ret->property = property != 0 ? arena_printf(mem, "%d", property) : NULL;
	if (ret->csv == NULL || ret->array == NULL || (property != 0 && ret->property == NULL))
		return scope_no_memory(err);
	return ST_OK;
}

/* The call named a property: it alone. What is not one's concern does not exist. */
static enum st_code scope_one(const struct access *a, const struct caller *c,
			      const struct rpc_method *m, uint32_t roles, const char *code,
			      struct arena *mem, struct access_scope *ret, struct st_err *err)
{
	const struct access_property *p = scope_property(a, code);
	char csv[ID_TEXT];

	if (p == NULL || scope_roles_at(c, p->id) == 0)
		return st_fail(err, ST_NOT_FOUND, "NO_SUCH_PROPERTY", "property",
			       "there is no property %s here", code);
	if ((scope_roles_at(c, p->id) & roles) == 0)
		return scope_denied(m, p->code, err);
	(void)snprintf(csv, sizeof(csv), "%d", p->id);
	return scope_text(mem, csv, p->id, ret, err);
}

static enum st_code scope_all(const struct access *a, struct caller *c, const struct rpc_method *m,
			      uint32_t roles, struct arena *mem, struct access_scope *ret,
			      struct st_err *err)
{
	const struct access_cached *known = scope_of(a, c, roles);

	if (known == NULL)
		return scope_no_memory(err);
	if (m->needs_property && known->n == 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_PROPERTY", "property",
			       "there is no property yet where you could do this");
	if (m->needs_property && known->n > 1)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "property",
			       "say at which property (-p CODE)");
	return scope_text(mem, known->csv, known->n == 1 ? known->first : 0, ret, err);
}

static enum st_code scope_check_login(const struct access *a, const struct caller *c,
				      struct st_err *err)
{
	if (c->over.code == ST_OK && access_now(a) < c->expires_ms)
		return ST_OK;
	if (c->over.code == ST_OK)
		return st_fail(err, ST_UNAUTHENTICATED, "SESSION_EXPIRED", NULL,
			       "this login has expired; log in again");
	st_keep_first(err, &c->over);
	return c->over.code;
}

enum st_code access_step_up_check(const struct access *a, const struct caller *c,
				  struct st_err *err)
{
	if (c->proved_ms != INT64_MIN && access_now(a) - c->proved_ms <= ACCESS_PROOF_MS)
		return ST_OK;
	if (!c->totp)
		return st_fail(err, ST_FAILED_PRECONDITION, ST_REASON_STEP_UP, NULL,
			       "this asks for a fresh proof of who you are, and you have no "
			       "authenticator yet: run `steward auth totp-start`");
	return st_fail(err, ST_FAILED_PRECONDITION, ST_REASON_STEP_UP, NULL,
		       "this asks for a proof of who you are that is not older than five minutes: "
		       "run `steward auth step-up`");
}

enum st_code access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
			  const char *property, struct arena *mem, struct access_scope *ret,
			  struct st_err *err)
{
	ST_TRY(scope_check_login(a, c, err));
	c->used_ms = access_now(a);
	return access_scope_again(a, c, m, property, mem, ret, err);
}

enum st_code access_scope_again(struct access *a, struct caller *c, const struct rpc_method *m,
				const char *property, struct arena *mem, struct access_scope *ret,
				struct st_err *err)
{
	bool by_role = m->access == STEWARD__ACCESS__BY_ROLE;
	uint32_t roles = by_role ? m->roles : ROLES_ANY;

	ST_TRY(scope_check_login(a, c, err));
	if (!by_role && m->access != STEWARD__ACCESS__LOGGED_IN)
		return scope_text(mem, "", 0, ret, err);
	if (c->must_change && strcmp(m->cap, "auth") != 0)
		return st_fail(
			err, ST_FAILED_PRECONDITION, "PASSWORD_CHANGE_REQUIRED", NULL,
			"your password was given by somebody else; set one of your own first: "
			"steward auth change-password");
	if (by_role && (scope_roles_anywhere(c) & roles) == 0)
		return scope_denied(m, NULL, err);
	/* Who has an authenticator shows it before changing who may do what. */
	if (by_role && m->access_change && c->totp)
		ST_TRY(access_step_up_check(a, c, err));
	if (property != NULL && property[0] != '\0')
		return scope_one(a, c, m, roles, property, mem, ret, err);
	return scope_all(a, c, m, roles, mem, ret, err);
}

const char *const *access_property_words(const struct access *a, struct arena *mem)
{
	const char **words = arena_array(mem, const char *, a->n_properties * 2 + 1);
	size_t n = 0;

	if (words == NULL)
		return NULL;
	for (size_t i = 0; i < a->n_properties; i++) {
		words[n++] = arena_strdup(mem, a->properties[i].code);
		words[n++] = arena_strdup(mem, a->properties[i].name);
		if (words[n - 1] == NULL || words[n - 2] == NULL)
			return NULL;
	}
	return words;
}
