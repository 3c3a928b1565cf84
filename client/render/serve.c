#include "client/render/serve.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/render/input.h"
#include "client/render/job.h"
#include "common/frame.h"

#define PREFIX 4
/* A refusal, or the reply around what was made. */
#define REPLY_ROOM 4096
/* After more than this memory goes back to the system. */
#define TRIM_BYTES (4u << 20)

/* Reads exactly n bytes. OUT_OF_RANGE: the input ended before the first one. */
static enum st_code serve_read(int fd, uint8_t *to, size_t n, struct st_err *err)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, to + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0 && have == 0)
			return ST_OUT_OF_RANGE;
		if (got <= 0)
			return st_fail(err, ST_DATA_LOSS, "BROKEN_OFF", NULL,
				       "the request breaks off: %s",
				       got < 0 ? strerror(errno) : "the input ended");
		have += (size_t)got;
	}
	return ST_OK;
}

static enum st_code serve_write(int fd, struct slice bytes, struct st_err *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return st_fail(err, ST_DATA_LOSS, "BROKEN_OFF", NULL,
				       "cannot write the answer: %s", strerror(errno));
		bytes = slice_of(bytes.data + n, bytes.len - (size_t)n);
	}
	return ST_OK;
}

/* A request that is too long is read to its end, so that the next one is found. */
static enum st_code serve_skip(int fd, uint32_t n, struct st_err *err)
{
	uint8_t waste[65536];

	while (n > 0) {
		uint32_t part = n < sizeof(waste) ? n : (uint32_t)sizeof(waste);
		enum st_code code = serve_read(fd, waste, part, err);

		if (code == ST_OUT_OF_RANGE)
			return st_fail(err, ST_DATA_LOSS, "BROKEN_OFF", NULL,
				       "the request breaks off: the input ended");
		ST_TRY(code);
		n -= part;
	}
	return ST_OK;
}

static enum st_code serve_pack(const Steward__PrintReply *r, struct buf *reply, struct st_err *err)
{
	size_t n = steward__print_reply__get_packed_size(r);
	uint8_t *to = buf_reserve(reply, n);

	if (to == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "there is no memory for the answer");
	(void)steward__print_reply__pack(r, to);
	buf_commit(reply, n);
	return ST_OK;
}

static enum st_code serve_refuse(struct st_err *why, struct buf *reply, struct st_err *err)
{
	Steward__PrintReply r = STEWARD__PRINT_REPLY__INIT;

	r.has_code = true;
	r.code = why->code;
	r.reason = why->reason;
	r.field = why->field;
	r.message = why->message;
	return serve_pack(&r, reply, err);
}

enum st_code serve_answer(struct type *type, struct slice request, struct buf *reply,
			  struct st_err *err)
{
	Steward__PrintReply r = STEWARD__PRINT_REPLY__INIT;
	Steward__PrintRequest *rq;
	struct st_err why = { 0 };
	struct arena mem;
	struct buf made;
	enum st_code code;

	arena_init(&mem, INPUT_ARENA);
	buf_init(&made, JOB_BYTES_MAX);
	code = input_request(request, &mem, &rq, &why);
	if (code == ST_OK)
		code = job_run(type, rq, &made, &r.pages, &why);
	if (code == ST_OK) {
		r.has_code = r.has_pages = r.has_data = true;
		r.data.data = (uint8_t *)buf_peek(&made).data;
		r.data.len = buf_peek(&made).len;
		code = serve_pack(&r, reply, &why);
	}
	buf_fini(&made);
	arena_fini(&mem);
	return code == ST_OK ? ST_OK : serve_refuse(&why, reply, err);
}

/* Reads a request of n bytes and fills 'reply'. */
static enum st_code serve_one(struct type *type, int in, uint32_t n, struct buf *reply,
			      struct st_err *err)
{
	struct st_err why = { 0 };
	uint8_t *request = NULL;
	enum st_code code;

	if (n <= INPUT_BYTES_MAX)
		request = malloc(n > 0 ? n : 1);
	if (request == NULL) {
		(void)st_fail(&why, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			      "a request has at most %u bytes, this one has %u", INPUT_BYTES_MAX,
			      n);
		ST_TRY(serve_skip(in, n, err));
		return serve_refuse(&why, reply, err);
	}
	code = n > 0 ? serve_read(in, request, n, err) : ST_OK;
	if (code == ST_OUT_OF_RANGE)
		code = st_fail(err, ST_DATA_LOSS, "BROKEN_OFF", NULL,
			       "the request breaks off: the input ended");
	if (code == ST_OK)
		code = serve_answer(type, slice_of(request, n), reply, err);
	free(request);
	return code;
}

enum st_code serve(struct type *type, int in, int out, struct st_err *err)
{
	uint8_t prefix[PREFIX];
	enum st_code code;

	while ((code = serve_read(in, prefix, PREFIX, err)) == ST_OK) {
		uint32_t n = frame_u32(prefix);
		struct buf reply;
		size_t made;

		buf_init(&reply, JOB_BYTES_MAX + REPLY_ROOM);
		code = serve_one(type, in, n, &reply, err);
		made = buf_peek(&reply).len;
		frame_put_u32(prefix, (uint32_t)made);
		if (code == ST_OK)
			code = serve_write(out, slice_of(prefix, PREFIX), err);
		if (code == ST_OK)
			code = serve_write(out, buf_peek(&reply), err);
		buf_fini(&reply);
		if (n > TRIM_BYTES || made > TRIM_BYTES)
			(void)malloc_trim(0);
		ST_TRY(code);
	}
	return code == ST_OUT_OF_RANGE ? ST_OK : code;
}
