#include "tests/fuzz/plain_tls.h"

#include <stdlib.h>
#include <string.h>

#include "common/tls.h"

#define PLAIN_MAX (16u << 20)

struct tls_context {
	unsigned refs;
};

bool plain_expired;

enum st_code tls_context_new(const struct tls_options *o, struct tls_context **ret,
			     struct st_err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret != NULL ? ST_OK : ST_RESOURCE_EXHAUSTED;
}

void tls_context_free(struct tls_context *ctx)
{
	free(ctx);
}

enum st_code tls_init(struct tls *t, struct tls_context *ctx, struct st_err *err)
{
	*t = (struct tls){ .ctx = ctx };
	buf_init(&t->in, PLAIN_MAX);
	buf_init(&t->out, PLAIN_MAX);
	return ST_OK;
}

void tls_fini(struct tls *t)
{
	buf_fini(&t->in);
	buf_fini(&t->out);
}

enum st_code tls_feed(struct tls *t, struct slice in)
{
	t->ready = true;
	return buf_append(&t->in, in.data, in.len);
}

enum st_code tls_start(struct tls *t)
{
	return ST_OK;
}

size_t tls_read(struct tls *t, uint8_t *out, size_t max)
{
	struct slice in = buf_peek(&t->in);
	size_t n = in.len < max ? in.len : max;

	if (n == 0)
		return 0;
	memcpy(out, in.data, n);
	buf_consume(&t->in, n);
	return n;
}

bool tls_partial(const struct tls *t)
{
	return t->in.len > 0;
}

enum st_code tls_write(struct tls *t, struct slice plain)
{
	return buf_append(&t->out, plain.data, plain.len);
}

void tls_shutdown(struct tls *t)
{
}

bool tls_peer_device(const struct tls *t, char out[37])
{
	memcpy(out, PLAIN_DEVICE, sizeof(PLAIN_DEVICE));
	return true;
}

bool tls_peer_fingerprint(const struct tls *t, uint8_t out[32], int64_t *ret_seconds_left)
{
	memset(out, 7, 32);
	*ret_seconds_left = plain_expired ? -86400 : 86400;
	return true;
}
