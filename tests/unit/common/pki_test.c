#include "common/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DEVICE "0190aaaa-0000-7000-8000-00000000000d"

struct fixture {
	struct arena mem;
	struct pki_pair root;
	const char *key, *csr;
};

static int setup(void **state)
{
	static struct fixture f;
	struct st_err err = { 0 };

	memset(&f, 0, sizeof(f));
	arena_init(&f.mem, 1 << 20);
	assert_int_equal(pki_root_new("Test root", &f.mem, &f.root, &err), ST_OK);
	assert_int_equal(pki_request_new(&f.mem, &f.key, &f.csr, &err), ST_OK);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->mem);
	return 0;
}

static X509 *read_cert(const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);

	BIO_free(in);
	assert_non_null(cert);
	return cert;
}

/* Verifies with OpenSSL's own rules, strictly, for the purpose given. */
static int verify(const char *root_pem, const char *leaf_pem, int purpose)
{
	X509 *root = read_cert(root_pem), *leaf = read_cert(leaf_pem);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int verdict;

	assert_int_equal(X509_STORE_add_cert(store, root), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	(void)X509_verify_cert(ctx);
	verdict = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(root);
	X509_free(leaf);
	return verdict;
}

static const char *sign(struct fixture *f, const char *csr, int days)
{
	const char *cert = NULL;
	struct st_err err = { 0 };

	assert_int_equal(pki_device_sign(&f->root, csr, DEVICE, days, &f->mem, &cert, &err), ST_OK);
	return cert;
}

static void root_signs_only_leaves(void **state)
{
	struct fixture *f = *state;
	X509 *root = read_cert(f->root.cert_pem);
	int days;
	struct st_err err = { 0 };

	assert_int_equal(X509_get_pathlen(root), 0);
	assert_int_equal(X509_get_key_usage(root), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_int_equal(X509_self_signed(root, 1), 1);
	assert_int_equal(X509_get_signature_nid(root), NID_ecdsa_with_SHA256);
	X509_free(root);
	assert_int_equal(pki_days_left(f->root.cert_pem, &days, &err), ST_OK);
	assert_in_range(days, 20 * 365 - 1, 20 * 365);
}

static void root_name_that_is_too_long_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pki_pair pair;
	struct st_err err = { 0 };
	char name[66];

	memset(name, 'x', 65);
	name[65] = '\0';
	assert_int_equal(pki_root_new(name, &f->mem, &pair, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "name");
}

static void serials_are_128_bits_of_chance(void **state)
{
	struct fixture *f = *state;
	X509 *a = read_cert(sign(f, f->csr, 90)), *b = read_cert(sign(f, f->csr, 90));
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(a), NULL);

	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)),
			     0);
	assert_true(BN_num_bits(n) > 90); /* fewer: once in 2^38 */
	assert_false(BN_is_negative(n));
	BN_free(n);
	X509_free(a);
	X509_free(b);
}

