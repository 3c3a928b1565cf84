#include "common/pki.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/uuid.h"

#define PKI_CURVE "prime256v1"
#define PKI_ROOT_DAYS (20 * 365)
#define PKI_SERVER_DAYS 365
#define PKI_SKEW_DAYS 1 /* certificates begin this much earlier: clocks of desks run late */
#define PKI_NAME_MAX 64
#define PKI_PEM_MAX (16 << 10)
#define PKI_DEVICE_URN "urn:steward:device:"

#define AUTO(fn) __attribute__((cleanup(fn)))

static void pki_x509_drop(X509 **x)
{
	X509_free(*x);
}

static void pki_req_drop(X509_REQ **r)
{
	X509_REQ_free(*r);
}

static void pki_key_drop(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void pki_bio_drop(BIO **b)
{
	BIO_free(*b);
}

static void pki_names_drop(GENERAL_NAMES **n)
{
	GENERAL_NAMES_free(*n);
}

static enum st_code pki_fail(struct st_err *err, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	enum st_code code = st_fail(err, ST_INTERNAL, "PKI_FAILED", NULL, "%s: %s", what,
				    why != NULL ? why : "out of memory");

	ERR_clear_error();
	return code;
}

static enum st_code pki_refuse(struct st_err *err, const char *field, const char *sentence)
{
	ERR_clear_error();
	return st_fail(err, ST_INVALID_ARGUMENT, NULL, field, "%s", sentence);
}

struct digest *digest_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1)
		return (struct digest *)ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	must(EVP_DigestUpdate((EVP_MD_CTX *)d, data, len) == 1);
}

void digest_end(struct digest *d, uint8_t out[32])
{
	if (d != NULL && out != NULL)
		must(EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, NULL) == 1);
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

/* ---- PEM ------------------------------------------------------------------------------------- */

/* Encrypted files are refused instead of asking on the terminal. */
static int pki_no_password(char *out, int max, int writing, void *arg)
{
	return -1;
}

static BIO *pki_open(const char *pem)
{
	return pem != NULL && strlen(pem) <= PKI_PEM_MAX ? BIO_new_mem_buf(pem, -1) : NULL;
}

static X509 *pki_read_cert(const char *pem)
{
	AUTO(pki_bio_drop) BIO *in = pki_open(pem);

	return in != NULL ? PEM_read_bio_X509(in, NULL, pki_no_password, NULL) : NULL;
}

static X509_REQ *pki_read_request(const char *pem)
{
	AUTO(pki_bio_drop) BIO *in = pki_open(pem);

	return in != NULL ? PEM_read_bio_X509_REQ(in, NULL, pki_no_password, NULL) : NULL;
}

static EVP_PKEY *pki_read_key(const char *pem)
{
	AUTO(pki_bio_drop) BIO *in = pki_open(pem);

	return in != NULL ? PEM_read_bio_PrivateKey(in, NULL, pki_no_password, NULL) : NULL;
}

/* What was written, as text in the arena; NULL: no memory. */
static const char *pki_text(BIO *out, struct arena *mem)
{
	char *data;
	long n = BIO_get_mem_data(out, &data);

	return n > 0 ? arena_strndup(mem, data, (size_t)n) : NULL;
}

static const char *pki_cert_text(X509 *cert, X509 *behind, struct arena *mem)
{
	AUTO(pki_bio_drop) BIO *out = BIO_new(BIO_s_mem());

	if (out == NULL || PEM_write_bio_X509(out, cert) != 1 ||
	    (behind != NULL && PEM_write_bio_X509(out, behind) != 1))
		return NULL;
	return pki_text(out, mem);
}

static const char *pki_key_text(EVP_PKEY *key, struct arena *mem)
{
	AUTO(pki_bio_drop) BIO *out = BIO_new(BIO_s_mem());

	if (out == NULL || PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) != 1)
		return NULL;
	return pki_text(out, mem); /* freeing a memory BIO wipes it */
}

/* ---- certificates ---------------------------------------------------------------------------- */

