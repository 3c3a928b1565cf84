#include "tests/unit/common/sample_rules.h"

#include "tests/unit/common/sample.pb-c.h"

#define ANY .low = INT64_MIN, .high = INT64_MAX, .label = "", .help = ""

static const struct field_rule item_fields[] = {
	{ ANY, .max = 20 },               /* name */
	{ ANY },                          /* amount */
	{ ANY, .max = 3, .item_max = 5 }, /* tags */
};

static const struct message_rules rules_item = { &sample__item__descriptor, item_fields, "" };

/* Rows stand in the order of the fields: 17 single ones, 9 repeated, 4 packed, 3 with defaults, 3
 * of a oneof. */
#define PLAIN                                  \
	{                                      \
		ANY, .max = 40, .item_max = 10 \
	}
#define PLAIN4 PLAIN, PLAIN, PLAIN, PLAIN

static const struct field_rule all_fields[36] = {
	PLAIN4,
	PLAIN4,
	PLAIN4,
	PLAIN4,
	{ ANY, .sub = &rules_item }, /* 1 to 17 */
	PLAIN4,
	PLAIN4,
	{ ANY, .max = 40, .sub = &rules_item }, /* 31 to 39 */
	PLAIN4,                                 /* 51 to 54 */
	PLAIN,
	PLAIN,
	PLAIN, /* 61 to 63 */
	PLAIN,
	PLAIN,
	{ ANY, .sub = &rules_item }, /* 71 to 73 */
};

const struct message_rules rules_sample_all = { &sample__all__descriptor, all_fields, "" };

#define DEEP(n, next)                                                                        \
	static const struct field_rule d##n##_fields[] = { { ANY, .sub = &rules_d##next } }; \
	static const struct message_rules rules_d##n = { &sample__d##n##__descriptor,        \
							 d##n##_fields, "" };

static const struct field_rule d9_fields[] = { { ANY } };
static const struct message_rules rules_d9 = { &sample__d9__descriptor, d9_fields, "" };
DEEP(8, 9)
DEEP(7, 8)
DEEP(6, 7)
DEEP(5, 6)
DEEP(4, 5)
DEEP(3, 4)
DEEP(2, 3)
static const struct field_rule d1_fields[] = { { ANY, .sub = &rules_d2 } };
const struct message_rules rules_sample_d1 = { &sample__d1__descriptor, d1_fields, "" };

static const struct field_rule row_fields[] = {
	{ ANY, .max = 10, .required = true, .format = STEWARD__FORMAT__LINE }, /* summary */
	{ ANY },                                                               /* count */
};
static const struct message_rules rules_row = { &sample__row__descriptor, row_fields, "" };

static const struct field_rule form_fields[] = {
	{ ANY, .max = 8, .required = true, .format = STEWARD__FORMAT__LINE },   /* title */
	{ ANY, .max = 16, .choices = "urgent|high|normal|low" },                /* choice */
	{ .low = 1, .high = 5, .label = "", .help = "" },                       /* score */
	{ .low = 10, .high = INT64_MAX, .label = "", .help = "" },              /* at_least */
	{ .low = INT64_MIN, .high = 100, .label = "", .help = "" },             /* at_most */
	{ .low = 1000, .high = 9999, .secret = true, .label = "", .help = "" }, /* pin */
	{ ANY },                                                                /* color */
	{ ANY, .max = 4 },                                                      /* key */
	{ ANY, .max = 3, .item_max = 4, .format = STEWARD__FORMAT__NAME },      /* tags */
	{ ANY, .max = 100, .sub = &rules_row },                                 /* rows */
	{ ANY, .sub = &rules_row },                                             /* head */
	{ ANY, .max = 2, .item_max = 3 },                                       /* keys */
	{ ANY, .max = 12, .required = true, .secret = true },                   /* password */
	{ .max = 3, .low = 0, .high = 9, .label = "", .help = "" },             /* numbers */
	{ ANY, .max = 8, .required = true },                                    /* must_key */
	{ ANY, .max = 2, .item_max = 8, .required = true },                     /* must_tags */
	{ ANY, .required = true, .sub = &rules_row },                           /* must_row */
};

const struct message_rules rules_sample_form = { &sample__form__descriptor, form_fields, "" };
