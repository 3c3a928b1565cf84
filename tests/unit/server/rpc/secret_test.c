/* Passwords, codes, tokens and the box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/uuid.h"
#include "server/rpc/secret.h"

/* -- passwords -- */

static void password_fits_its_own_hash_only(void **state)
{
	char hash[PASSWORD_HASH_TEXT], again[PASSWORD_HASH_TEXT];
	struct st_err err = { 0 };

	assert_int_equal(password_hash("correct horse battery staple", hash, &err), ST_OK);
	assert_int_equal(password_hash("correct horse battery staple", again, &err), ST_OK);
	assert_string_not_equal(hash, again);
	assert_true(strncmp(hash, "$argon2id$v=19$m=65536,t=3,p=1$", 31) == 0);
	assert_true(password_verify("correct horse battery staple", hash));
	assert_false(password_verify("correct horse battery stapler", hash));
	assert_false(password_verify("", hash));
}

static void password_of_nobody_fits_nothing(void **state)
{
	assert_false(password_verify("correct horse battery staple", NULL));
	assert_false(password_verify("correct horse battery staple", ""));
	assert_false(
		password_verify("correct horse battery staple", "$argon2id$v=19$m=1,t=1,p=1$$"));
}

static void password_rules(void **state)
{
	static const char *const words[] = { "SUN", "Sunshine Garden", "wang", "Wang Fang", NULL };
	static const struct {
		const char *password;
		bool has_totp;
		const char *reason; /* NULL: good */
	} cases[] = {
		{ "correct horse battery staple", false, NULL },
		{ "Tr0ub4dor&3xyzzyplugh", false, NULL },
		{ "k7m2q-x9w4e-zz3tv-hj6rp", false, NULL },
		{ "\xe6\xa0\xa1\xe5\x9b\xad\xe9\x87\x8c\xe7\x9a\x84\xe6\xa1\x82\xe8\x8a\xb1"
		  "\xe5\xbc\x80\xe4\xba\x86\xe5\xbe\x88\xe5\xa4\x9a\xe5\xb9\xb4\xe4\xba\x86\xe5"
		  "\x90\x97\xe7\x9c\x9f\xe5\xa5\xbd",
		  false, NULL }, /* 15 characters of Chinese */
		{ "fourteen chars", false, "TOO_SHORT" },
		{ "plum tree", true, NULL },
		{ "plumtre", true, "TOO_SHORT" },
		{ "aaaaaaaaaaaaaaaaaaaa", false, "TOO_EASY" },
		{ "1234567890123456", false, "TOO_EASY" },
		{ "abcdefghijklmnopqrst", false, "TOO_EASY" },
		{ "passwordpassword", false, "TOO_EASY" },
		{ "PassWord-PassWord!", false, "TOO_EASY" },
		{ "papasswordssword123", false, "TOO_EASY" },
		{ "sunshinegarden2024", false, "TOO_EASY" },
		{ "Wang Fang Sunshine!", false, "TOO_EASY" },
		{ "qwertyuiop123456", false, "TOO_EASY" },
		{ "password", true, "TOO_EASY" },
		{ "", false, "TOO_SHORT" },
	};
	struct st_err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		err = (struct st_err){ 0 };
		enum st_code code = password_check(cases[i].password, cases[i].has_totp, words,
						   "new", &err);

		if ((code == ST_OK) != (cases[i].reason == NULL) ||
		    (cases[i].reason != NULL && strcmp(err.reason, cases[i].reason) != 0))
			fail_msg("'%s' gave %s", cases[i].password,
				 code == ST_OK ? "OK" : err.reason);
		if (code != ST_OK)
			assert_string_equal(err.field, "new");
	}
}

