#pragma once
/* What the three files of the session share: session.c (state), session_recv.c, session_send.c. */
#include "common/session.h"

/* Makes the session dead with an ERROR frame. Returns 'code'. */
enum st_code session_die(struct session *s, enum st_code code, const char *reason, const char *fmt,
			 ...) __attribute__((format(printf, 4, 5)));
/* The peer broke a rule. Returns INVALID_ARGUMENT. */
enum st_code session_offence(struct session *s, const char *sentence);
/* A small offence of this weight; at the limit the session dies. */
enum st_code session_glitch(struct session *s, unsigned weight) ST_MUSTCHECK;

struct session_stream *session_stream_find(const struct session *s, uint32_t id);
/* NULL: no memory. */
struct session_stream *session_stream_new(struct session *s, uint32_t id);
/* Takes it out of the session with everything it holds. */
void session_stream_free(struct session *s, struct session_stream *st);
/* Forgets a message that was being put together. */
void session_part_drop(struct session *s, struct session_stream *st);
void session_pending_drop(struct session *s, struct session_stream *st);

/* Puts a frame behind what waits to be written; dies when too much waits. */
enum st_code session_put(struct session *s, uint8_t type, uint8_t flags, uint32_t stream,
			 struct slice payload) ST_MUSTCHECK;
enum st_code session_put_credit(struct session *s, uint32_t stream, int64_t bytes,
				int64_t messages) ST_MUSTCHECK;
/* Sends parts that wait for credit, as far as it reaches now. Streams may end by it. */
enum st_code session_pump(struct session *s) ST_MUSTCHECK;
/* server: ends a cancelled stream that the owner does not know yet, or has given its last for. */
enum st_code session_cut_off(struct session *s, struct session_stream *st) ST_MUSTCHECK;
