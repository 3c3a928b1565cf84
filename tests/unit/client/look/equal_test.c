#include "client/look/equal.h"

#include <string.h>

#include "client/cli/args.h"
#include "client/cli/command.h"
#include "client/look/method.h"
#include "client/look/value.h"
#include "tests/unit/client/cli/shop.h"

/* A request filled as the command line fills it: pairs of a field's name and its text. */
static ProtobufCMessage *request_of(struct shop *s, const struct rpc_method *m,
				    const char *const *pairs)
{
	ProtobufCMessage *msg = message_new(m->in->desc, &s->mem);
	struct st_err err = { 0 };

	for (; *pairs != NULL; pairs += 2) {
		unsigned field;

		if (args_rule(m->in, pairs[0], &field) == NULL)
			fail_msg("%s has no field %s", m->name, pairs[0]);
		if (value_set(msg, m->in, field, pairs[1], &s->mem, &err) != ST_OK)
			fail_msg("%s: %s", pairs[0], err.message);
	}
	return msg;
}

#define EQUAL(s, m, property, ...)                                                           \
	equal_command((m), request_of((s), (m), (const char *const[]){ __VA_ARGS__, NULL }), \
		      (property), &(s)->mem)

static const struct rpc_method *get(const char *words)
{
	const struct rpc_method *m = method_of_words(words);

	if (m == NULL)
		fail_msg("there is no method '%s'", words);
	return m;
}

static void words_come_first_then_flags_then_the_property(void **state)
{
	struct shop *s = *state;

	assert_string_equal(
		EQUAL(s, get("case open"), "SUN", "kind", "repair", "summary",
		      "Kitchen pipe burst"),
		"steward case open --kind repair --summary 'Kitchen pipe burst' -p SUN");
	assert_string_equal(EQUAL(s, &shop_sell, "SUN", "tag", "x", "price_minor", "1280.5", "gift",
				  "true", "buyer", "P-7", "item", "G-1", "tag", "y z"),
			    "steward shop sell G-1 P-7 --price 1280.50 --gift --tag x --tag 'y z' "
			    "-p SUN");
	assert_string_equal(EQUAL(s, &shop_sell, "", "gift", "false"),
			    "steward shop sell --no-gift");
	assert_string_equal(EQUAL(s, &shop_list, NULL, "limit", "20", "text", "tap"),
			    "steward shop list tap --limit 20");
	assert_string_equal(
		equal_command(&shop_list, message_new(shop_list.in->desc, &s->mem), NULL, &s->mem),
		"steward shop list");
}

static void the_shell_reads_what_was_meant(void **state)
{
	static const char *const cases[][2] = {
		{ "", "''" },
		{ "plain", "plain" },
		{ "a@b.example", "a@b.example" },
		{ "+86:1,2/3_4%", "+86:1,2/3_4%" },
		{ "it's", "'it'\\''s'" },
		{ "'", "''\\'''" },
		{ "$HOME `id` \"x\" \\", "'$HOME `id` \"x\" \\'" },
		{ "a\nb", "'a\nb'" },
		{ "水管", "'水管'" },
		{ "~", "'~'" },
		{ "a=b", "'a=b'" },
		{ "#1", "'#1'" },
	};
	struct shop *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			EQUAL(s, &shop_sell, NULL, "note", cases[i][0]),
			arena_printf(&s->mem, "steward shop sell --note %s", cases[i][1]));
	assert_string_equal(EQUAL(s, &shop_list, "it's", "text", "a"),
			    "steward shop list a -p 'it'\\''s'");
}

static void words_that_look_like_flags_come_last(void **state)
{
	struct shop *s = *state;

	assert_string_equal(EQUAL(s, &shop_note, "SUN", "item", "G-1", "text", "-5 degrees"),
			    "steward shop note -p SUN -- G-1 '-5 degrees'");
	assert_string_equal(EQUAL(s, &shop_sell, NULL, "item", "G-1", "note", "--gift"),
			    "steward shop sell G-1 --note --gift");
}

