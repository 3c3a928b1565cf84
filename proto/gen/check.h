#pragma once
/* The rules a declaration must keep by itself, before statements and the tree come in. */
#include "proto/gen/model.h"

void check_schema(struct gen *g, struct schema *s);
/* Parts of it: every field and message; every rpc. */
void check_messages(struct gen *g, const struct schema *s);
void check_methods(struct gen *g, const struct schema *s);
