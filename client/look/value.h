#pragma once
/* One field's value as people type it: money with a point, messages as JSON, everything else as it
 * travels. */
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"

/* Sets an optional, or appends to a repeated field from such a text. */
enum st_code value_set(ProtobufCMessage *msg, const struct message_rules *rules, unsigned field,
		       const char *text, struct arena *mem, struct st_err *err) ST_MUSTCHECK;
/* The reverse: what value_set() makes the same value of ("12.50", "2026-11-23", "true"); element
 * 'i' of a repeated field. In 'mem'; NULL: absent, or no memory. */
const char *value_text(const ProtobufCMessage *msg, const struct message_rules *rules,
		       unsigned field, size_t i, struct arena *mem);
/* What stands for the value in help and empty forms: "KIND", "YYYY-MM-DD", "a|b". */
const char *value_placeholder(const struct message_rules *rules, unsigned field, struct arena *mem);
/* Text of any kind, not one of a few words. */
bool value_is_free_text(const ProtobufCFieldDescriptor *f, const struct field_rule *rule);
