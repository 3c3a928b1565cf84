/*
 * First byte: what a stranger may send. The rest: a signing request or certificate as PEM, a
 * certificate as it travels in the handshake, or only its alternative names, put into a certificate
 * that is fine otherwise. A device that is named is named by one UUID.
 */
#include "common/pki.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/tls_context.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (4u << 20)
#define DEVICE "0190aaaa-0000-7000-8000-00000000000d"

struct authority {
	struct arena mem;
	struct pki_pair root;
};

static const struct authority *authority(void)
{
	static struct authority a;
	struct st_err err = { 0 };

	if (a.root.cert_pem == NULL) {
		arena_init(&a.mem, ARENA_MAX);
		must(pki_root_new("Fuzz root", &a.mem, &a.root, &err) == ST_OK);
	}
	return &a;
}

static void check_device(const X509 *cert)
{
	char device[UUID_TEXT];
	struct uuid id;

	if (tls_cert_device(cert, device))
		must(strlen(device) == UUID_TEXT - 1 && uuid_parse(device, UUID_TEXT - 1, &id));
}

/* What is signed for a stranger names the device that we meant, whatever the request says. */
static void request(const char *pem, struct arena *mem)
{
	const char *cert_pem = NULL;
	struct st_err err = { 0 };
	uint8_t hash[32];
	char device[UUID_TEXT];
	enum st_code code = pki_device_sign(&authority()->root, pem, DEVICE, 1, mem, &cert_pem,
					    &err);
	BIO *in;
	X509 *cert;

	must(code == ST_OK || err.message[0] != '\0');
	if (code != ST_OK) {
		(void)!pki_csr_key_hash(pem, hash, &err);
		return;
	}
	must(pki_csr_key_hash(pem, hash, &err) == ST_OK);
	in = BIO_new_mem_buf(cert_pem, -1);
	cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	must(cert != NULL && tls_cert_device(cert, device) && strcmp(device, DEVICE) == 0);
	X509_free(cert);
}

static void certificate(const char *pem)
{
	struct tls_options o = {
		.alpn = ALPN_WORK,
		.root_pem = pem,
		.peer = TLS_PEER_REQUIRED,
	};
	struct tls_context *ctx;
	struct st_err err = { 0 };
	uint8_t pin[PKI_PIN];
	int days;

	if (pki_days_left(pem, &days, &err) == ST_OK)
		must(pki_root_pin(pem, pin, &err) == ST_OK);
	if (tls_context_new(&o, &ctx, &err) == ST_OK)
		tls_context_free(ctx);
	else
		must(err.message[0] != '\0');
}

static void encoded(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	X509 *cert = d2i_X509(NULL, &at, (long)len);

	if (cert != NULL)
		check_device(cert);
	X509_free(cert);
	ERR_clear_error();
}

static void names(const uint8_t *der, size_t len)
{
	X509 *cert = X509_new();
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;

	must(cert != NULL && value != NULL && ASN1_OCTET_STRING_set(value, der, (int)len) == 1);
	ext = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
	must(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
	check_device(cert);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	X509_free(cert);
	ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;
	char *text;

	if (size == 0)
		return 0;
	arena_init(&mem, ARENA_MAX);
	text = arena_strndup(&mem, (const char *)data + 1, size - 1);
	must(text != NULL);
	switch (data[0] % 4) {
	case 0:
		request(text, &mem);
		break;
	case 1:
		certificate(text);
		break;
	case 2:
		encoded(data + 1, size - 1);
		break;
	case 3:
		names(data + 1, size - 1);
		break;
	}
	arena_fini(&mem);
	return 0;
}
