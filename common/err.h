#pragma once
/*
 * Errors: one code for the whole system and the wire, a reason for programs, a sentence for people.
 *
 * A function that can fail returns enum st_code and fills a struct st_err. The code decides what
 * happens, the reason (UPPER_SNAKE, stable) tells programs why, the message tells a person what is
 * wrong and what to do. Nothing ever compares messages.
 */
#include <stdbool.h>

/* Numbers are google.rpc.Code and travel on the wire: never renumber.
 *  name, number, the same call with the same key may succeed later, sentence when nobody said more
 */
#define ST_CODES(X)                                                                  \
	X(OK, 0, false, "done")                                                      \
	X(CANCELLED, 1, false, "the call was cancelled")                             \
	X(UNKNOWN, 2, false, "something unexpected happened")                        \
	X(INVALID_ARGUMENT, 3, false, "the request is not valid")                    \
	X(DEADLINE_EXCEEDED, 4, true, "it took too long")                            \
	X(NOT_FOUND, 5, false, "there is no such thing here")                        \
	X(ALREADY_EXISTS, 6, false, "it exists already")                             \
	X(PERMISSION_DENIED, 7, false, "you may not do this")                        \
	X(RESOURCE_EXHAUSTED, 8, true, "the server has too much to do")              \
	X(FAILED_PRECONDITION, 9, false, "this cannot be done in the present state") \
	X(ABORTED, 10, true, "somebody else changed it at the same time")            \
	X(OUT_OF_RANGE, 11, false, "past the end")                                   \
	X(UNIMPLEMENTED, 12, false, "the server does not know this call")            \
	X(INTERNAL, 13, false, "a fault in the server")                              \
	X(UNAVAILABLE, 14, true, "the server cannot be reached now")                 \
	X(DATA_LOSS, 15, false, "stored data is damaged")                            \
	X(UNAUTHENTICATED, 16, false, "log in first")
#define X(name, number, retry, text) ST_##name = number,
enum st_code { ST_CODES(X) };
#undef X

/* Reasons with a meaning of their own to clients; others are free text in the same style. */
#define ST_REASON_KEY_REUSED "KEY_REUSED"
#define ST_REASON_OUTCOME_UNKNOWN "OUTCOME_UNKNOWN"
#define ST_REASON_VERSION_CONFLICT "VERSION_CONFLICT"
#define ST_REASON_STEP_UP "STEP_UP_REQUIRED"

/* The caller looks at the result, or writes (void) in front of the call. gcc does not accept the
 * (void), so only clang checks. */
#ifdef __clang__
#define ST_MUSTCHECK __attribute__((warn_unused_result))
#else
#define ST_MUSTCHECK
#endif

/* Fixed sizes on purpose: failing must not be able to fail. Longer text is cut at a character. */
struct st_err {
	enum st_code code;
	char reason[64];
	char field[120]; /* path of the request's field at fault, or "" */
	char message[400];
};

/* Fills 'err' (may be NULL) and returns 'code', so that a caller fails in one line. 'reason' NULL:
 * the code's name; 'field' NULL: none. */
enum st_code st_fail(struct st_err *err, enum st_code code, const char *reason, const char *field,
		     const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Keeps the error 'err' already holds, else takes 'from'. */
void st_keep_first(struct st_err *err, const struct st_err *from);

/* "NOT_FOUND"; never NULL, unknown numbers give "UNKNOWN". */
const char *st_code_name(enum st_code code);
/* The sentence used when nobody said more. */
const char *st_code_text(enum st_code code);
/* True if the same call under the same key may succeed later. */
bool st_code_retry(enum st_code code);
/* The code with this number, ST_UNKNOWN for one that does not exist. */
enum st_code st_code_from_wire(int number);

/* The only macro that may return from its caller. */
#define ST_TRY(expr)                           \
	do {                                   \
		enum st_code st_try_ = (expr); \
		if (st_try_ != ST_OK)          \
			return st_try_;        \
	} while (0)

/* For our own mistakes, never for what a peer, a file or the database sent; stays on in release. */
#define must(cond)                                              \
	do {                                                    \
		if (__builtin_expect(!(cond), 0))               \
			must_failed(#cond, __FILE__, __LINE__); \
	} while (0)
void must_failed(const char *cond, const char *file, int line) __attribute__((noreturn));
