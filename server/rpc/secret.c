#include "server/rpc/secret.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liboath/oath.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "common/pki.h"
#include "common/utf8.h"
#include "common/uuid.h"

#define HASH_PASSES 3
#define HASH_MEMORY ((size_t)64 << 20)

#define WORD_MAX 40 /* bytes of a word looked for in passwords */

#define BOX_VERSION 1
#define BOX_NONCE 12
#define BOX_TAG 16
#define BOX_OVERHEAD (1 + BOX_NONCE + BOX_TAG)

struct secret_box {
	uint8_t key[32];
};

/* 32 letters and digits that are not mistaken for one another on paper. */
static const char secret_letters[33] = "abcdefghijkmnpqrstuvwxyz23456789";

void secret_wipe(char *text)
{
	if (text != NULL)
		sodium_memzero(text, strlen(text));
}

/* Random letters in groups of 'group', joined by hyphens; 5 bits each. */
static void secret_letters_fill(char *out, size_t letters, size_t group)
{
	uint8_t bits[32];

	must(letters <= sizeof(bits));
	random_bytes(bits, letters);
	for (size_t i = 0; i < letters; i++) {
		if (i > 0 && i % group == 0)
			*out++ = '-';
		*out++ = secret_letters[bits[i] & 31];
	}
	*out = '\0';
	sodium_memzero(bits, sizeof(bits));
}

/* -- passwords -- */

enum st_code password_hash(const char *password, char out[PASSWORD_HASH_TEXT], struct st_err *err)
{
	char text[crypto_pwhash_STRBYTES];

