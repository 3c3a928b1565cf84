#pragma once
/*
 * What the declarations and the rest of the source tree owe each other: no file of a capability
 * that nobody listed, no :call statement and no hooks that C code and declarations know of
 * differently, and no rpc without a test.
 */
#include "proto/gen/model.h"

void tree_check(struct gen *g, const struct schema *s);
/* Every capability has tests/cap/<cap>_test.c, which names each of its rpcs ("case.Open"). */
void tree_check_tests(struct gen *g, const struct schema *s);
