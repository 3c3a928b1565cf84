#pragma once
/*
 * Frames of steward/1: a 12 byte header, big endian, and a payload (docs/protocol.md).
 *
 *   0 magic 0xD5 | 1 type | 2 flags | 3 reserved 0 | 4..7 payload length | 8..11 stream
 */
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

#define FRAME_HEADER 12
#define FRAME_MAGIC 0xD5
#define FRAME_STREAM_MAX 0x7fffffffu

enum frame_type {
	FRAME_HELLO = 0x01,
	FRAME_WELCOME = 0x02,
	FRAME_REQUEST = 0x10,
	FRAME_DATA = 0x11,
	FRAME_RESPONSE = 0x12,
	FRAME_STATUS = 0x13,
	FRAME_CREDIT = 0x14,
	FRAME_CANCEL = 0x15,
	FRAME_PING = 0x20,
	FRAME_PONG = 0x21,
	FRAME_GOAWAY = 0x30,
	FRAME_ERROR = 0x31,
};

enum frame_flag {
	FRAME_END_STREAM = 1u << 0, /* the sender sends no more on this stream */
	FRAME_MORE = 1u << 1,       /* the message goes on in the next DATA frame of the stream */
};

/* How far a connection has come: decides how much a peer may make us hold. */
enum frame_phase {
	PHASE_HELLO, /* nothing received yet: 4 KiB */
	PHASE_LOGIN, /* device known, nobody logged in: 16 KiB */
	PHASE_OPEN,  /* 64 KiB */
};

struct frame {
	uint8_t type, flags;
	uint32_t stream;
	struct slice payload; /* points into the bytes given */
};

/* Who may send a frame, and what its header may say. */
enum frame_rule_flag {
	FRAME_BY_CLIENT = 1u << 0,
	FRAME_BY_SERVER = 1u << 1,
	FRAME_ON_CONNECTION = 1u << 2, /* stream 0 */
	FRAME_ON_STREAM = 1u << 3,     /* an odd number: streams are opened by the client */
};

struct frame_rule {
	uint8_t type;
	const char *name;
	uint8_t who;       /* frame_rule_flag */
	uint8_t may, must; /* frame_flag: those that may stand, those that have to */
	int32_t len;       /* exact length of the payload, -1: up to the cap */
};

/* NULL: no type we know. */
const struct frame_rule *frame_rule(uint8_t type);

/* Largest payload in this phase. */
uint32_t frame_cap(enum frame_phase phase);
/*
 * Looks at the front of 'in'. *ret_used = 0: the frame is not complete yet. Otherwise *ret is the
 * frame and *ret_used its whole length. The header alone is judged first (O(12 bytes), nothing is
 * allocated): wrong magic, reserved bits, unknown type below 0x80, length over the cap, flags,
 * length and stream that do not fit the type. What depends on the state of a connection is not
 * judged here. Types from 0x80 on are returned like any other, to be skipped.
 */
enum st_code frame_parse(enum frame_phase phase, struct slice in, struct frame *ret,
			 size_t *ret_used, struct st_err *err) ST_MUSTCHECK;
/* How many bytes the frame at the front of 'in' has in all, as far as its header is there, else
 * FRAME_HEADER. */
size_t frame_need(struct slice in);
void frame_header(uint8_t out[FRAME_HEADER], uint8_t type, uint8_t flags, uint32_t len,
		  uint32_t stream);
uint32_t frame_u32(const uint8_t *p); /* big endian */
void frame_put_u32(uint8_t *p, uint32_t v);
