#pragma once
/*
 * What hooks may use of the daemon. Filled by server/app.c before the first connection is accepted,
 * valid until the loop ends; struct app begins with it.
 */
#include <stdint.h>

#include "common/clock.h"
#include "common/pki.h"
#include "server/db/pool.h"
#include "server/rpc/hasher.h"
#include "server/rpc/op.h"

struct access;
struct secret_box;

struct services {
	struct pool *pool;
	struct clock *clock;
	struct hasher *hasher;
	struct access *access;
	struct secret_box *box;      /* seals what must not lie open in the database */
	const struct pki_pair *root; /* the daemon's own authority: signs devices */
	const uint8_t *pin;          /* PKI_PIN bytes: the root as invitations name it */
};

static inline struct services *op_services(struct op *op)
{
	return (struct services *)(void *)op->app; /* its first member */
}