struct pki_shape {
	const char *name; /* common name */
	int days;
	const char *basic;    /* basicConstraints, as OpenSSL's text */
	const char *usage;    /* keyUsage */
	const char *extended; /* extendedKeyUsage; NULL: none */
	GENERAL_NAMES *names; /* subjectAltName; NULL: none */
};

/* 128 bits of chance: two certificates never share one. */
static bool pki_set_serial(X509 *cert)
{
	uint8_t bytes[16];
	BIGNUM *number;
	bool ok;

	random_bytes(bytes, sizeof(bytes));
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
	BN_free(number);
	return ok;
}

static bool pki_set_time(X509 *cert, int days)
{
	time_t now = time(NULL);
	int from = days > 0 ? -PKI_SKEW_DAYS : days - PKI_SKEW_DAYS;

	return ASN1_TIME_adj(X509_getm_notBefore(cert), now, from, 0) != NULL &&
	       ASN1_TIME_adj(X509_getm_notAfter(cert), now, days, 0) != NULL;
}

static bool pki_add_ext(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, ctx, nid, value);
	bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return ok;
}

static bool pki_set_extensions(X509 *cert, X509 *issuer, const struct pki_shape *sh)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	return pki_add_ext(cert, &ctx, NID_basic_constraints, sh->basic) &&
	       pki_add_ext(cert, &ctx, NID_key_usage, sh->usage) &&
	       (sh->extended == NULL || pki_add_ext(cert, &ctx, NID_ext_key_usage, sh->extended)) &&
	       pki_add_ext(cert, &ctx, NID_subject_key_identifier, "hash") &&
	       pki_add_ext(cert, &ctx, NID_authority_key_identifier, "keyid:always") &&
	       (sh->names == NULL || X509_add1_ext_i2d(cert, NID_subject_alt_name, sh->names, 0,
						       X509V3_ADD_DEFAULT) == 1);
}

/* A signed certificate over 'key'. 'issuer' NULL: signs itself. NULL: OpenSSL's error queue tells.
 */
