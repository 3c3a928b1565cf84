/*
 * From an invitation to a certificate. The token is burnt and the key's hash written in one
 * statement; the certificate is signed after that was committed. Whatever breaks in between, the
 * same key may ask again for a quarter of an hour; another key finds the token used.
 */
#include "common/pki.h"
#include "proto/enrol.pb-c.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"
#include "server/rpc/prove.h"

struct enrol {
	uint8_t token[32], key[32]; /* hashes */
	struct db_call *redeemed;
};

static void enrol_on_redeemed(struct op *op)
{
	Steward__Enrol__RedeemReply *out = op_out(op, Steward__Enrol__RedeemReply);
	const struct pki_pair *root = op_services(op)->root;
	struct enrol *e = op->hook;
	const char *cert;

	if (op->err.code == ST_OK && db_rows(e->redeemed) != 1)
		op_fail(op, ST_PERMISSION_DENIED, "TOKEN_REFUSED", "token",
			"this token is not good: mistyped, older than 15 minutes, or used already; "
			"ask for a new invitation");
	if (op->err.code == ST_OK) {
		out->device_id = (char *)db_text(e->redeemed, 0, "id");
		out->name = (char *)db_text(e->redeemed, 0, "name");
		out->root_pem = (char *)root->cert_pem;
		if (pki_device_sign(root, op_in(op, Steward__Enrol__RedeemRequest)->csr_pem,
				    out->device_id, PKI_DEVICE_DAYS, &op->mem, &cert,
				    &op->err) == ST_OK)
			out->cert_pem = (char *)cert;
	}
	op_resume(op);
}

static bool enrol_read(struct op *op, struct enrol *e)
{
	const Steward__Enrol__RedeemRequest *in = op_in(op, Steward__Enrol__RedeemRequest);
	struct enrol_token token;

	if (enrol_token_parse(in->token, &token, &op->err) != ST_OK ||
	    pki_csr_key_hash(in->csr_pem, e->key, &op->err) != ST_OK)
		return false;
	sha256(token.secret, strlen(token.secret), e->token);
	return true;
}

static enum op_next enrol_redeem_before(struct op *op)
{
	struct enrol *e = arena_new(&op->mem, struct enrol);
	struct db_unit *u = op_side_unit(op, enrol_on_redeemed);
	const char *audit_id = prove_new_id(op);

	op->hook = e;
	if (e != NULL && u != NULL)
		e->redeemed = db_add(u, &sql_access_redeem);
	if (e == NULL || u == NULL || e->redeemed == NULL || audit_id == NULL) {
		prove_no_memory(op);
		return OP_GO;
	}
	if (!enrol_read(op, e))
		return OP_GO;
	db_bind_bytes(e->redeemed, "token", e->token, sizeof(e->token));
	db_bind_bytes(e->redeemed, "key_hash", e->key, sizeof(e->key));
	db_bind_int(u, e->redeemed, "days", PKI_DEVICE_DAYS);
	db_bind(e->redeemed, "audit_id", audit_id);
	db_bind(e->redeemed, "method", op->method->name);
	op_side_submit(op, POOL_WRITE, u);
	return OP_WAIT;
}

const struct op_hooks enrol_redeem_hooks = {
	.before = enrol_redeem_before,
};
