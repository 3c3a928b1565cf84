#pragma once
/* Keys, certificates and joined TLS ends for tests. */
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/pki.h"
#include "common/tls.h"

#define TLS_RIG_DEVICE "0190aaaa-0000-7000-8000-00000000000d"

/* Made once for all tests of a program. */
struct keys {
	struct arena mem;
	struct pki_pair root, foreign_root, server, foreign_server;
	struct pki_pair device, foreign_device, expired, long_expired;
	struct pki_pair nameless; /* clientAuth, but names no device */
	struct pki_pair useless;  /* names a device, but not what it is meant for */
	uint8_t pin[PKI_PIN];
};

/* cmocka's group fixtures: *state is a struct keys. */
int keys_setup(void **state);
int keys_teardown(void **state);

struct tls_options work_server(const struct keys *k);
struct tls_options work_client(const struct keys *k, const struct pki_pair *device);
struct tls_options enrol_server(const struct keys *k, const struct pki_pair *server);
struct tls_options enrol_client(const struct keys *k);

/* Both ends of one connection, joined by memory. */
struct pair {
	struct tls_context *server_ctx, *client_ctx;
	struct tls server, client;
};

void pair_open(struct pair *p, struct tls_options server, struct tls_options client);
void pair_close(struct pair *p);
/* Moves what waits from one end to the other, in pieces of 'step' bytes. True: something moved. */
bool pair_pump(struct tls *from, struct tls *to, size_t step);
/* Shakes hands until nothing moves any more. */
void pair_shake(struct pair *p, size_t step);
/* Both ends are up. */
void pair_assert_up(struct pair *p);
