#pragma once
/* Joins methods and statements: which statements a method runs, where their parameters come from,
 * where their rows go. */
#include "proto/gen/model.h"

void plan_methods(struct gen *g, struct schema *s);
/* Every statement must be used by somebody; after plan_methods(). */
void plan_check_unused(struct gen *g, const struct schema *s);
/* What is done by the daemon's clock: a :due has its :tick, and neither asks for what the daemon
 * does not know. */
void plan_check_ticks(struct gen *g, const struct schema *s);
/* The :tick beside a :due. */
const struct statement *tick_of(const struct schema *s, const struct statement *due);
