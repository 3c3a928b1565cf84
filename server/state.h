#pragma once
/*
 * What the daemon keeps outside the database, in one directory of mode 0700: its authority
 * (root.key, root.crt), its own certificate (server.key, server.crt), and the key that seals
 * secrets in the database (secret.key).
 */
#include "common/arena.h"
#include "common/err.h"
#include "common/pki.h"

#define STATE_SECRET 32

struct state {
	struct pki_pair root, server;
	uint8_t pin[PKI_PIN];
	uint8_t secret[STATE_SECRET];
};

/*
 * Makes everything at the first start, the secret first and the authority's key after its
 * certificate, so that a start that was cut short is told from a loss: FAILED_PRECONDITION,
 * STATE_DAMAGED when the authority or the secret is missing later. Renews the server's certificate
 * when 60 days are left or 'names' (comma-separated) changed. Texts live in 'mem'.
 */
enum st_code state_load(const char *dir, const char *names, struct arena *mem, struct state *ret,
			struct st_err *err) ST_MUSTCHECK;
/* For a daemon that runs for months: a new certificate of the server when 60 days are left. */
enum st_code state_renew(const char *dir, const char *names, struct arena *mem, struct state *s,
			 bool *ret_renewed, struct st_err *err) ST_MUSTCHECK;
