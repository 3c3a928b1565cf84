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

/* Makes what is missing; renews the server's certificate when 60 days are left or 'names'
 * (comma-separated) changed. Texts live in 'mem'. */
enum st_code state_load(const char *dir, const char *names, struct arena *mem, struct state *ret,
			struct st_err *err) ST_MUSTCHECK;