static X509 *pki_build(const struct pki_shape *sh, EVP_PKEY *key, X509 *issuer,
		       EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509 *by = issuer != NULL ? issuer : cert;
	X509_NAME *subject = cert != NULL ? X509_get_subject_name(cert) : NULL;

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 && pki_set_serial(cert) &&
	    pki_set_time(cert, sh->days) &&
	    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
				       (const uint8_t *)sh->name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, X509_get_subject_name(by)) == 1 &&
	    X509_set_pubkey(cert, key) == 1 && pki_set_extensions(cert, by, sh) &&
	    X509_sign(cert, issuer_key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static enum st_code pki_pair_text(X509 *cert, X509 *behind, EVP_PKEY *key, struct arena *mem,
				  struct pki_pair *ret, struct st_err *err)
{
	struct pki_pair pair = { pki_key_text(key, mem), pki_cert_text(cert, behind, mem) };

	if (pair.key_pem == NULL || pair.cert_pem == NULL)
		return pki_fail(err, "the certificate cannot be written");
	*ret = pair;
	return ST_OK;
}

enum st_code pki_root_new(const char *name, struct arena *mem, struct pki_pair *ret,
			  struct st_err *err)
{
	struct pki_shape sh = {
		.name = name,
		.days = PKI_ROOT_DAYS,
		.basic = "critical,CA:TRUE,pathlen:0",
		.usage = "critical,keyCertSign,cRLSign",
	};
	AUTO(pki_key_drop) EVP_PKEY *key = EVP_EC_gen(PKI_CURVE);
	AUTO(pki_x509_drop) X509 *cert = NULL;

	if (name[0] == '\0' || strlen(name) > PKI_NAME_MAX)
		return pki_refuse(err, "name", "the authority's name must have 1 to 64 characters");
	if (key != NULL)
		cert = pki_build(&sh, key, NULL, key);
	if (cert == NULL)
		return pki_fail(err, "the root certificate cannot be made");
	return pki_pair_text(cert, NULL, key, mem, ret, err);
}

/* Reads the authority and sees that its two halves belong together. */
static enum st_code pki_read_root(const struct pki_pair *root, X509 **ret_cert, EVP_PKEY **ret_key,
				  struct st_err *err)
{
	*ret_cert = pki_read_cert(root->cert_pem);
	*ret_key = pki_read_key(root->key_pem);
	if (*ret_cert == NULL || *ret_key == NULL)
		return pki_fail(err, "the authority's certificate or key cannot be read");
	if (X509_check_private_key(*ret_cert, *ret_key) != 1)
		return pki_fail(err, "the authority's key is not that of its certificate");
	return ST_OK;
}

/* ---- the server's ---------------------------------------------------------------------------- */

static bool pki_is_host_name(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= 253 && s[0] != '.' && s[0] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len;
}

/* Appends an entry of the given type whose content is these bytes. */
static bool pki_add_name(GENERAL_NAMES *names, int type, const void *data, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *text = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING
								   : V_ASN1_IA5STRING);

	if (name == NULL || text == NULL || ASN1_STRING_set(text, data, (int)len) != 1) {
		ASN1_STRING_free(text);
		GENERAL_NAME_free(name);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, text); /* owns text from here */
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static bool pki_add_host(GENERAL_NAMES *names, const char *host)
{
	uint8_t address[16];

	if (inet_pton(AF_INET, host, address) == 1)
		return pki_add_name(names, GEN_IPADD, address, 4);
	if (inet_pton(AF_INET6, host, address) == 1)
		return pki_add_name(names, GEN_IPADD, address, 16);
	return pki_is_host_name(host) && pki_add_name(names, GEN_DNS, host, strlen(host));
}

enum st_code pki_server_new(const struct pki_pair *root, const char *const *hosts,
			    struct arena *mem, struct pki_pair *ret, struct st_err *err)
{
	AUTO(pki_names_drop) GENERAL_NAMES *names = GENERAL_NAMES_new();
	AUTO(pki_x509_drop) X509 *ca = NULL;
	AUTO(pki_key_drop) EVP_PKEY *ca_key = NULL;
	AUTO(pki_key_drop) EVP_PKEY *key = EVP_EC_gen(PKI_CURVE);
	AUTO(pki_x509_drop) X509 *cert = NULL;
	struct pki_shape sh = {
		.name = "stewardd",
		.days = PKI_SERVER_DAYS,
		.basic = "critical,CA:FALSE",
		.usage = "critical,digitalSignature",
		.extended = "serverAuth",
		.names = names,
	};

	if (names == NULL || key == NULL)
		return pki_fail(err, "the server's key cannot be made");
	if (hosts[0] == NULL)
		return pki_refuse(err, "hosts", "name at least one host for the server");
	for (size_t i = 0; hosts[i] != NULL; i++)
		if (!pki_add_host(names, hosts[i]))
			return st_fail(err, ST_INVALID_ARGUMENT, NULL, "hosts",
				       "'%s' is neither an address nor a host name", hosts[i]);
	ST_TRY(pki_read_root(root, &ca, &ca_key, err));
	cert = pki_build(&sh, key, ca, ca_key);
	if (cert == NULL)
		return pki_fail(err, "the server's certificate cannot be made");
	return pki_pair_text(cert, ca, key, mem, ret, err);
}

/* ---- a device's ------------------------------------------------------------------------------ */

enum st_code pki_request_new(struct arena *mem, const char **ret_key_pem, const char **ret_csr_pem,
			     struct st_err *err)
{
	AUTO(pki_key_drop) EVP_PKEY *key = EVP_EC_gen(PKI_CURVE);
	AUTO(pki_req_drop) X509_REQ *req = X509_REQ_new();
	AUTO(pki_bio_drop) BIO *out = BIO_new(BIO_s_mem());
	const char *key_pem, *csr_pem;

	if (key == NULL || req == NULL || out == NULL ||
	    X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, key) != 1 || X509_REQ_sign(req, key, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509_REQ(out, req) != 1)
		return pki_fail(err, "the device's key and request cannot be made");
	key_pem = pki_key_text(key, mem);
	csr_pem = pki_text(out, mem);
	if (key_pem == NULL || csr_pem == NULL)
		return pki_fail(err, "the device's key cannot be written");
	*ret_key_pem = key_pem;
	*ret_csr_pem = csr_pem;
	return ST_OK;
}

/* A P-256 key, its curve given by name. */
static bool pki_is_our_kind(const EVP_PKEY *key)
{
	char text[32];
	size_t len;

	return EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, text, sizeof(text), &len) == 1 &&
	       strcmp(text, PKI_CURVE) == 0 &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text, sizeof(text),
					      &len) == 1 &&
	       strcmp(text, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
}