static void password_longest(void **state)
{
	char text[PASSWORD_MAX * 4 + 8];
	struct st_err err = { 0 };
	size_t n = 0;

	for (unsigned i = 0; i < PASSWORD_MAX; i++, n += 4) /* four bytes each */
		memcpy(text + n, i % 2 == 0 ? "\xf0\x9f\x8c\xb1" : "\xf0\x9f\x8d\x80", 4);
	text[n] = '\0';
	assert_int_equal(password_check(text, false, NULL, "new", &err), ST_OK);
	memcpy(text + n, "x", 2);
	assert_int_equal(password_check(text, false, NULL, "new", &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "TOO_LONG");
}

static void password_random_passes_the_rules(void **state)
{
	char text[PASSWORD_RANDOM_TEXT], other[PASSWORD_RANDOM_TEXT];
	struct st_err err = { 0 };

	for (int i = 0; i < 200; i++) {
		password_random(text);
		assert_int_equal(strlen(text), PASSWORD_RANDOM_TEXT - 1);
		assert_int_equal(password_check(text, false, NULL, "new", &err), ST_OK);
		password_random(other);
		assert_string_not_equal(text, other);
	}
}

/* -- codes -- */

static const uint8_t rfc_secret[] = "12345678901234567890";

/* RFC 6238, appendix B: its codes have eight digits, ours are the last six. */
static void totp_known_answers(void **state)
{
	static const struct {
		uint64_t at;
		const char *code;
	} cases[] = {
		{ 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
		{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" }
	};
	struct st_err err = { 0 };
	char code[7];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(totp_code(rfc_secret, 20, cases[i].at / 30, code, &err), ST_OK);
		assert_string_equal(code, cases[i].code);
	}
}

static void totp_agrees_with_oathtool(void **state)
{
	for (int i = 0; i < 5; i++) {
		uint8_t secret[TOTP_SECRET];
		char text[TOTP_SECRET_TEXT], command[200], theirs[16] = "", ours[7];
		unsigned long at = 1700000000ul + (unsigned long)i * 86413;
		struct st_err err = { 0 };
		FILE *f;

		totp_secret_new(secret);
		totp_secret_text(secret, text);
		(void)snprintf(command, sizeof(command), "oathtool --totp -b %s --now @%lu", text,
			       at);
		f = popen(command, "r");
		assert_non_null(f);
		assert_non_null(fgets(theirs, sizeof(theirs), f));
		assert_int_equal(pclose(f), 0);
		assert_int_equal(totp_code(secret, TOTP_SECRET, at / 30, ours, &err), ST_OK);
		theirs[strcspn(theirs, "\n")] = '\0';
		assert_string_equal(ours, theirs);
	}
}

static void totp_secret_is_base32(void **state)
{
	char text[TOTP_SECRET_TEXT];

	totp_secret_text(rfc_secret, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void totp_takes_this_and_the_last_step_once(void **state)
{
	int64_t now = 1234567890, step = -1; /* step 41152263, code 005924 */
	struct st_err err = { 0 };
	char last[7], older[7], next[7];
	bool used;

	assert_int_equal(totp_code(rfc_secret, 20, 41152262, last, &err), ST_OK);
	assert_int_equal(totp_code(rfc_secret, 20, 41152261, older, &err), ST_OK);
	assert_int_equal(totp_code(rfc_secret, 20, 41152264, next, &err), ST_OK);
	assert_true(totp_verify(rfc_secret, 20, "005924", now, 0, &step, &used));
	assert_int_equal(step, 41152263);
	assert_true(totp_verify(rfc_secret, 20, last, now, 0, &step, &used));
	assert_int_equal(step, 41152262);
	assert_false(totp_verify(rfc_secret, 20, older, now, 0, &step, &used));
	assert_false(used);
	assert_false(totp_verify(rfc_secret, 20, next, now, 0, &step, &used));
	assert_false(used);
	assert_false(totp_verify(rfc_secret, 20, "005924", now, 41152263, &step, &used));
	assert_true(used);
	assert_false(totp_verify(rfc_secret, 20, last, now, 41152263, &step, &used));
	assert_true(used);
	assert_false(totp_verify(rfc_secret, 20, "005924\n", now, 0, &step, &used));
	assert_false(totp_verify(rfc_secret, 20, "", now, 0, &step, NULL));
}

static void totp_codes_as_typed(void **state)
{
	char code[7];

	assert_true(totp_is_code("005924", code));
	assert_true(totp_is_code(" 005 924 ", code));
	assert_string_equal(code, "005924");
	assert_false(totp_is_code("00592", code));
	assert_false(totp_is_code("0059244", code));
	assert_false(totp_is_code("00592x", code));
	assert_false(totp_is_code("", code));
}

static void totp_address_names_the_login(void **state)
{
	struct arena mem;

	arena_init(&mem, 4096);
	assert_string_equal(totp_uri(rfc_secret, "wang", &mem),
			    "otpauth://totp/Steward:wang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
			    "&issuer=Steward");
	arena_fini(&mem);
}

static void recovery_code_however_typed(void **state)
{
	char code[RECOVERY_TEXT], typed[64];
	uint8_t hash[32], other[32];
	size_t n = 0;

	recovery_code_new(code);
	assert_int_equal(strlen(code), RECOVERY_TEXT - 1);
	assert_true(recovery_code_hash(code, hash));
	for (const char *at = code; *at != '\0'; at++) {
		if (*at == '-')
			continue;
		typed[n++] = ' ';
		typed[n++] = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
	}
	typed[n] = '\0';
	assert_true(recovery_code_hash(typed, other));
	assert_memory_equal(hash, other, 32);
	code[0] = code[0] == 'a' ? 'b' : 'a';
	assert_true(recovery_code_hash(code, other));
	assert_memory_not_equal(hash, other, 32);
	code[RECOVERY_TEXT - 2] = '\0';
	assert_false(recovery_code_hash(code, other));
	assert_false(recovery_code_hash("", other));
	assert_false(recovery_code_hash("abcd-efgh-jkmn-pqr0", other));
	assert_false(recovery_code_hash("abcd-efgh-jkmn-pqrst", other));
}

/* -- tokens -- */

static void tokens_are_different_and_long(void **state)
{
	char one[TOKEN_TEXT], two[TOKEN_TEXT];
	uint8_t hash[32], again[32];

	token_new(one);
	token_new(two);
	assert_int_equal(strlen(one), TOKEN_TEXT - 1);
	assert_int_equal(
		strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		TOKEN_TEXT - 1);
	assert_string_not_equal(one, two);
	token_hash(one, hash);
	token_hash(one, again);
	assert_memory_equal(hash, again, 32);
	token_hash(two, again);
	assert_memory_not_equal(hash, again, 32);
}

/* -- the box -- */

struct box_state {
	struct arena mem;
	struct secret_box *box;
};

static int box_up(void **state)
{
	static struct box_state s;
	struct st_err err = { 0 };
	uint8_t key[32];

	memset(key, 7, sizeof(key));
	arena_init(&s.mem, 1 << 20);
	*state = &s;
	return secret_box_new(key, &s.box, &err) == ST_OK ? 0 : -1;
}

static int box_down(void **state)
{
	struct box_state *s = *state;

	secret_box_free(s->box);
	arena_fini(&s->mem);
	return 0;
}

static void box_gives_back_what_went_in(void **state)
{
	struct box_state *s = *state;
	struct slice one, two, out;
	struct st_err err = { 0 };

	assert_int_equal(secret_seal(s->box, slice_str("secret"), "me", &s->mem, &one, &err),
			 ST_OK);
	assert_int_equal(secret_seal(s->box, slice_str("secret"), "me", &s->mem, &two, &err),
			 ST_OK);
	assert_int_equal(one.len, 6 + 29);
	assert_memory_not_equal(one.data, two.data, one.len);
	assert_int_equal(secret_unseal(s->box, one, "me", &s->mem, &out, &err), ST_OK);
	assert_int_equal(out.len, 6);
	assert_memory_equal(out.data, "secret", 6);
	assert_int_equal(secret_seal(s->box, slice_str(""), "", &s->mem, &one, &err), ST_OK);
	assert_int_equal(secret_unseal(s->box, one, "", &s->mem, &out, &err), ST_OK);
	assert_int_equal(out.len, 0);
}

static void box_refuses_what_was_altered(void **state)
{
	struct box_state *s = *state;
	struct slice sealed, out;
	struct st_err err = { 0 };
	uint8_t *bytes;

	assert_int_equal(secret_seal(s->box, slice_str("secret"), "me", &s->mem, &sealed, &err),
			 ST_OK);
	bytes = (uint8_t *)sealed.data;
	for (size_t i = 0; i < sealed.len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
		assert_int_equal(secret_unseal(s->box, sealed, "me", &s->mem, &out, &err),
				 ST_DATA_LOSS);
		bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(
			secret_unseal(s->box, slice_of(bytes, len), "me", &s->mem, &out, &err),
			ST_DATA_LOSS);
	assert_int_equal(secret_unseal(s->box, sealed, "me", &s->mem, &out, &err), ST_OK);
}

static void box_refuses_another_place_or_key(void **state)
{
	struct box_state *s = *state;
	struct secret_box *other;
	struct slice sealed, out;
	struct st_err err = { 0 };
	uint8_t key[32] = { 8 }, ours[32], theirs[32];

	assert_int_equal(secret_box_new(key, &other, &err), ST_OK);
	assert_int_equal(secret_seal(s->box, slice_str("secret"), "me", &s->mem, &sealed, &err),
			 ST_OK);
	assert_int_equal(secret_unseal(s->box, sealed, "you", &s->mem, &out, &err), ST_DATA_LOSS);
	assert_int_equal(secret_unseal(s->box, sealed, "", &s->mem, &out, &err), ST_DATA_LOSS);
	assert_int_equal(secret_unseal(other, sealed, "me", &s->mem, &out, &err), ST_DATA_LOSS);
	secret_fingerprint(s->box, slice_str("a password"), ours);
	secret_fingerprint(other, slice_str("a password"), theirs);
	assert_memory_not_equal(ours, theirs, 32);
	secret_fingerprint(s->box, slice_str("a password"), theirs);
	assert_memory_equal(ours, theirs, 32);
	secret_box_free(other);
}

static void bytes_as_the_database_reads_them(void **state)
{
	struct arena mem;

	arena_init(&mem, 4096);
	assert_string_equal(secret_bytea(slice_of("\x00\xab\x10", 3), &mem), "\\x00ab10");
	assert_string_equal(secret_bytea(slice_of("", 0), &mem), "\\x");
	arena_fini(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_fits_its_own_hash_only),
		cmocka_unit_test(password_of_nobody_fits_nothing),
		cmocka_unit_test(password_rules),
		cmocka_unit_test(password_longest),
		cmocka_unit_test(password_random_passes_the_rules),
		cmocka_unit_test(totp_known_answers),
		cmocka_unit_test(totp_agrees_with_oathtool),
		cmocka_unit_test(totp_secret_is_base32),
		cmocka_unit_test(totp_takes_this_and_the_last_step_once),
		cmocka_unit_test(totp_codes_as_typed),
		cmocka_unit_test(totp_address_names_the_login),
		cmocka_unit_test(recovery_code_however_typed),
		cmocka_unit_test(tokens_are_different_and_long),
		cmocka_unit_test_setup_teardown(box_gives_back_what_went_in, box_up, box_down),
		cmocka_unit_test_setup_teardown(box_refuses_what_was_altered, box_up, box_down),
		cmocka_unit_test_setup_teardown(box_refuses_another_place_or_key, box_up, box_down),
		cmocka_unit_test(bytes_as_the_database_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
