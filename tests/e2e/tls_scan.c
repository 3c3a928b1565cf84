/*
 * Scanners name no application protocol and show no certificate of ours, and the daemon turns away
 * who does not before the handshake is over: they would see nothing at all. In the daemon that
 * tls_scan.sh and fault/tls.sh scan, this alone is different: the handshake goes on, and the
 * connection ends after it.
 */
#include <openssl/ssl.h>

/* The linker's names (--wrap): what calls reach, and what they would have reached. */
void __wrap_SSL_CTX_set_client_hello_cb(SSL_CTX *ctx, SSL_client_hello_cb_fn fn, void *arg);
void __wrap_SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb fn);
void __real_SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb fn);

void __wrap_SSL_CTX_set_client_hello_cb(SSL_CTX *ctx, SSL_client_hello_cb_fn fn, void *arg)
{
}

void __wrap_SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb fn)
{
	__real_SSL_CTX_set_verify(ctx, mode & ~SSL_VERIFY_FAIL_IF_NO_PEER_CERT, fn);
}