static enum st_code pki_check_request(const char *csr_pem, EVP_PKEY **ret, struct st_err *err)
{
	AUTO(pki_req_drop) X509_REQ *req = pki_read_request(csr_pem);
	EVP_PKEY *key = req != NULL ? X509_REQ_get0_pubkey(req) : NULL;

	if (key == NULL)
		return pki_refuse(err, "csr", "this is not a signing request");
	if (!pki_is_our_kind(key))
		return pki_refuse(err, "csr", "the device's key must be ECDSA P-256");
	if (X509_REQ_verify(req, key) != 1)
		return pki_refuse(err, "csr", "the request is not signed by the key it carries");
	EVP_PKEY_up_ref(key);
	*ret = key;
	return ST_OK;
}

enum st_code pki_device_sign(const struct pki_pair *root, const char *csr_pem,
			     const char *device_uuid, int days, struct arena *mem,
			     const char **ret_cert_pem, struct st_err *err)
{
	AUTO(pki_names_drop) GENERAL_NAMES *names = GENERAL_NAMES_new();
	AUTO(pki_x509_drop) X509 *ca = NULL;
	AUTO(pki_key_drop) EVP_PKEY *ca_key = NULL;
	AUTO(pki_key_drop) EVP_PKEY *key = NULL;
	AUTO(pki_x509_drop) X509 *cert = NULL;
	char uuid[UUID_TEXT], urn[sizeof(PKI_DEVICE_URN) + UUID_TEXT];
	const char *text;
	struct uuid id;
	struct pki_shape sh = {
		.name = uuid,
		.days = days,
		.basic = "critical,CA:FALSE",
		.usage = "critical,digitalSignature",
		.extended = "clientAuth",
		.names = names,
	};

	if (!uuid_parse(device_uuid, strlen(device_uuid), &id))
		return pki_refuse(err, "device", "the device's number is not a UUID");
	snprintf(urn, sizeof(urn), "%s%s", PKI_DEVICE_URN, uuid_format(&id, uuid));
	ST_TRY(pki_check_request(csr_pem, &key, err));
	ST_TRY(pki_read_root(root, &ca, &ca_key, err));
	if (names != NULL && pki_add_name(names, GEN_URI, urn, strlen(urn)))
		cert = pki_build(&sh, key, ca, ca_key);
	text = cert != NULL ? pki_cert_text(cert, NULL, mem) : NULL;
	if (text == NULL)
		return pki_fail(err, "the device's certificate cannot be made");
	*ret_cert_pem = text;
	return ST_OK;
}

/* ---- what is asked of them ------------------------------------------------------------------- */

static bool pki_spki_hash(const X509_PUBKEY *pub, uint8_t out[32])
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(pub, &der);

	if (len <= 0)
		return false;
	sha256(der, (size_t)len, out);
	OPENSSL_free(der);
	return true;
}

enum st_code pki_root_pin(const char *root_cert_pem, uint8_t out[PKI_PIN], struct st_err *err)
{
	AUTO(pki_x509_drop) X509 *cert = pki_read_cert(root_cert_pem);
	uint8_t hash[32];

	if (cert == NULL || !pki_spki_hash(X509_get_X509_PUBKEY(cert), hash))
		return pki_fail(err, "the root certificate cannot be read");
	memcpy(out, hash, PKI_PIN);
	return ST_OK;
}