	if (sodium_init() < 0 ||
	    crypto_pwhash_str_alg(text, password, strlen(password), HASH_PASSES, HASH_MEMORY,
				  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the server has no memory to hash a password now; try again");
	must(strlen(text) < PASSWORD_HASH_TEXT);
	memcpy(out, text, strlen(text) + 1);
	return ST_OK;
}

bool password_verify(const char *password, const char *hash)
{
	/* Of random bytes nobody has: what an unknown person's password is compared with, so that
	 * the answer takes as long. */
	static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$Yjnl9cszG6SDV0DNSEi65Q$"
				     "tAzqJze5ovHiey+Vk1yato1r/1Si8yXpUJF6rRaeEVg";
	const char *against = hash != NULL ? hash : nobody;

	if (sodium_init() < 0)
		return false;
	return crypto_pwhash_str_verify(against, password, strlen(password)) == 0 && hash != NULL;
}

/* What everybody tries first. */
static const char *const password_common[] = {
	"administrator", "management", "qwertyuiop", "asdfghjkl", "1q2w3e4r5t", "1qaz2wsx3edc",
	"iloveyou",      "password",   "passwort",   "changeme",  "sunshine",   "princess",
	"football",      "baseball",   "superman",   "starwars",  "trustno1",   "computer",
	"internet",      "property",   "building",   "security",  "customer",   "service",
	"company",       "manager",    "cashier",    "steward",   "welcome",    "letmein",
	"zxcvbnm",       "michael",    "default",    "1q2w3e4r",  "1qaz2wsx",   "qwerty",
	"asdfgh",        "zxcvbn",     "dragon",     "monkey",    "master",     "shadow",
	"secret",        "summer",     "winter",     "spring",    "autumn",     "monday",
	"friday",        "sunday",     "january",    "december",  "office",     "system",
	"access",        "woaini",     "zhongguo",   "beijing",   "shanghai",   "5201314",
	"qazwsx",        "abc123",     "admin",      "clerk",     "guest",      "login",
	"hello",         "batman",     "china",      "desk",      "user",       "test",
	"pass",          "root",       "home",       "1314",      NULL,
};

/* Takes every occurrence of a word out of 'text', as often as removing one makes another. */
static bool password_strip(char *text, const char *word, size_t len)
{
	bool any = false;
	char *at = text;

	for (; *at != '\0'; at++) {
		if (strncmp(at, word, len) != 0)
			continue;
		memmove(at, at + len, strlen(at + len) + 1);
		any = true;
		if (*at == '\0')
			break;
	}
	return any;
}

static size_t password_lower(const char *from, size_t len, char word[WORD_MAX])
{
	for (size_t i = 0; i < len && i < WORD_MAX; i++)
		word[i] = (char)tolower((unsigned char)from[i]);
	return len;
}

/* A name as a whole ("u-bo") and its words ("Sunny Gardens"), as far as they are 'len' long. Bytes
 * above ASCII belong to words. */
static bool password_strip_name(char *text, const char *name, size_t len)
{
	char word[WORD_MAX];
	bool any = false;

	if (password_lower(name, strlen(name), word) == len)
		any |= password_strip(text, word, len);
	while (*name != '\0') {
		size_t n = 0;

		while (isalnum((unsigned char)name[n]) || (name[n] & 0x80) != 0)
			n++;
		if (password_lower(name, n, word) == len)
			any |= password_strip(text, word, len);
		name += n + (name[n] != '\0');
	}
	return any;
}

/* Long words first, so that what they contain does not break them up. */
static bool password_strip_all(char *text, const char *const *words)
{
	bool any = false;

	for (size_t len = WORD_MAX; len >= 3; len--) {
		for (size_t i = 0; words != NULL && words[i] != NULL; i++)
			any |= password_strip_name(text, words[i], len);
		for (size_t i = 0; password_common[i] != NULL; i++)
			if (strlen(password_common[i]) == len)
				any |= password_strip(text, password_common[i], len);
	}
	return any;
}

/* How many characters of what is left are more than a repetition of, or the next after, the one
 * before. */
static size_t password_weight(const char *text)
{
	size_t weight = 0;
	int before = -10;

	for (; *text != '\0'; text++) {
		int c = (unsigned char)*text;

		if ((c & 0xC0) == 0x80)
			continue; /* not the first byte of its character */
		if (c < before - 1 || c > before + 1 || (c & 0x80) != 0)
			weight++;
		before = c;
	}
	return weight;
}

static size_t password_residue(const char *password, const char *const *words)
{
	char text[PASSWORD_MAX * 4 + 1];
	size_t n = 0, weight;

	for (; password[n] != '\0' && n < sizeof(text) - 1; n++)
		text[n] = (char)tolower((unsigned char)password[n]);
	text[n] = '\0';
	while (password_strip_all(text, words))
		;
	weight = password_weight(text);
	sodium_memzero(text, sizeof(text));
	return weight;
}

enum st_code password_check(const char *password, bool has_totp, const char *const *words,
			    const char *field, struct st_err *err)
{
	size_t min = has_totp ? PASSWORD_MIN_TOTP : PASSWORD_MIN;
	size_t len = utf8_count(password);

	if (len < min)
		return st_fail(
			err, ST_INVALID_ARGUMENT, "TOO_SHORT", field,
			"a password has at least %zu characters%s; several unrelated words are "
			"easy to remember",
			min, has_totp ? "" : " (8 with an authenticator)");
	if (len > PASSWORD_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", field,
			       "a password has at most %d characters", PASSWORD_MAX);
	if (password_residue(password, words) < (min + 1) / 2)
		return st_fail(
			err, ST_INVALID_ARGUMENT, "TOO_EASY", field,
			"this password is made of what anybody would try first: common words, "
			"repetitions, or names of people and properties");
	return ST_OK;
}

void password_random(char out[PASSWORD_RANDOM_TEXT])
{
	secret_letters_fill(out, 20, 5);
}

/* -- codes of authenticators -- */

void totp_secret_new(uint8_t out[TOTP_SECRET])
{
	random_bytes(out, TOTP_SECRET);
}

void totp_secret_text(const uint8_t secret[TOTP_SECRET], char out[TOTP_SECRET_TEXT])
{
	static const char base32[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	for (size_t i = 0; i < TOTP_SECRET * 8 / 5; i++) {
		size_t bit = i * 5, byte = bit / 8, shift = bit % 8;
		unsigned two = (unsigned)secret[byte] << 8;

		if (byte + 1 < TOTP_SECRET)
			two |= secret[byte + 1];
		out[i] = base32[(two >> (11 - shift)) & 31];
	}
	out[TOTP_SECRET_TEXT - 1] = '\0';
}

const char *totp_uri(const uint8_t secret[TOTP_SECRET], const char *login, struct arena *mem)
{
	char text[TOTP_SECRET_TEXT];

	totp_secret_text(secret, text);
	return arena_printf(mem, "otpauth://totp/Steward:%s?secret=%s&issuer=Steward", login, text);
}

enum st_code totp_code(const uint8_t *secret, size_t len, uint64_t step, char out[7],
		       struct st_err *err)
{
	int rc = oath_hotp_generate((const char *)secret, len, step, 6, false,
				    OATH_HOTP_DYNAMIC_TRUNCATION, out);

	if (rc != OATH_OK)
		return st_fail(err, ST_INTERNAL, "TOTP_FAILED", NULL, "computing a code: %s",
			       oath_strerror(rc));
	return ST_OK;
}

bool totp_verify(const uint8_t *secret, size_t len, const char *code, int64_t unix_s,
		 int64_t last_step, int64_t *ret_step, bool *ret_used)
{
	int64_t now = unix_s / TOTP_STEP_S;

	if (ret_used != NULL)
		*ret_used = false;
	if (strlen(code) != 6)
		return false;
	for (int64_t step = now; step >= now - 1 && step >= 0; step--) {
		struct st_err err = { 0 };
		char right[7];

		if (totp_code(secret, len, (uint64_t)step, right, &err) != ST_OK ||
		    sodium_memcmp(right, code, 6) != 0)
			continue;
		if (step > last_step) {
			*ret_step = step;
			return true;
		}
		if (ret_used != NULL)
			*ret_used = true;
	}
	return false;
}

bool totp_is_code(const char *text, char out[7])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ')
			continue;
		if (*text < '0' || *text > '9' || n == 6)
			return false;
		out[n++] = *text;
	}
	out[n] = '\0';
	return n == 6;
}

void recovery_code_new(char out[RECOVERY_TEXT])
{
	secret_letters_fill(out, 16, 4);
}

bool recovery_code_hash(const char *text, uint8_t out[32])
{
	char plain[16];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		char c = (char)tolower((unsigned char)*text);

		if (c == ' ' || c == '-')
			continue;
		if (n == sizeof(plain) || strchr(secret_letters, c) == NULL)
			return false;
		plain[n++] = c;
	}
	if (n != sizeof(plain))
		return false;
	sha256(plain, n, out);
	return true;
}

