#include "client/tui/person.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/wire.h"

static void person_text(const ProtobufCMessage *msg, const char *name, char *out, size_t size)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	struct slice text = { 0 };

	if (f != NULL)
		text = field_slice(msg, f, 0);
	(void)snprintf(out, size, "%.*s", (int)text.len,
		       text.len > 0 ? (const char *)text.data : "");
}

static bool person_true(const ProtobufCMessage *msg, const char *name)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	int64_t n = 0;

	return f != NULL && field_number(msg, f, 0, &n) && n != 0;
}

static uint32_t person_role(const char *name)
{
	const ProtobufCEnumDescriptor *roles = &steward__role__descriptor;

	for (unsigned i = 0; i < roles->n_values; i++)
		if (strcasecmp(roles->values[i].name, name) == 0)
			return 1u << roles->values[i].value;
	return 0;
}

void person_read(struct person *p, const ProtobufCMessage *whoami)
{
	const ProtobufCFieldDescriptor *f = message_field(whoami->descriptor, "grants");

	*p = (struct person){ .known = true, .must_change = person_true(whoami, "must_change") };
	person_text(whoami, "login", p->login, sizeof(p->login));
	person_text(whoami, "full_name", p->full_name, sizeof(p->full_name));
	person_text(whoami, "device", p->device, sizeof(p->device));
	for (size_t i = 0; f != NULL && i < field_count(whoami, f); i++) {
		const ProtobufCMessage *grant = field_message(whoami, f, i);
		struct person_grant *g = &p->grants[p->n_grants];
		char role[40];

		if (p->n_grants == sizeof(p->grants) / sizeof(p->grants[0]))
			return;
		person_text(grant, "role", role, sizeof(role));
		person_text(grant, "property", g->property, sizeof(g->property));
		g->role = person_role(role);
		p->n_grants++;
	}
}

uint32_t person_roles(const struct person *p, const char *property)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < p->n_grants; i++)
		if (property == NULL || property[0] == '\0' || p->grants[i].property[0] == '\0' ||
		    strcmp(p->grants[i].property, property) == 0)
			roles |= p->grants[i].role;
	return roles;
}