enum st_code pki_csr_key_hash(const char *csr_pem, uint8_t out[32], struct st_err *err)
{
	AUTO(pki_req_drop) X509_REQ *req = pki_read_request(csr_pem);

	if (req == NULL || !pki_spki_hash(X509_REQ_get_X509_PUBKEY(req), out))
		return pki_refuse(err, "csr", "this is not a signing request");
	return ST_OK;
}

enum st_code pki_days_left(const char *cert_pem, int *ret, struct st_err *err)
{
	AUTO(pki_x509_drop) X509 *cert = pki_read_cert(cert_pem);
	int days, seconds;

	if (cert == NULL || ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) != 1)
		return pki_fail(err, "the certificate cannot be read");
	*ret = seconds < 0 ? days - 1 : days; /* expired a minute ago is -1, not 0 */
	return ST_OK;
}

/* ---- enrolment token ------------------------------------------------------------------------- */

#define TOKEN_PREFIX "stw1."
#define TOKEN_PART 26 /* characters of five bits */

static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Value of a digit in either case; -1: none. */
static int base32_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* 128 bits make 25 digits and three bits of a last one, which is filled with zeros. */
static void base32_write_pin(const uint8_t pin[PKI_PIN], char out[TOKEN_PART])
{
	for (unsigned i = 0; i < TOKEN_PART; i++) {
		unsigned value = 0;

		for (unsigned bit = i * 5; bit < i * 5 + 5; bit++) {
			unsigned byte = bit / 8;

			value = value << 1 |
				(byte < PKI_PIN ? pin[byte] >> (7 - bit % 8) & 1u : 0u);
		}
		out[i] = base32_digits[value];
	}
}

/* False: a character that is no digit, or the filling is not zero. */
static bool base32_read_pin(const char *text, uint8_t pin[PKI_PIN])
{
	memset(pin, 0, PKI_PIN);
	for (unsigned i = 0; i < TOKEN_PART; i++) {
		int value = base32_value(text[i]);

		if (value < 0)
			return false;
		for (unsigned k = 0; k < 5; k++) {
			unsigned bit = i * 5 + k;

			if ((value >> (4 - k) & 1) == 0)
				continue;
			if (bit >= PKI_PIN * 8)
				return false;
			pin[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
		}
	}
	return true;
}

void enrol_token_new(const uint8_t pin[PKI_PIN], char out[ENROL_TOKEN_TEXT])
{
	uint8_t chance[TOKEN_PART];
	char *p = out;

	random_bytes(chance, sizeof(chance));
	memcpy(p, TOKEN_PREFIX, strlen(TOKEN_PREFIX));
	p += strlen(TOKEN_PREFIX);
	for (unsigned i = 0; i < TOKEN_PART; i++)
		*p++ = base32_digits[chance[i] & 31];
	*p++ = '.';
	base32_write_pin(pin, p);
	p[TOKEN_PART] = '\0';
	OPENSSL_cleanse(chance, sizeof(chance));
}

enum st_code enrol_token_parse(const char *text, struct enrol_token *ret, struct st_err *err)
{
	size_t prefix = strlen(TOKEN_PREFIX);
	struct enrol_token token = { 0 };

	if (strlen(text) != prefix + 2 * TOKEN_PART + 1 ||
	    strncmp(text, TOKEN_PREFIX, prefix) != 0 || text[prefix + TOKEN_PART] != '.')
		return pki_refuse(err, "token",
				  "this is not an enrolment token: it begins with stw1. and has "
				  "two groups of 26 characters");
	for (unsigned i = 0; i < TOKEN_PART; i++) {
		int value = base32_value(text[prefix + i]);

		if (value < 0)
			return pki_refuse(err, "token",
					  "the token has a character that no token has: letters "
					  "and the digits 2 to 7 only");
		token.secret[i] = base32_digits[value];
	}
	if (!base32_read_pin(text + prefix + TOKEN_PART + 1, token.pin))
		return pki_refuse(err, "token", "the token's second group is not complete");
	*ret = token;
	return ST_OK;
}
