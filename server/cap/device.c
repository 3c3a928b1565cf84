/* Invitations and certificates. */
#include "common/pki.h"
#include "proto/device.pb-c.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"
#include "server/rpc/secret.h"

#define DEVICE_DAYS_TEXT "90"
_Static_assert(PKI_DEVICE_DAYS == 90, "DEVICE_DAYS_TEXT must say the same");

static void device_set_hash(struct op *op, const uint8_t hash[32])
{
	const char *text = secret_bytea(slice_of(hash, 32), &op->mem);

	if (text == NULL)
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			"the server has no memory for this now");
	op_set(op, CTX_token, text);
}

/* -- Invite -- */

static enum op_next device_invite_before(struct op *op)
{
	char *token = arena_alloc(&op->mem, ENROL_TOKEN_TEXT);
	struct enrol_token parts;
	uint8_t hash[32];

	op->hook = token;
	if (token == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			"the server has no memory for this now");
		return OP_GO;
	}
	enrol_token_new(op_services(op)->pin, token);
	if (enrol_token_parse(token, &parts, &op->err) == ST_OK) {
		sha256(parts.secret, strlen(parts.secret), hash);
		device_set_hash(op, hash);
	}
	return OP_GO;
}

static void device_invite_done(struct op *op)
{
	op_out(op, Steward__Device__InviteReply)->token = op->hook;
}

const struct op_hooks device_invite_hooks = {
	.before = device_invite_before,
	.committed = device_invite_done,
};

/* -- Renew -- */

static enum op_next device_renew_before(struct op *op)
{
	uint8_t hash[32];

	if (pki_csr_key_hash(op_in(op, Steward__Device__RenewRequest)->csr_pem, hash, &op->err) ==
	    ST_OK)
		device_set_hash(op, hash);
	op_set(op, CTX_number, DEVICE_DAYS_TEXT);
	return OP_GO;
}

/* The database has said that the device may have one. */
static void device_renew_after(struct op *op)
{
	Steward__Device__RenewReply *out = op_out(op, Steward__Device__RenewReply);
	const struct pki_pair *root = op_services(op)->root;
	const char *cert;

	if (pki_device_sign(root, op_in(op, Steward__Device__RenewRequest)->csr_pem, out->device_id,
			    PKI_DEVICE_DAYS, &op->mem, &cert, &op->err) != ST_OK)
		return;
	out->cert_pem = (char *)cert;
	out->root_pem = (char *)root->cert_pem;
}

const struct op_hooks device_renew_hooks = {
	.before = device_renew_before,
	.after = device_renew_after,
};
