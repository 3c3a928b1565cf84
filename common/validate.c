#include "common/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/format.h"
#include "common/path.h"
#include "common/utf8.h"

struct validation {
	struct arena *mem;
	struct violations *v;
	struct st_err *err;
	enum st_code code; /* OK until the first violation */
};

#define VALIDATE_SENTENCE sizeof(((struct st_err *)0)->message)

static void violate(struct validation *val, const struct path *at, const char *rule,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void violate(struct validation *val, const struct path *at, const char *rule,
		    const char *fmt, ...)
{
	char path[sizeof val->err->field], sentence[VALIDATE_SENTENCE];
	struct violation *item;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	path_format(at, path, sizeof path);
	if (val->code == ST_OK)
		val->code = st_fail(val->err, ST_INVALID_ARGUMENT, rule, path, "%s", sentence);
	if (val->v == NULL || val->v->n >= VIOLATIONS_MAX)
		return;
	item = &val->v->items[val->v->n];
	item->field = arena_strdup(val->mem, path);
	item->rule = rule;
	item->message = arena_strdup(val->mem, sentence);
	if (item->field == NULL || item->message == NULL)
		val->code = st_fail(val->err, ST_RESOURCE_EXHAUSTED, NULL, path,
				    "there is no memory left to say what is wrong");
	else
		val->v->n++;
}

/* The first fault is known and nothing more can be told. */
static bool validate_full(const struct validation *val)
{
	return val->code == ST_RESOURCE_EXHAUSTED ||
	       (val->code != ST_OK && (val->v == NULL || val->v->n >= VIOLATIONS_MAX));
}

static bool validate_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == 0;
}

/* A required text of blanks only is as good as none. A secret is left as it is. */
static bool validate_missing(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			     const struct field_rule *rule)
{
	struct slice s;

	if (!field_is_set(msg, f))
		return true;
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return false;
	s = field_slice(msg, f, 0);
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return s.len == 0 || (!rule->secret && validate_blank((const char *)s.data));
	return f->type == PROTOBUF_C_TYPE_BYTES && s.len == 0;
}

/* Is 'text' one of "a|b|c"? */
static bool validate_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	while (true) {
		size_t n = strcspn(choices, "|");

		if (n == len && memcmp(choices, text, n) == 0)
			return true;
		if (choices[n] == 0)
			return false;
		choices += n + 1;
	}
}

/* "a|b|c" as "a, b or c". */
static const char *validate_choices_text(const char *choices, char *out, size_t size)
{
	size_t n = 0;

	while (n < size) {
		size_t len = strcspn(choices, "|");
		const char *rest = choices + len;
		const char *join = *rest == 0 ? "" : strchr(rest + 1, '|') != NULL ? ", " : " or ";

		n += (size_t)snprintf(out + n, size - n, "%.*s%s", (int)len, choices, join);
		if (*rest == 0)
			break;
		choices = rest + 1;
	}
	return out;
}

/* Where an empty text stands for none. An empty id or date would only fail later. */
static bool validate_may_be_empty(const struct field_rule *rule)
{
	switch ((Steward__Format)rule->format) {
	case STEWARD__FORMAT__TEXT:
	case STEWARD__FORMAT__LINE:
	case STEWARD__FORMAT__PHONE:
	case STEWARD__FORMAT__CODE:
	case STEWARD__FORMAT__NAME:
		return rule->choices == NULL;
	default:
		return false;
	}
}

static void validate_string(struct validation *val, const struct field_rule *rule, uint32_t max,
			    const char *text, const struct path *at)
{
	char choices[VALIDATE_SENTENCE - 20];
	size_t chars = utf8_count(text);
	const char *wrong;

	if (chars > max) {
		violate(val, at, "TOO_LONG", "at most %u characters, this has %zu", max, chars);
		return;
	}
	if (text[0] == 0 && validate_may_be_empty(rule))
		return;
	if (rule->choices != NULL && !validate_choice(rule->choices, text)) {
		violate(val, at, "NOT_A_CHOICE", "one of %s is needed",
			validate_choices_text(rule->choices, choices, sizeof choices));
		return;
	}
	wrong = format_check((Steward__Format)rule->format, text);
	if (wrong != NULL)
		violate(val, at, "FORMAT", "%s", wrong);
}

static void validate_number(struct validation *val, const struct field_rule *rule, int64_t n,
			    const struct path *at)
{
	char given[40] = "";

	if (n >= rule->low && n <= rule->high)
		return;
	if (!rule->secret)
		(void)snprintf(given, sizeof given, ", this is %" PRId64, n);
	if (rule->low == INT64_MIN)
		violate(val, at, "OUT_OF_RANGE", "at most %" PRId64 "%s", rule->high, given);
	else if (rule->high == INT64_MAX)
		violate(val, at, "OUT_OF_RANGE", "at least %" PRId64 "%s", rule->low, given);
	else
		violate(val, at, "OUT_OF_RANGE", "from %" PRId64 " to %" PRId64 "%s", rule->low,
			rule->high, given);
}

static void validate_message(struct validation *val, const struct message_rules *rules,
			     const ProtobufCMessage *msg, const struct path *up);

static void validate_item(struct validation *val, const struct field_rule *rule,
			  const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
			  const struct path *at)
{
	uint32_t max = at->indexed ? rule->item_max : rule->max;
	struct slice s = field_slice(msg, f, i);
	int64_t n;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		validate_message(val, rule->sub, field_message(msg, f, i), at);
	} else if (f->type == PROTOBUF_C_TYPE_STRING) {
		validate_string(val, rule, max, (const char *)s.data, at);
	} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
		if (s.len > max)
			violate(val, at, "TOO_LONG", "at most %u bytes, this has %zu", max, s.len);
	} else if (field_number(msg, f, i, &n)) {
		if (f->type == PROTOBUF_C_TYPE_ENUM &&
		    protobuf_c_enum_descriptor_get_value(f->descriptor, (int)n) == NULL)
			violate(val, at, "NOT_A_CHOICE", "this is none of the known values");
		else
			validate_number(val, rule, n, at);
	}
}

static void validate_field(struct validation *val, const struct field_rule *rule,
			   const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			   const struct path *up)
{
	struct path at = { up, f->name, 0, false };
	size_t n = field_count(msg, f);

	if (rule->required && validate_missing(msg, f, rule)) {
		violate(val, &at, "REQUIRED", "must be given");
		return;
	}
	if (f->label == PROTOBUF_C_LABEL_REPEATED && n > rule->max) {
		violate(val, &at, "TOO_MANY", "at most %u of these, there are %zu", rule->max, n);
		return;
	}
	at.indexed = f->label == PROTOBUF_C_LABEL_REPEATED;
	for (size_t i = 0; i < n && !validate_full(val); i++) {
		at.index = i;
		validate_item(val, rule, msg, f, i, &at);
	}
}

static void validate_message(struct validation *val, const struct message_rules *rules,
			     const ProtobufCMessage *msg, const struct path *up)
{
	for (unsigned i = 0; i < rules->desc->n_fields && !validate_full(val); i++)
		validate_field(val, &rules->fields[i], msg, &rules->desc->fields[i], up);
}

enum st_code message_validate(const struct message_rules *rules, const ProtobufCMessage *msg,
			      struct arena *mem, struct violations *v, struct st_err *err)
{
	struct validation val = { .mem = mem, .v = v, .err = err };

	validate_message(&val, rules, msg, NULL);
	return val.code;
}