/* -- tokens -- */

void token_new(char out[TOKEN_TEXT])
{
	uint8_t bits[32];

	random_bytes(bits, sizeof(bits));
	must(sodium_bin2base64(out, TOKEN_TEXT, bits, sizeof(bits),
			       sodium_base64_VARIANT_URLSAFE_NO_PADDING) != NULL);
	sodium_memzero(bits, sizeof(bits));
}

void token_hash(const char *token, uint8_t out[32])
{
	sha256(token, strlen(token), out);
}

/* -- the box: version 1 | nonce | ciphertext | tag -- */

enum st_code secret_box_new(const uint8_t key[32], struct secret_box **ret, struct st_err *err)
{
	struct secret_box *b = sodium_init() >= 0 ? malloc(sizeof(*b)) : NULL;

	if (b == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	memcpy(b->key, key, sizeof(b->key));
	*ret = b;
	return ST_OK;
}

void secret_box_free(struct secret_box *b)
{
	if (b == NULL)
		return;
	sodium_memzero(b->key, sizeof(b->key));
	free(b);
}

static bool box_seal(EVP_CIPHER_CTX *ctx, const struct secret_box *b, struct slice plain,
		     const char *bind, uint8_t *out)
{
	uint8_t *nonce = out + 1, *text = nonce + BOX_NONCE, *tag = text + plain.len;
	int n;

	return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, b->key, nonce) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, out, 1) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)bind, (int)strlen(bind)) == 1 &&
	       EVP_EncryptUpdate(ctx, text, &n, plain.data, (int)plain.len) == 1 &&
	       EVP_EncryptFinal_ex(ctx, text + n, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, BOX_TAG, tag) == 1;
}

