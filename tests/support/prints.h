#pragma once
/* What an rpc that prints answered: of its first document the parts that tests look at. */
#include "tests/support/rig.h"

/* Value of a fact, by its label; NULL: it has none such. */
const char *prints_fact(const json_t *prints, const char *label);
/* The last cell of a row of a table; fails the test where there is none. */
const char *prints_cell(const json_t *prints, int table, int row);
