#pragma once
/* Who sits at the desk, and what they may do at the property they look at. */
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/rules.h"

struct person_grant {
	uint32_t role;     /* 1u << Steward__Role */
	char property[17]; /* "": everywhere */
};

struct person {
	char login[33], full_name[101], device[61];
	bool known, must_change;
	struct person_grant grants[200];
	size_t n_grants;
};

/* From the answer of auth.Whoami. */
void person_read(struct person *p, const ProtobufCMessage *whoami);
/* Roles at a property; "" or NULL: at any. */
uint32_t person_roles(const struct person *p, const char *property);
