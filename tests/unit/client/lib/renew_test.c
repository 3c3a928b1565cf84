#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "tests/unit/client/lib/rig.h"

struct renewals {
	unsigned asked, opened;
	bool refuse;
	unsigned opened_on; /* connection of the last case.Open */
};

static void answer_renewal(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			   const Steward__Request *rq)
{
	const struct rpc_method *m = rpc_find("device.Renew");
	struct renewals *n = rig->arg;
	ProtobufCMessage *in, *out = message_new(m->out->desc, &rig->mem);
	struct st_err err = { 0 };
	const char *csr, *cert;

	n->asked++;
	if (n->refuse) {
		rig_refuse(conn, stream, ST_INTERNAL, "NO_CA", 0);
		return;
	}
	assert_int_equal(
		wire_unpack(m->in, slice_of(rq->body.data, rq->body.len), &rig->mem, &in, &err),
		ST_OK);
	csr = field_text(in, message_field(in->descriptor, "csr_pem"), 0, &rig->mem);
	assert_int_equal(pki_device_sign(&rig->root, csr, "0190aaaa-0000-7000-8000-00000000000d",
					 90, &rig->mem, &cert, &err),
			 ST_OK);
	assert_int_equal(field_set_text(out, message_field(out->descriptor, "cert_pem"), cert,
					strlen(cert), &rig->mem, &err),
			 ST_OK);
	rig_answer(conn, stream, out, true);
}

static void answer_all(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		       const Steward__Request *rq)
{
	struct renewals *n = rig->arg;

	if (strcmp(rq->method, "device.Renew") == 0) {
		answer_renewal(rig, conn, stream, rq);
		return;
	}
	n->opened++;
	n->opened_on = conn->number;
	rig_answer(conn, stream, message_new(rpc_find(rq->method)->out->desc, &rig->mem), true);
}

/* Days the certificate in the profile's directory has left; -1000: there is none. */
static int days_on_disk(struct rig *rig)
{
	char path[120];
	struct st_err err = { 0 };
	struct slice text;
	int days;

	(void)snprintf(path, sizeof(path), "%s/device.crt", rig->dir);
	if (file_read(path, 65536, &rig->mem, &text, &err) != ST_OK)
		return -1000;
	assert_int_equal(pki_days_left((const char *)text.data, &days, &err), ST_OK);
	return days;
}

static void run(struct rig *rig, int days, struct renewals *n)
{
	const struct rpc_method *m = rpc_find("case.Open");
	struct client_server server;
	struct client *c;
	struct call_result r;

	rig->arg = n;
	rig->on_request = answer_all;
	rig_certify(rig, days);
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(
		client_call(c, m, message_new(m->in->desc, &rig->mem), NULL, &rig->mem, &r), ST_OK);
	assert_int_equal(
		client_call(c, m, message_new(m->in->desc, &rig->mem), NULL, &rig->mem, &r), ST_OK);
	client_server(c, &server);
	assert_int_equal(server.certificate_days > 80, n->asked > 0 ? !n->refuse : days > 80);
	client_free(c);
	assert_int_equal(n->opened, 2);
}

static void a_young_certificate_is_left_alone(void **state)
{
	struct renewals n = { 0 };

	run(*state, 89, &n);
	assert_int_equal(n.asked, 0);
	assert_int_equal(days_on_disk(*state), -1000);
}

static void an_old_certificate_is_renewed_on_the_way(void **state)
{
	struct renewals n = { 0 };

	run(*state, 20, &n);
	assert_int_equal(n.asked, 1);
	assert_true(days_on_disk(*state) > 80);
	assert_int_equal(((struct rig *)*state)->connections, 1);
}

static void a_refused_renewal_keeps_the_old_one(void **state)
{
	struct renewals n = { .refuse = true };

	run(*state, 20, &n);
	assert_int_equal(n.asked, 1); /* once per run */
	assert_int_equal(days_on_disk(*state), -1000);
}

static void an_expired_certificate_is_renewed_then_used_on_a_new_connection(void **state)
{
	struct renewals n = { 0 };

	run(*state, -3, &n);
	assert_int_equal(n.asked, 1);
	assert_int_equal(n.opened_on, 2);
	assert_true(days_on_disk(*state) > 80);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_young_certificate_is_left_alone),
		TEST(an_old_certificate_is_renewed_on_the_way),
		TEST(a_refused_renewal_keeps_the_old_one),
		TEST(an_expired_certificate_is_renewed_then_used_on_a_new_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
