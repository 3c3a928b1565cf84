#pragma once
/* The tables that the generator would write for sample.proto. */
#include "common/rules.h"

extern const struct message_rules rules_sample_all, rules_sample_d1, rules_sample_form;
