#pragma once
/*
 * Keys and certificates: the daemon's own authority and what a device needs to enrol. ECDSA P-256,
 * everything as PEM text in an arena.
 *
 * Device certificates carry URI SAN urn:steward:device:<uuid>, extended key usage clientAuth, 90
 * days. The server's carries DNS/IP SANs, serverAuth, 365 days and is renewed at start when 60 days
 * are left.
 */
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

#define PKI_DEVICE_DAYS 90
#define PKI_RENEW_FROM_DAY 60
#define PKI_GRACE_DAYS 45
#define PKI_PIN 16 /* bytes of SHA-256 over the root's SPKI that a token carries */

struct pki_pair {
	const char *key_pem, *cert_pem;
};

/* A new root: self-signed, 20 years. */
enum st_code pki_root_new(const char *name, struct arena *mem, struct pki_pair *ret,
			  struct st_err *err) ST_MUSTCHECK;
/* A server certificate under the root, the root behind it in cert_pem. 'hosts': NULL-terminated
 * names and addresses. */
enum st_code pki_server_new(const struct pki_pair *root, const char *const *hosts,
			    struct arena *mem, struct pki_pair *ret,
			    struct st_err *err) ST_MUSTCHECK;
/* A device's own key and its signing request (CSR, PEM). */
enum st_code pki_request_new(struct arena *mem, const char **ret_key_pem, const char **ret_csr_pem,
			     struct st_err *err) ST_MUSTCHECK;
/* Signs a CSR for one device; only the public key is taken from it. INVALID_ARGUMENT: not a P-256
 * CSR or its signature does not fit. 'days' may be negative in tests. */
enum st_code pki_device_sign(const struct pki_pair *root, const char *csr_pem,
			     const char *device_uuid, int days, struct arena *mem,
			     const char **ret_cert_pem, struct st_err *err) ST_MUSTCHECK;
enum st_code pki_root_pin(const char *root_cert_pem, uint8_t out[PKI_PIN],
			  struct st_err *err) ST_MUSTCHECK;
/* SHA-256 of the public key in a CSR: "the same key" when enrolment is asked again. */
enum st_code pki_csr_key_hash(const char *csr_pem, uint8_t out[32],
			      struct st_err *err) ST_MUSTCHECK;
/* Days until a certificate expires (negative: since it expired). */
enum st_code pki_days_left(const char *cert_pem, int *ret, struct st_err *err) ST_MUSTCHECK;

/* Enrolment token: "stw1." 26 base32 characters (130 bits; the secret) "." 26 base32 characters
 * (the pin). */
#define ENROL_TOKEN_TEXT 60
struct enrol_token {
	char secret[27];
	uint8_t pin[PKI_PIN];
};
/* Formats a new token with a random secret. */
void enrol_token_new(const uint8_t pin[PKI_PIN], char out[ENROL_TOKEN_TEXT]);
enum st_code enrol_token_parse(const char *text, struct enrol_token *ret,
			       struct st_err *err) ST_MUSTCHECK;
/* Cannot fail, and allocates nothing. */
void sha256(const void *data, size_t len, uint8_t out[32]);
/* The same of what comes piece by piece. NULL: no memory. digest_end() gives what was added (if
 * 'out' is not NULL) and frees; NULL is fine then. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *data, size_t len);
void digest_end(struct digest *d, uint8_t out[32]);