static void what_is_no_text_has_a_stand_in(void **state)
{
	struct shop *s = *state;

	/* A word that is not there yet while one behind it is. */
	assert_string_equal(EQUAL(s, &shop_sell, NULL, "buyer", "P-7"),
			    "steward shop sell ITEM P-7");
	assert_string_equal(EQUAL(s, &shop_sell, NULL, "item", "G-1"), "steward shop sell G-1");
	assert_string_equal(EQUAL(s, &shop_sell, NULL, "letter", "Dear Sir", "photo", "\\x00",
				  "photo", "\\xff", "pin", "4711"),
			    "steward shop sell --letter FILE --photo FILE --photo FILE");
	assert_string_equal(
		EQUAL(s, &shop_import, "SUN", "rows", "{\"ref\":\"1\"}", "origin", "old"),
		"steward shop import FILE --origin old -p SUN");
	assert_string_equal(
		EQUAL(s, get("attach"), NULL, "name", "my photo.jpg", "size", "5"),
		arena_printf(&s->mem, "steward attach %s 'my photo.jpg'",
			     method_field_name(get("attach"),
					       (unsigned)method_field_of_place(get("attach"), 1),
					       &s->mem)));
}

static void no_memory_is_no_command(void **state)
{
	struct shop *s = *state;
	ProtobufCMessage *msg = request_of(
		s, &shop_sell,
		(const char *const[]){ "item", "a b", "price_minor", "1", "gift", "true", NULL });
	const char *whole = equal_command(&shop_sell, msg, "SUN", &s->mem);
	bool done = false;
	size_t limit = 0;

	for (; !done; limit++) {
		struct arena mem;
		const char *command;

		arena_init(&mem, limit);
		command = equal_command(&shop_sell, msg, "SUN", &mem);
		done = command != NULL;
		if (done)
			assert_string_equal(command, whole);
		assert_true(done || mem.refused);
		arena_fini(&mem);
	}
	assert_true(limit > strlen(whole));
}

/* One word of a command as a POSIX shell reads it, at 'to'; what would have a meaning of its own
 * there may not stand unquoted. Returns what follows. */
static const char *shell_word(const char *line, char **to)
{
	while (*line != '\0' && *line != ' ') {
		if (*line == '\'') {
			size_t n = strcspn(++line, "'");

			assert_int_equal(line[n], '\'');
			memcpy(*to, line, n);
			*to += n;
			line += n + 1;
		} else if (line[0] == '\\' && line[1] == '\'') {
			*(*to)++ = '\'';
			line += 2;
		} else {
			if (strchr("\\\"$`;&|<>()*?[]{}~#!=^\n\t", *line) != NULL)
				fail_msg("the shell would read more than '%c'", *line);
			*(*to)++ = *line++;
		}
	}
	*(*to)++ = '\0';
	return line;
}

static int shell_split(const char *line, char **argv, int max, struct arena *mem)
{
	char *to = arena_alloc(mem, strlen(line) + 1);
	int argc = 0;

	assert_non_null(to);
	while (*line != '\0') {
		argv[argc++] = to;
		assert_true(argc < max);
		line = shell_word(line, &to);
		line += strspn(line, " ");
	}
	argv[argc] = NULL;
	return argc;
}

/* Always the same numbers. */
static uint64_t any_number(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/*
 * Texts that are hard on the way through a shell. The command line cannot express: a text that is
 * "-" alone (it reads standard input there), and the least of all amounts of money (money_parse()
 * takes no minor units beyond INT64_MAX).
 */
static const char *any_text(uint64_t *seed)
{
	static const char *const texts[] = {
		"",   "C-1042", "a b",  "it's",       "'",       "-5",        "--",     "--yes",
		"-p", "$HOME",  "`id`", "\\",         "\"a\"",   "水管 漏水", "a\n\tb", "~",
		"#1", "a=b",    "*",    "2026-11-23", "a;b&c|d", " ",         "case",   "list",
	};

	return texts[any_number(seed) % (sizeof(texts) / sizeof(texts[0]))];
}

static void fill_message(ProtobufCMessage *msg, const struct message_rules *rules, uint64_t *seed,
			 struct arena *mem);

static const char *any_scalar(const ProtobufCFieldDescriptor *f, uint64_t *seed, struct arena *mem)
{
	uint64_t n = any_number(seed) >> any_number(seed) % 64;
	const ProtobufCEnumDescriptor *e;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return any_text(seed);
	case PROTOBUF_C_TYPE_BYTES:
		return arena_printf(mem, "\\x%02x%02x", (unsigned)(n & 255),
				    (unsigned)(n >> 8 & 255));
	case PROTOBUF_C_TYPE_BOOL:
		return n % 2 == 0 ? "true" : "false";
	case PROTOBUF_C_TYPE_ENUM:
		e = f->descriptor;
		return e->values[n % e->n_values].name;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return arena_printf(mem, "%lu", (unsigned long)(n & UINT32_MAX));
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return arena_printf(mem, "%llu", (unsigned long long)n);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return arena_printf(mem, "%s%lld", n % 2 == 0 ? "-" : "", (long long)(n >> 1));
	default:
		return arena_printf(mem, "%s%d", n % 2 == 0 ? "-" : "", (int)(n >> 1 & INT32_MAX));
	}
}