static void device_certificate_names_the_device_and_serves_clients_only(void **state)
{
	struct fixture *f = *state;
	const char *pem = sign(f, f->csr, PKI_DEVICE_DAYS);
	X509 *cert = read_cert(pem);
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *name;
	int days;
	struct st_err err = { 0 };

	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	name = sk_GENERAL_NAME_value(names, 0);
	assert_int_equal(name->type, GEN_URI);
	assert_string_equal(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
			    "urn:steward:device:" DEVICE);
	assert_int_equal(X509_get_extended_key_usage(cert), XKU_SSL_CLIENT);
	assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(verify(f->root.cert_pem, pem, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_equal(verify(f->root.cert_pem, pem, X509_PURPOSE_SSL_SERVER),
			 X509_V_ERR_INVALID_PURPOSE);
	assert_int_equal(pki_days_left(pem, &days, &err), ST_OK);
	assert_in_range(days, PKI_DEVICE_DAYS - 1, PKI_DEVICE_DAYS);
	GENERAL_NAMES_free(names);
	X509_free(cert);
}

static void expired_certificate_has_negative_days(void **state)
{
	struct fixture *f = *state;
	struct st_err err = { 0 };
	int days;

	assert_int_equal(pki_days_left(sign(f, f->csr, -3), &days, &err), ST_OK);
	assert_true(days == -3 || days == -4);
	assert_int_equal(pki_days_left(sign(f, f->csr, 0), &days, &err), ST_OK);
	assert_in_range(days + 1, 0, 1);
	assert_int_not_equal(pki_days_left("no certificate", &days, &err), ST_OK);
}

static void server_certificate_carries_names_and_addresses(void **state)
{
	static const char *const hosts[] = { "localhost", "desk.example.org", "127.0.0.1", "::1",
					     NULL };
	struct fixture *f = *state;
	struct pki_pair pair;
	struct st_err err = { 0 };
	X509 *cert;

	assert_int_equal(pki_server_new(&f->root, hosts, &f->mem, &pair, &err), ST_OK);
	cert = read_cert(pair.cert_pem);
	assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(cert, "desk.example.org", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(cert, "example.org", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(cert, "::1", 0), 1);
	assert_int_equal(X509_check_ip_asc(cert, "127.0.0.2", 0), 0);
	assert_int_equal(X509_get_extended_key_usage(cert), XKU_SSL_SERVER);
	assert_int_equal(verify(f->root.cert_pem, pair.cert_pem, X509_PURPOSE_SSL_SERVER),
			 X509_V_OK);
	X509_free(cert);
	/* The root goes along, so that a device can check it against its token. */
	assert_non_null(strstr(pair.cert_pem, f->root.cert_pem));
}

static void server_host_that_is_no_name_is_refused(void **state)
{
	static const char *const bad[] = { "a b", "x,DNS:evil.example", "", "-x", "a\nb" };
	struct fixture *f = *state;
	struct pki_pair pair;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *hosts[] = { "localhost", bad[i], NULL };
		struct st_err err = { 0 };

		assert_int_equal(pki_server_new(&f->root, hosts, &f->mem, &pair, &err),
				 ST_INVALID_ARGUMENT);
		assert_string_equal(err.field, "hosts");
	}
}

/* A request made by OpenSSL itself over any key, with a subject and a name that asks for more. */
static const char *foreign_request(struct fixture *f, EVP_PKEY *key)
{
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_REQ_get_subject_name(req);
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	BIO *out = BIO_new(BIO_s_mem());
	char *data;
	long n;
	const char *text;

	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const uint8_t *)"admin",
				   -1, -1, 0);
	sk_X509_EXTENSION_push(
		exts, X509V3_EXT_nconf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE"));
	sk_X509_EXTENSION_push(exts, X509V3_EXT_nconf_nid(NULL, NULL, NID_subject_alt_name,
							  "URI:urn:steward:device:admin"));
	X509_REQ_add_extensions(req, exts);
	X509_REQ_set_pubkey(req, key);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	PEM_write_bio_X509_REQ(out, req);
	n = BIO_get_mem_data(out, &data);
	text = arena_strndup(&f->mem, data, (size_t)n);
	BIO_free(out);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
	return text;
}

static void only_the_public_key_is_taken_from_a_request(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	const char *pem = sign(f, foreign_request(f, key), 90);
	X509 *cert = read_cert(pem);
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char cn[64];

	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	assert_int_equal(X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, cn,
						   sizeof(cn)),
			 36);
	assert_string_equal(cn, DEVICE);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert), key), 1);
	GENERAL_NAMES_free(names);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void requests_over_other_keys_are_refused(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *keys[] = { EVP_EC_gen("P-384"), EVP_RSA_gen(2048) };

	for (size_t i = 0; i < 2; i++) {
		const char *cert = NULL;
		struct st_err err = { 0 };

		assert_non_null(keys[i]);
		assert_int_equal(pki_device_sign(&f->root, foreign_request(f, keys[i]), DEVICE, 90,
						 &f->mem, &cert, &err),
				 ST_INVALID_ARGUMENT);
		assert_string_equal(err.field, "csr");
		assert_null(cert);
		EVP_PKEY_free(keys[i]);
	}
}

/* Swaps the key inside a request, keeping the old signature. */
static void request_with_a_wrong_signature_is_refused(void **state)
{
	struct fixture *f = *state;
	BIO *in = BIO_new_mem_buf(f->csr, -1), *out = BIO_new(BIO_s_mem());
	X509_REQ *req = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
	EVP_PKEY *other = EVP_EC_gen("P-256");
	const char *cert = NULL, *text;
	struct st_err err = { 0 };
	char *data;
	long n;

	assert_int_equal(X509_REQ_set_pubkey(req, other), 1);
	PEM_write_bio_X509_REQ(out, req);
	n = BIO_get_mem_data(out, &data);
	text = arena_strndup(&f->mem, data, (size_t)n);
	assert_int_equal(pki_device_sign(&f->root, text, DEVICE, 90, &f->mem, &cert, &err),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(
		pki_device_sign(&f->root, "not a request", DEVICE, 90, &f->mem, &cert, &err),
		ST_INVALID_ARGUMENT);
	assert_null(cert);
	EVP_PKEY_free(other);
	X509_REQ_free(req);
	BIO_free(in);
	BIO_free(out);
}

static void device_that_is_no_uuid_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *cert = NULL;
	struct st_err err = { 0 };

	assert_int_equal(pki_device_sign(&f->root, f->csr, "desk-1", 90, &f->mem, &cert, &err),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "device");
}

static void key_hash_tells_the_same_key_from_another(void **state)
{
	struct fixture *f = *state;
	const char *key, *csr;
	uint8_t a[32], b[32], c[32];
	struct st_err err = { 0 };

	assert_int_equal(pki_request_new(&f->mem, &key, &csr, &err), ST_OK);
	assert_int_equal(pki_csr_key_hash(f->csr, a, &err), ST_OK);
	assert_int_equal(pki_csr_key_hash(f->csr, b, &err), ST_OK);
	assert_int_equal(pki_csr_key_hash(csr, c, &err), ST_OK);
	assert_memory_equal(a, b, 32);
	assert_memory_not_equal(a, c, 32);
	assert_int_equal(pki_csr_key_hash("", a, &err), ST_INVALID_ARGUMENT);
}

