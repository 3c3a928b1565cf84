#pragma once
/*
 * The look at the flags before argp parses them: argp takes any unambiguous beginning of a long
 * option, which would make every new flag a breach of old scripts, and it cannot say what was
 * meant.
 */
#include <argp.h>
#include <stdbool.h>

#include "common/err.h"

/* Tables of options in order of precedence, each ended by a zero row. NULL slots are skipped. */
#define FLAG_TABLES 3
struct flag_set {
	const struct argp_option *tables[FLAG_TABLES];
};

bool flag_is_end(const struct argp_option *o);
/* By its long name (not ended by 0) or its letter; NULL: there is none. Aliases give the option
 * they stand for. */
const struct argp_option *flag_long(const struct flag_set *set, const char *name, size_t len);
const struct argp_option *flag_letter(const struct flag_set *set, char letter);

/* One word of the command line. */
struct flag_word {
	bool is_flag;
	bool takes_next;                  /* a flag whose value is the next word */
	const struct argp_option *option; /* NULL: not in the set */
};
struct flag_word flag_look(const struct flag_set *set, const char *word);

/* Every flag must be known by its full name and have its value. 'argv' starts with the first word
 * to look at. */
enum st_code flags_check(const struct flag_set *set, int argc, char *const *argv,
			 struct st_err *err) ST_MUSTCHECK;
