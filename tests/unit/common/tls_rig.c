#include "tests/unit/common/tls_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static struct pki_pair make_device(struct keys *f, const struct pki_pair *root, int days)
{
	struct pki_pair pair = { 0 };
	const char *csr = NULL;
	struct st_err err = { 0 };

	assert_int_equal(pki_request_new(&f->mem, &pair.key_pem, &csr, &err), ST_OK);
	assert_int_equal(
		pki_device_sign(root, csr, TLS_RIG_DEVICE, days, &f->mem, &pair.cert_pem, &err),
		ST_OK);
	return pair;
}

/* Takes a device's certificate, removes one extension and signs it again with the root. */
static struct pki_pair make_without(struct keys *f, int nid)
{
	struct pki_pair pair = make_device(f, &f->root, 90);
	BIO *in = BIO_new_mem_buf(pair.cert_pem, -1), *keys = BIO_new_mem_buf(f->root.key_pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);
	char *data;
	long n;

	X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_by_NID(cert, nid, -1)));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	PEM_write_bio_X509(out, cert);
	n = BIO_get_mem_data(out, &data);
	pair.cert_pem = arena_strndup(&f->mem, data, (size_t)n);
	EVP_PKEY_free(key);
	X509_free(cert);
	BIO_free(in);
	BIO_free(keys);
	BIO_free(out);
	return pair;
}

int keys_setup(void **state)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", NULL };
	static struct keys f;
	struct st_err err = { 0 };

	arena_init(&f.mem, 1 << 20);
	assert_int_equal(pki_root_new("Test root", &f.mem, &f.root, &err), ST_OK);
	assert_int_equal(pki_root_new("Foreign root", &f.mem, &f.foreign_root, &err), ST_OK);
	assert_int_equal(pki_server_new(&f.root, hosts, &f.mem, &f.server, &err), ST_OK);
	assert_int_equal(pki_server_new(&f.foreign_root, hosts, &f.mem, &f.foreign_server, &err),
			 ST_OK);
	assert_int_equal(pki_root_pin(f.root.cert_pem, f.pin, &err), ST_OK);
	f.device = make_device(&f, &f.root, PKI_DEVICE_DAYS);
	f.foreign_device = make_device(&f, &f.foreign_root, PKI_DEVICE_DAYS);
	f.expired = make_device(&f, &f.root, -PKI_GRACE_DAYS + 1);
	f.long_expired = make_device(&f, &f.root, -PKI_GRACE_DAYS - 1);
	f.nameless = make_without(&f, NID_subject_alt_name);
	f.useless = make_without(&f, NID_ext_key_usage);
	*state = &f;
	return 0;
}

int keys_teardown(void **state)
{
	struct keys *f = *state;

	arena_fini(&f->mem);
	return 0;
}

struct tls_options work_server(const struct keys *f)
{
	return (struct tls_options){
		.server = true,
		.cert_pem = f->server.cert_pem,
		.key_pem = f->server.key_pem,
		.root_pem = f->root.cert_pem,
		.alpn = ALPN_WORK,
		.peer = TLS_PEER_REQUIRED,
		.expired_grace_days = PKI_GRACE_DAYS,
	};
}

struct tls_options work_client(const struct keys *f, const struct pki_pair *device)
{
	return (struct tls_options){
		.cert_pem = device->cert_pem,
		.key_pem = device->key_pem,
		.root_pem = f->root.cert_pem,
		.alpn = ALPN_WORK,
		.host = "localhost",
		.peer = TLS_PEER_REQUIRED,
	};
}

struct tls_options enrol_server(const struct keys *f, const struct pki_pair *server)
{
	return (struct tls_options){
		.server = true,
		.cert_pem = server->cert_pem,
		.key_pem = server->key_pem,
		.alpn = ALPN_ENROL,
		.peer = TLS_PEER_NONE,
	};
}

struct tls_options enrol_client(const struct keys *f)
{
	return (struct tls_options){
		.alpn = ALPN_ENROL,
		.peer = TLS_PEER_PINNED,
		.pin = f->pin,
	};
}

void pair_open(struct pair *p, struct tls_options server, struct tls_options client)
{
	struct st_err err = { 0 };

	memset(p, 0, sizeof(*p));
	assert_int_equal(tls_context_new(&server, &p->server_ctx, &err), ST_OK);
	assert_int_equal(tls_context_new(&client, &p->client_ctx, &err), ST_OK);
	assert_int_equal(tls_init(&p->server, p->server_ctx, &err), ST_OK);
	assert_int_equal(tls_init(&p->client, p->client_ctx, &err), ST_OK);
}

void pair_close(struct pair *p)
{
	tls_fini(&p->server);
	tls_fini(&p->client);
	tls_context_free(p->server_ctx);
	tls_context_free(p->client_ctx);
}

bool pair_pump(struct tls *from, struct tls *to, size_t step)
{
	bool moved = from->out.len > 0;

	while (from->out.len > 0) {
		struct slice all = buf_peek(&from->out);
		size_t n = all.len < step ? all.len : step;

		if (tls_feed(to, slice_of(all.data, n)) != ST_OK)
			assert_true(to->closed);
		buf_consume(&from->out, n);
	}
	return moved;
}

void pair_shake(struct pair *p, size_t step)
{
	uint8_t byte;

	if (tls_start(&p->client) != ST_OK)
		assert_true(p->client.closed);
	for (;;) {
		bool moved = pair_pump(&p->client, &p->server, step);

		if (!pair_pump(&p->server, &p->client, step) && !moved)
			break;
	}
	(void)tls_read(&p->client, &byte, 1); /* an alert that came after the client was ready */
}

void pair_assert_up(struct pair *p)
{
	if (p->server.err.code != ST_OK || p->client.err.code != ST_OK)
		print_error("server: %s\nclient: %s\n", p->server.err.message,
			    p->client.err.message);
	assert_true(p->server.ready && p->client.ready);
	assert_false(p->server.closed || p->client.closed);
}
