#pragma once
/*
 * Two ends of a session joined by memory, for tests. What an end was told is kept as text, one
 * entry per event, and so is what waits in its 'out':
 *
 *   end_events(e)  "hello 2:hi; request 1 5:hello; cancel 1; error 3 14:PROTOCOL_ERROR; "
 *   end_frames(e)  "WELCOME 0 2; RESPONSE+END 1 3; CREDIT 1 bytes=32768 messages=0; ERROR
 * PROTOCOL_ERROR; "
 *
 * Both give the text since the last look and forget it. Messages over 24 bytes show their length
 * only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/session.h"

struct rig;

struct end {
	struct session s;
	struct rig *rig;
	char events[16384];
	char frames[16384];
	size_t n_events;
	unsigned warnings; /* on_glitches */
	/* server: what to do about a request, may be NULL; the stream is open */
	void (*on_request)(struct end *e, uint32_t stream, struct slice message);
	void (*on_response)(struct end *e, uint32_t stream, struct slice message, bool end);
	void (*on_message)(struct end *e, uint32_t stream, struct slice message);
	void (*on_credit)(struct end *e, uint32_t stream);
	void *arg;
	bool silent;   /* events are not kept as text */
	bool no_grant; /* messages are not granted back at once */
	bool no_welcome;
};

struct rig {
	struct clock clock; /* of both ends */
	uint64_t now_ms;
	struct end client, server;
	struct buf received; /* the last message over 24 bytes */
};

/* Both ends made, nothing said yet. */
void rig_init(struct rig *r, size_t out_max);
/* Greeted, and both in PHASE_OPEN; events forgotten. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);

/* Carries what waits from one end to the other, at most 'step' bytes at a time, until nothing
 * waits. */
void rig_carry(struct rig *r, size_t step);
/* The same in one direction only, once through. */
void end_carry(struct end *from, struct end *to, size_t step);

const char *end_events(struct end *e);
const char *end_frames(struct end *e);

/* Feeds one frame made by hand. */
enum st_code end_frame(struct end *e, uint8_t type, uint8_t flags, uint32_t stream,
		       struct slice payload);
enum st_code end_credit(struct end *e, uint32_t stream, uint32_t bytes, uint32_t messages);

/* A request from the client that has reached the server. */
uint32_t rig_request(struct rig *r, const char *message);
/* 'len' bytes that tell their place, made once; 'seed' varies them. At most 5 MiB. */
struct slice rig_bytes(size_t len, unsigned seed);
