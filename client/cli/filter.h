#pragma once
/* --jq: JSON through a jq expression, if the program was built with libjq. */
#include <stdio.h>

#include "common/err.h"

/* Writes each result on a line, strings without quotes. INVALID_ARGUMENT: the expression is wrong
 * or fails. */
enum st_code filter_jq(const char *expression, const char *json, FILE *out,
		       struct st_err *err) ST_MUSTCHECK;
