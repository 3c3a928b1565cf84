/*
 * First byte: which secret. The rest: the text as it was typed, or the sealed bytes as they were
 * stored. What is taken for a token, a code or a password must be one by the rules, written down
 * here a second time.
 */
#include "server/rpc/secret.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/pki.h"
#include "common/utf8.h"
#include "common/uuid.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (4u << 20)
#define TEXT_MAX 4096

static void enrolment(const char *text)
{
	struct enrol_token token, again;
	struct st_err err = { 0 };
	char made[ENROL_TOKEN_TEXT];

	if (enrol_token_parse(text, &token, &err) != ST_OK) {
		must(err.code == ST_INVALID_ARGUMENT && err.message[0] != '\0');
		return;
	}
	must(strlen(text) == ENROL_TOKEN_TEXT - 2 && strncmp(text, "stw1.", 5) == 0);
	for (unsigned i = 0; i < 26; i++)
		must(token.secret[i] == toupper((unsigned char)text[5 + i]));
	/* Its second half is the only way to write this pin. */
	enrol_token_new(token.pin, made);
	must(strcasecmp(made + 31, text + 31) == 0);
	must(enrol_token_parse(made, &again, &err) == ST_OK);
	must(memcmp(again.pin, token.pin, PKI_PIN) == 0);
}

/* How many characters stand there besides those that people add for the eye. */
static size_t count_but(const char *text, const char *filling)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += strchr(filling, *text) == NULL;
	return n;
}

static void codes(const char *text)
{
	static const uint8_t secret[TOTP_SECRET] = "12345678901234567890";
	uint8_t hash[32];
	char code[7];
	int64_t step = -1;
	bool used;

	if (totp_is_code(text, code)) {
		must(strlen(code) == 6 && strspn(code, "0123456789") == 6);
		must(count_but(text, " ") == 6);
		if (totp_verify(secret, sizeof(secret), code, 59, -1, &step, &used))
			must(step == 0 || step == 1);
	}
	if (recovery_code_hash(text, hash))
		must(count_but(text, " -") == 16);
	(void)totp_verify(secret, sizeof(secret), text, 1111111109, 0, &step, &used);
}

static void passwords(const char *text, bool has_totp)
{
	static const char *const words[] = { "Sunny Gardens", "wang.fang", "", NULL };
	struct st_err err = { 0 };
	enum st_code code = password_check(text, has_totp, words, "password", &err);
	size_t chars = utf8_count(text);

	must(code == ST_OK || (code == ST_INVALID_ARGUMENT && err.message[0] != '\0'));
	if (code == ST_OK)
		must(chars <= PASSWORD_MAX && chars >= PASSWORD_MIN_TOTP &&
		     (has_totp || chars >= PASSWORD_MIN));
}

/* Bytes that nobody sealed are not opened; bytes that were are, unless one bit has changed. */
static void box(struct slice in, struct arena *mem)
{
	static const uint8_t key[32] = "a key of thirty-two bytes......";
	struct st_err err = { 0 };
	struct slice plain, sealed;
	struct secret_box *b;

	must(secret_box_new(key, &b, &err) == ST_OK);
	must(secret_unseal(b, in, "user", mem, &plain, &err) != ST_OK);
	must(secret_seal(b, in, "user", mem, &sealed, &err) == ST_OK);
	must(secret_unseal(b, sealed, "user", mem, &plain, &err) == ST_OK);
	must(plain.len == in.len && (in.len == 0 || memcmp(plain.data, in.data, in.len) == 0));
	must(secret_unseal(b, sealed, "other", mem, &plain, &err) != ST_OK);
	((uint8_t *)sealed.data)[sealed.len / 2] ^= 0x10;
	must(secret_unseal(b, sealed, "user", mem, &plain, &err) == ST_DATA_LOSS);
	secret_box_free(b);
}

static void ids(const char *text)
{
	char again[UUID_TEXT];
	struct uuid id;
	uint8_t hash[32];

	if (uuid_parse(text, strlen(text), &id))
		must(strcasecmp(uuid_format(&id, again), text) == 0);
	token_hash(text, hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;
	char *text;

	if (size == 0 || size > TEXT_MAX)
		return 0;
	arena_init(&mem, ARENA_MAX);
	text = arena_strndup(&mem, (const char *)data + 1, size - 1);
	must(text != NULL);
	switch (data[0] % 6) {
	case 0:
		enrolment(text);
		break;
	case 1:
		codes(text);
		break;
	case 2:
	case 3:
		/* The walker lets nothing else through. */
		if (utf8_ok((const uint8_t *)text, strlen(text)))
			passwords(text, data[0] % 6 == 2);
		break;
	case 4:
		box(slice_of(data + 1, size - 1), &mem);
		break;
	case 5:
		ids(text);
		break;
	}
	arena_fini(&mem);
	return 0;
}