static void fill_field(ProtobufCMessage *msg, const struct message_rules *rules, unsigned field,
		       uint64_t *seed, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	struct st_err err = { 0 };
	const char *text;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		fill_message(f->label == PROTOBUF_C_LABEL_REPEATED
				     ? field_add_message(msg, f, mem)
				     : field_need_message(msg, f, mem),
			     rules->fields[field].sub, seed, mem);
		return;
	}
	text = any_scalar(f, seed, mem);
	assert_non_null(text);
	if (field_set_text(msg, f, text, strlen(text), mem, &err) != ST_OK)
		fail_msg("%s: %s", f->name, err.message);
}

static void fill_message(ProtobufCMessage *msg, const struct message_rules *rules, uint64_t *seed,
			 struct arena *mem)
{
	assert_non_null(msg);
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		bool many = rules->desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED;

		for (uint64_t n = many ? 1 + any_number(seed) % 3 : 1; n > 0; n--)
			fill_field(msg, rules, i, seed, mem);
	}
}

/* --limit is a number of rows. */
static void fill_limit(ProtobufCMessage *msg, const struct rpc_method *m, uint64_t *seed,
		       struct arena *mem)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++) {
		struct st_err err = { 0 };
		const char *rows = arena_printf(mem, "%d", (int)(1 + any_number(seed) % 1000));

		if (method_is_paging(m, i) && field_is_set(msg, &m->in->desc->fields[i]))
			assert_int_equal(field_set_text(msg, &m->in->desc->fields[i], rows,
							strlen(rows), mem, &err),
					 ST_OK);
	}
}

/* Leaves out some of the fields. Of words only the last ones can be missing. */
static void thin(ProtobufCMessage *msg, const struct rpc_method *m, uint64_t *seed)
{
	unsigned words = (unsigned)(any_number(seed) % (method_places(m) + 1));

	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].arg > 0 ? m->in->fields[i].arg > words && m->upload_end == NULL
					     : any_number(seed) % 2 == 0)
			field_clear(msg, &m->in->desc->fields[i]);
}

/* What no command line holds: secrets, the contents of files, the rows of an import, and what the
 * command finds out itself. */
static void forget_the_unsaid(ProtobufCMessage *msg, const struct rpc_method *m)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].secret || m->in->fields[i].file || method_is_import(m, i) ||
		    method_is_own(m, i))
			field_clear(msg, &m->in->desc->fields[i]);
}

/* The command's arguments without its words, found as the program finds them. */
static char **arguments(struct shop *s, const struct rpc_method *m, int *argc, char **argv)
{
	struct command found = { 0 };
	struct st_err err = { 0 };
	int words = 1;

	if (!command_is_internal(m) && rpc_find(m->name) == m) {
		if (command_find(*argc, argv, s->cli.mem, &found, &err) != ST_OK)
			fail_msg("%s: %s", m->words, err.message);
		assert_ptr_equal(found.method, m);
		*argc = found.argc;
		return found.argv;
	}
	for (const char *c = strchr(m->words, ' '); c != NULL; c = strchr(c + 1, ' '))
		words++;
	*argc -= words;
	argv[words] = argv[0];
	return argv + words;
}

