#pragma once
/* The tables that the generator would write for shop.proto, and help for tests that use them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/cli/cli.h"
#include "common/rules.h"
#include "tests/unit/client/cli/shop.pb-c.h"

extern const struct message_rules shop_good_rules, shop_row_rules, shop_sell_rules, shop_bill_rules;
/* "shop sell ITEM BUYER", "shop list", "shop import FILE", "shop note ITEM TEXT" */
extern const struct rpc_method shop_sell, shop_list, shop_import, shop_note;

/* A program without terminal and connection. */
struct shop {
	struct arena mem;
	struct cli cli;
};
int shop_setup(void **state);
int shop_teardown(void **state);

/* A good with number G-1, price 1280.50 CNY, sold on 2026-11-23 16:00, tags a and b. */
Shop__Good *shop_good(struct arena *mem, const char *number, const char *name);
