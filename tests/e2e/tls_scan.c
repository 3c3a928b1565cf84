/*
 * Scanners name no application protocol, and the daemon turns away who names none before it has
 * said a word of TLS: they would see nothing at all. In the daemon that tls_scan.sh scans, this
 * alone is different: the handshake goes on, and ends after it.
 */
#include <openssl/ssl.h>

void __wrap_SSL_CTX_set_client_hello_cb(SSL_CTX *ctx, SSL_client_hello_cb_fn fn, void *arg);

void __wrap_SSL_CTX_set_client_hello_cb(SSL_CTX *ctx, SSL_client_hello_cb_fn fn, void *arg)
{
}
