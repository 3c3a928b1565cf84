#include "common/frame.h"

#include <string.h>

#define FRAME_REASON "PROTOCOL_ERROR"
#define BOTH (FRAME_BY_CLIENT | FRAME_BY_SERVER)
#define PARTS (FRAME_END_STREAM | FRAME_MORE)

static const struct frame_rule frame_rules[] = {
	{ FRAME_HELLO, "HELLO", FRAME_BY_CLIENT | FRAME_ON_CONNECTION, 0, 0, -1 },
	{ FRAME_WELCOME, "WELCOME", FRAME_BY_SERVER | FRAME_ON_CONNECTION, 0, 0, -1 },
	{ FRAME_REQUEST, "REQUEST", FRAME_BY_CLIENT | FRAME_ON_STREAM, PARTS, 0, -1 },
	{ FRAME_DATA, "DATA", BOTH | FRAME_ON_STREAM, PARTS, 0, -1 },
	{ FRAME_RESPONSE, "RESPONSE", FRAME_BY_SERVER | FRAME_ON_STREAM, PARTS, 0, -1 },
	{ FRAME_STATUS, "STATUS", FRAME_BY_SERVER | FRAME_ON_STREAM, FRAME_END_STREAM,
	  FRAME_END_STREAM, -1 },
	{ FRAME_CREDIT, "CREDIT", BOTH | FRAME_ON_CONNECTION | FRAME_ON_STREAM, 0, 0, 8 },
	{ FRAME_CANCEL, "CANCEL", FRAME_BY_CLIENT | FRAME_ON_STREAM, 0, 0, 0 },
	{ FRAME_PING, "PING", BOTH | FRAME_ON_CONNECTION, 0, 0, 8 },
	{ FRAME_PONG, "PONG", BOTH | FRAME_ON_CONNECTION, 0, 0, 8 },
	{ FRAME_GOAWAY, "GOAWAY", FRAME_BY_SERVER | FRAME_ON_CONNECTION, 0, 0, -1 },
	{ FRAME_ERROR, "ERROR", BOTH | FRAME_ON_CONNECTION, 0, 0, -1 },
};

const struct frame_rule *frame_rule(uint8_t type)
{
	for (size_t i = 0; i < sizeof frame_rules / sizeof frame_rules[0]; i++)
		if (frame_rules[i].type == type)
			return &frame_rules[i];
	return NULL;
}

uint32_t frame_cap(enum frame_phase phase)
{
	switch (phase) {
	case PHASE_HELLO:
		return 4u << 10;
	case PHASE_LOGIN:
		return 16u << 10;
	case PHASE_OPEN:
		return 64u << 10;
	}
	return 0;
}

uint32_t frame_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void frame_put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

size_t frame_need(struct slice in)
{
	if (in.len < FRAME_HEADER)
		return FRAME_HEADER;
	return FRAME_HEADER + (size_t)frame_u32(in.data + 4);
}

void frame_header(uint8_t out[FRAME_HEADER], uint8_t type, uint8_t flags, uint32_t len,
		  uint32_t stream)
{
	out[0] = FRAME_MAGIC;
	out[1] = type;
	out[2] = flags;
	out[3] = 0;
	frame_put_u32(out + 4, len);
	frame_put_u32(out + 8, stream);
}

static enum st_code frame_judge_rule(const struct frame_rule *r, const uint8_t *h,
				     struct st_err *err)
{
	uint32_t len = frame_u32(h + 4), stream = frame_u32(h + 8);
	bool fits = stream == 0 ? (r->who & FRAME_ON_CONNECTION) != 0
				: (r->who & FRAME_ON_STREAM) != 0 && stream % 2 == 1;

	if ((h[2] & ~r->may) != 0 || (h[2] & r->must) != r->must)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "a %s frame may not have the flags 0x%02x", r->name, h[2]);
	if (h[2] == PARTS)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "a %s frame cannot both go on and end its stream", r->name);
	if (r->len >= 0 && len != (uint32_t)r->len)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "a %s frame has %d bytes of payload, not %u", r->name, (int)r->len,
			       len);
	if (!fits)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "a %s frame cannot be on stream %u", r->name, stream);
	return ST_OK;
}

/* Judges a whole header. */
static enum st_code frame_judge(enum frame_phase phase, const uint8_t *h, struct st_err *err)
{
	const struct frame_rule *r = frame_rule(h[1]);
	uint32_t len = frame_u32(h + 4);

	if (r == NULL && h[1] < 0x80)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "there is no frame of type 0x%02x", h[1]);
	if ((h[2] & ~PARTS) != 0 || h[3] != 0 || frame_u32(h + 8) > FRAME_STREAM_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, FRAME_REASON, NULL,
			       "bits of the frame header that must be 0 are set");
	if (len > frame_cap(phase))
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "FRAME_TOO_LARGE", NULL,
			       "a frame may have %u bytes of payload now, this one has %u",
			       frame_cap(phase), len);
	return r != NULL ? frame_judge_rule(r, h, err) : ST_OK;
}

enum st_code frame_parse(enum frame_phase phase, struct slice in, struct frame *ret,
			 size_t *ret_used, struct st_err *err)
{
	size_t need;

	*ret_used = 0;
	if (in.len > 0 && in.data[0] != FRAME_MAGIC)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_MAGIC", NULL,
			       "these are not frames of steward/1");
	if (in.len < FRAME_HEADER)
		return ST_OK;
	ST_TRY(frame_judge(phase, in.data, err));
	need = frame_need(in);
	if (in.len < need)
		return ST_OK;
	ret->type = in.data[1];
	ret->flags = in.data[2];
	ret->stream = frame_u32(in.data + 8);
	ret->payload = slice_of(in.data + FRAME_HEADER, need - FRAME_HEADER);
	*ret_used = need;
	return ST_OK;
}