static void pin_is_the_hash_of_the_whole_key_info(void **state)
{
	struct fixture *f = *state;
	X509 *root = read_cert(f->root.cert_pem);
	uint8_t pin[PKI_PIN], hash[32];
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(X509_get0_pubkey(root), &der);
	struct st_err err = { 0 };

	assert_true(len > 0);
	sha256(der, (size_t)len, hash);
	assert_int_equal(pki_root_pin(f->root.cert_pem, pin, &err), ST_OK);
	assert_memory_equal(pin, hash, PKI_PIN);
	OPENSSL_free(der);
	X509_free(root);
}

static void sha256_of_abc(void **state)
{
	static const uint8_t expected[4] = { 0xba, 0x78, 0x16, 0xbf };
	uint8_t hash[32];

	sha256("abc", 3, hash);
	assert_memory_equal(hash, expected, 4);
}

static void token_goes_round(void **state)
{
	char text[ENROL_TOKEN_TEXT], again[ENROL_TOKEN_TEXT];
	uint8_t pin[PKI_PIN];
	struct enrol_token token;
	struct st_err err = { 0 };

	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < PKI_PIN; i++)
			pin[i] = (uint8_t)(round * 37 + i * 101);
		enrol_token_new(pin, text);
		assert_int_equal(strlen(text), 58);
		assert_int_equal(enrol_token_parse(text, &token, &err), ST_OK);
		assert_memory_equal(token.pin, pin, PKI_PIN);
		assert_memory_equal(token.secret, text + 5, 26);
		assert_int_equal(strlen(token.secret), 26);
		enrol_token_new(pin, again);
		assert_string_not_equal(text, again);
		assert_string_equal(text + 31, again + 31); /* same pin */
	}
}

static void token_pin_is_rfc_4648(void **state)
{
	static const uint8_t pin[PKI_PIN] = "foobarfoobarfoob";
	char text[ENROL_TOKEN_TEXT];

	enrol_token_new(pin, text);
	/* what `printf foobarfoobarfoob | base32 | tr -d =` prints */
	assert_string_equal(text + 32, "MZXW6YTBOJTG633CMFZGM33PMI");
}

static void token_may_be_typed_in_lower_case(void **state)
{
	static const uint8_t pin[PKI_PIN] = "foobarfoobarfoob";
	struct enrol_token token;
	struct st_err err = { 0 };

	assert_int_equal(enrol_token_parse("stw1.abcdefghijklmnopqrstuvwxyz."
					   "mzxw6ytbojtg633cmfzgm33pmi",
					   &token, &err),
			 ST_OK);
	assert_string_equal(token.secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	assert_memory_equal(token.pin, pin, PKI_PIN);
}

static void tokens_with_a_slip_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"stw1.",
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		"stw2.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PMI",
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXY1.MZXW6YTBOJTG633CMFZGM33PMI", /* 1 is no digit */
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PM8",
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PMJ", /* filling */
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PM",
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PMIA",
		"stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZAMZXW6YTBOJTG633CMFZGM33PMI",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct enrol_token token;
		struct st_err err = { 0 };

		assert_int_equal(enrol_token_parse(bad[i], &token, &err), ST_INVALID_ARGUMENT);
		assert_string_equal(err.field, "token");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void a_digest_in_pieces_is_that_of_the_whole(void **state)
{
	static const char text[] = "what comes piece by piece";
	uint8_t whole[32], pieces[32];
	struct digest *d = digest_new();

	assert_non_null(d);
	digest_add(d, text, 5);
	digest_add(d, text + 5, 0);
	digest_add(d, text + 5, sizeof(text) - 6);
	digest_end(d, pieces);
	sha256(text, sizeof(text) - 1, whole);
	assert_memory_equal(pieces, whole, sizeof(whole));
	digest_end(digest_new(), NULL);
	digest_end(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_signs_only_leaves),
		TEST(root_name_that_is_too_long_is_refused),
		TEST(serials_are_128_bits_of_chance),
		TEST(device_certificate_names_the_device_and_serves_clients_only),
		TEST(expired_certificate_has_negative_days),
		TEST(server_certificate_carries_names_and_addresses),
		TEST(server_host_that_is_no_name_is_refused),
		TEST(only_the_public_key_is_taken_from_a_request),
		TEST(requests_over_other_keys_are_refused),
		TEST(request_with_a_wrong_signature_is_refused),
		TEST(device_that_is_no_uuid_is_refused),
		TEST(key_hash_tells_the_same_key_from_another),
		TEST(pin_is_the_hash_of_the_whole_key_info),
		cmocka_unit_test(sha256_of_abc),
		cmocka_unit_test(a_digest_in_pieces_is_that_of_the_whole),
		cmocka_unit_test(token_goes_round),
		cmocka_unit_test(token_pin_is_rfc_4648),
		cmocka_unit_test(token_may_be_typed_in_lower_case),
		cmocka_unit_test(tokens_with_a_slip_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