enum st_code secret_seal(const struct secret_box *b, struct slice plain, const char *bind,
			 struct arena *mem, struct slice *ret, struct st_err *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *out = arena_alloc(mem, plain.len + BOX_OVERHEAD);
	bool done = false;

	if (out != NULL && ctx != NULL) {
		out[0] = BOX_VERSION;
		random_bytes(out + 1, BOX_NONCE);
		done = box_seal(ctx, b, plain, bind, out);
	}
	EVP_CIPHER_CTX_free(ctx);
	if (!done)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory to seal a secret");
	*ret = slice_of(out, plain.len + BOX_OVERHEAD);
	return ST_OK;
}

static bool box_unseal(EVP_CIPHER_CTX *ctx, const struct secret_box *b, struct slice sealed,
		       const char *bind, uint8_t *out)
{
	const uint8_t *nonce = sealed.data + 1, *text = nonce + BOX_NONCE;
	size_t len = sealed.len - BOX_OVERHEAD;
	uint8_t tag[BOX_TAG];
	int n;

	memcpy(tag, text + len, BOX_TAG);
	return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, b->key, nonce) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, sealed.data, 1) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)bind, (int)strlen(bind)) == 1 &&
	       EVP_DecryptUpdate(ctx, out, &n, text, (int)len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, BOX_TAG, tag) == 1 &&
	       EVP_DecryptFinal_ex(ctx, out + n, &n) == 1;
}

enum st_code secret_unseal(const struct secret_box *b, struct slice sealed, const char *bind,
			   struct arena *mem, struct slice *ret, struct st_err *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *out = arena_alloc(mem, sealed.len + 1);
	bool done = false;

	if (out == NULL || ctx == NULL) {
		EVP_CIPHER_CTX_free(ctx);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory to open a secret");
	}
	if (sealed.len >= BOX_OVERHEAD && sealed.data[0] == BOX_VERSION)
		done = box_unseal(ctx, b, sealed, bind, out);
	EVP_CIPHER_CTX_free(ctx);
	if (!done)
		return st_fail(
			err, ST_DATA_LOSS, "NOT_SEALED_HERE", NULL,
			"a stored secret cannot be opened: it was sealed with another key or "
			"altered");
	*ret = slice_of(out, sealed.len - BOX_OVERHEAD);
	return ST_OK;
}

void secret_fingerprint(const struct secret_box *b, struct slice text, uint8_t out[32])
{
	static const char purpose[] = "fingerprint";
	uint8_t key[32];

	/* A key of its own: the box's never meets two purposes. */
	(void)crypto_generichash(key, sizeof(key), (const uint8_t *)purpose, sizeof(purpose) - 1,
				 b->key, sizeof(b->key));
	(void)crypto_generichash(out, 32, text.data, text.len, key, sizeof(key));
	sodium_memzero(key, sizeof(key));
}

const char *secret_bytea(struct slice bytes, struct arena *mem)
{
	char *text = arena_alloc(mem, bytes.len * 2 + 3);

	if (text == NULL)
		return NULL;
	memcpy(text, "\\x", 2);
	(void)sodium_bin2hex(text + 2, bytes.len * 2 + 1, bytes.data, bytes.len);
	return text;
}
