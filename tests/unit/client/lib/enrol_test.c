#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "tests/unit/client/lib/rig.h"

struct office {
	unsigned asked;
	bool lose_first; /* the first answer never arrives */
	uint8_t keys[2][32];
};

static void set(struct rig *rig, ProtobufCMessage *msg, const char *field, const char *text)
{
	struct st_err err = { 0 };

	assert_int_equal(field_set_text(msg, message_field(msg->descriptor, field), text,
					strlen(text), &rig->mem, &err),
			 ST_OK);
}

static void redeem(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		   const Steward__Request *rq)
{
	const struct rpc_method *m = rpc_find("enrol.Redeem");
	struct office *o = rig->arg;
	ProtobufCMessage *in, *out = message_new(m->out->desc, &rig->mem);
	struct st_err err = { 0 };
	const char *csr, *cert;

	assert_string_equal(rq->method, "enrol.Redeem");
	assert_int_equal(
		wire_unpack(m->in, slice_of(rq->body.data, rq->body.len), &rig->mem, &in, &err),
		ST_OK);
	csr = field_text(in, message_field(in->descriptor, "csr_pem"), 0, &rig->mem);
	assert_true(o->asked < 2);
	assert_int_equal(pki_csr_key_hash(csr, o->keys[o->asked++], &err), ST_OK);
	if (o->lose_first && o->asked == 1) {
		rig_refuse(conn, stream, ST_INTERNAL, "LOST", 0);
		return;
	}
	assert_int_equal(pki_device_sign(&rig->root, csr, "0190aaaa-0000-7000-8000-00000000000d",
					 90, &rig->mem, &cert, &err),
			 ST_OK);
	set(rig, out, "cert_pem", cert);
	set(rig, out, "root_pem", rig->root.cert_pem);
	set(rig, out, "name", "sun-desk2");
	rig_answer(conn, stream, out, true);
}

static void token_for(const char *root_cert_pem, char out[ENROL_TOKEN_TEXT])
{
	uint8_t pin[PKI_PIN];
	struct st_err err = { 0 };

	assert_int_equal(pki_root_pin(root_cert_pem, pin, &err), ST_OK);
	enrol_token_new(pin, out);
}

static enum st_code enrol(struct rig *rig, const char *token, struct st_err *err)
{
	*err = (struct st_err){ 0 };
	return client_enrol(&rig->loop, rig->dir, "127.0.0.1", 7433, rig->profile.port, token, NULL,
			    err);
}

static void a_token_becomes_a_whole_profile(void **state)
{
	struct rig *rig = *state;
	struct office o = { 0 };
	char token[ENROL_TOKEN_TEXT], path[120];
	struct profile p;
	struct st_err err;
	struct stat st;

	rig->arg = &o;
	rig->on_request = redeem;
	rig_listen(rig, ALPN_ENROL);
	token_for(rig->root.cert_pem, token);
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, "NOT_ENROLLED");
	assert_int_equal(enrol(rig, token, &err), ST_OK);
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_OK);
	assert_string_equal(p.server, "127.0.0.1");
	assert_int_equal(p.port, 7433);
	assert_int_equal(p.enrol_port, rig->profile.port);
	assert_string_equal(p.name, "sun-desk2");
	assert_null(p.token);
	(void)snprintf(path, sizeof(path), "%s/device.key", rig->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(path, sizeof(path), "%s/enrol.key", rig->dir);
	assert_int_equal(stat(path, &st), -1);
}

static void a_lost_answer_is_asked_for_again_with_the_same_key(void **state)
{
	struct rig *rig = *state;
	struct office o = { .lose_first = true };
	char token[ENROL_TOKEN_TEXT];
	struct profile p;
	struct st_err err;

	rig->arg = &o;
	rig->on_request = redeem;
	rig_listen(rig, ALPN_ENROL);
	token_for(rig->root.cert_pem, token);
	assert_int_equal(enrol(rig, token, &err), ST_INTERNAL);
	assert_int_equal(profile_load(rig->dir, &rig->mem, &p, &err), ST_FAILED_PRECONDITION);
	assert_int_equal(enrol(rig, token, &err), ST_OK);
	assert_memory_equal(o.keys[0], o.keys[1], 32);
}

static void a_server_without_the_pinned_root_gets_no_token(void **state)
{
	struct rig *rig = *state;
	struct office o = { 0 };
	struct pki_pair other;
	char token[ENROL_TOKEN_TEXT];
	struct st_err err;

	rig->arg = &o;
	rig->on_request = redeem;
	rig_listen(rig, ALPN_ENROL);
	assert_int_equal(pki_root_new("other", &rig->mem, &other, &err), ST_OK);
	token_for(other.cert_pem, token);
	assert_int_not_equal(enrol(rig, token, &err), ST_OK);
	assert_int_equal(o.asked, 0);
	assert_int_equal(rig->requests, 0);
}

static void a_mistyped_token_is_refused_here(void **state)
{
	struct rig *rig = *state;
	struct st_err err;

	assert_int_equal(enrol(rig, "stw1.abc", &err), ST_INVALID_ARGUMENT);
	assert_int_equal(rig->connections, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_token_becomes_a_whole_profile),
		TEST(a_lost_answer_is_asked_for_again_with_the_same_key),
		TEST(a_server_without_the_pinned_root_gets_no_token),
		TEST(a_mistyped_token_is_refused_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