static void read_limit(struct shop *s, const struct rpc_method *m, ProtobufCMessage *request)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++) {
		struct st_err err = { 0 };
		const char *rows = arena_printf(s->cli.mem, "%lld", (long long)s->cli.opt.limit);

		if (method_is_paging(m, i) && s->cli.opt.limit != 0)
			assert_int_equal(field_set_text(request, &m->in->desc->fields[i], rows,
							strlen(rows), s->cli.mem, &err),
					 ST_OK);
	}
}

static void same_request(struct shop *s, const struct rpc_method *m, ProtobufCMessage *msg,
			 ProtobufCMessage *parsed, const char *command)
{
	struct slice want, got;
	struct st_err err = { 0 };

	forget_the_unsaid(msg, m);
	read_limit(s, m, parsed);
	assert_int_equal(wire_pack(msg, s->cli.mem, &want, &err), ST_OK);
	assert_int_equal(wire_pack(parsed, s->cli.mem, &got, &err), ST_OK);
	if (want.len != got.len || memcmp(want.data, got.data, want.len) != 0)
		fail_msg("this means another request: %s", command);
}

static bool holds_a_file(const ProtobufCMessage *msg, const struct rpc_method *m)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].file && field_is_set(msg, &m->in->desc->fields[i]))
			return true;
	return false;
}

/* The command of 'msg', split and parsed, gives 'msg'. */
static void there_and_back(struct shop *s, const struct rpc_method *m, ProtobufCMessage *msg,
			   const char *property)
{
	const char *command = equal_command(m, msg, property, s->cli.mem), *name = NULL;
	struct st_err err = { 0 };
	char *argv[400], **rest;
	struct args a;
	int argc;

	assert_non_null(command);
	if (m->upload_end != NULL)
		name = field_text(msg, message_field(m->in->desc, "name"), 0, s->cli.mem);
	argc = shell_split(command, argv, 400, s->cli.mem);
	assert_string_equal(argv[0], "steward");
	rest = arguments(s, m, &argc, argv);
	s->cli.opt = (struct options){ 0 };
	if (args_parse(&s->cli, m, argc, rest, &a, &err) != ST_OK)
		fail_msg("%s: %s", command, err.message);
	same_request(s, m, msg, a.request, command);
	if (property == NULL || property[0] == '\0')
		assert_null(s->cli.opt.property);
	else
		assert_string_equal(s->cli.opt.property, property);
	if (m->import != NULL)
		assert_string_equal(a.import.file, "FILE");
	if (m->upload_end != NULL) {
		assert_int_equal(a.file.n_files, 1);
		assert_string_equal(a.file.files[0], name != NULL ? name : "FILE");
	}
}

static void method_there_and_back(struct shop *s, const struct rpc_method *m, uint64_t *seed)
{
	static const char *const properties[] = { NULL, "SUN", "", "all", "it's" };

	for (int round = 0; round < 9; round++) {
		struct arena mem;
		ProtobufCMessage *msg;

		arena_init(&mem, 64u << 20);
		s->cli.mem = &mem;
		msg = message_new(m->in->desc, &mem);
		fill_message(msg, m->in, seed, &mem);
		fill_limit(msg, m, seed, &mem);
		if (round > 0)
			thin(msg, m, seed);
		/* FILE would be read. */
		if (holds_a_file(msg, m))
			forget_the_unsaid(msg, m);
		there_and_back(s, m, msg, properties[any_number(seed) % 5]);
		s->cli.mem = &s->mem;
		arena_fini(&mem);
	}
}

static void every_command_gives_its_request(void **state)
{
	static const struct rpc_method *const others[] = { &shop_sell, &shop_list, &shop_import,
							   &shop_note };
	uint64_t seed = 0x5eed;

	for (size_t i = 0; i < rpc_method_count; i++)
		method_there_and_back(*state, &rpc_methods[i], &seed);
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			method_there_and_back(*state, others[i], &seed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(words_come_first_then_flags_then_the_property),
		TEST(the_shell_reads_what_was_meant),
		TEST(words_that_look_like_flags_come_last),
		TEST(what_is_no_text_has_a_stand_in),
		TEST(no_memory_is_no_command),
		TEST(every_command_gives_its_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
