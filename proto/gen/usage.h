#pragma once
/* How a command is typed, for the pages that describe it. */
#include "proto/gen/model.h"

/* The fields of a request in the order of the command line: words, then flags. NULL-terminated. */
const struct field **usage_fields(struct gen *g, const struct method *m);
/* "CASE" for a word, "--kind=KIND" or "--open" for a flag, "--code-file=FILE" for a secret, "FILE"
 * for what is imported. */
const char *usage_field(struct gen *g, const struct method *m, const struct field *f);
/* What a command that sends or fetches files takes beside the fields of its request; ended by a
 * NULL word. */
struct usage_extra {
	const char *word, *help;
	bool needed;
};
const struct usage_extra *usage_extras(const struct method *m);
/* The whole line behind `steward`: "case open --kind=NAME [--phone=PHONE]". */
const char *usage_line(struct gen *g, const struct method *m);
/* "required; a name; up to 32 characters", in one sentence without a full stop; "" if nothing is to
 * be said. */
const char *usage_limits(struct gen *g, const struct method *m, const struct field *f);
/* The field's comment, and for a file what must be in it. */
const char *usage_help(struct gen *g, const struct method *m, const struct field *f);
/* What happens while the line is down, who may call, what it costs: each a sentence. */
const char *usage_offline(const struct method *m);
const char *usage_who(struct gen *g, const struct method *m);
const char *usage_danger(const struct method *m);
