#pragma once
/*
 * What a pane shows: the latest answer of a method that reads. Asking does not wait; the old answer
 * stays until the new one is here, and when it fails stays with the reason.
 *
 *   source_init() -> source_ask() ... source_free()
 */
#include <stdbool.h>

#include "client/lib/client.h"
#include "common/arena.h"

struct app;

struct source {
	struct app *app;
	const struct rpc_method *m;
	/* Makes the request, in 'mem'. NULL: there is nothing to ask now; the old answer goes.
	 * Without such a function it is empty. */
	ProtobufCMessage *(*request)(void *request_arg, struct arena *mem);
	void *request_arg;
	void (*changed)(void *arg); /* there is a new answer, or an error */
	void *arg;
	const ProtobufCMessage *reply; /* NULL: none yet */
	struct st_err err;             /* of the latest attempt */
	bool again;                    /* asked for while one was under way */
	uint64_t answers;              /* how many have come */
	struct ask *shown, *asking;    /* whose reply it is; the one under way */
};

/* A call with the memory of its answer; for source.c. */
struct ask {
	struct source *source; /* NULL: nobody waits for it any more */
	struct call *call;
	struct arena mem;
};

/* 's' is zeroed. */
void source_init(struct source *s, struct app *app, const struct rpc_method *m);
void source_ask(struct source *s);
/* Would its answer be another after such a change? 'entity' "": after anything. */
bool source_shows(const struct source *s, const char *entity);
/* Asks again if so. */
void source_changed(struct source *s, const char *entity);
void source_clear(struct source *s);
void source_free(struct source *s);

/* Small helpers for those who make requests and read replies. request_new() takes pairs of field
 * and text, ended by NULL; empty texts are left out. NULL: no memory, or no such value. */
ProtobufCMessage *request_new(const struct rpc_method *m, struct arena *mem, ...)
	__attribute__((sentinel));
ProtobufCMessage *request_copy(const struct rpc_method *m, const ProtobufCMessage *request,
			       struct arena *mem);
bool request_set(ProtobufCMessage *rq, const char *field, const char *text, struct arena *mem);
/* A field's text, "" if it is not there; 'path' may lead into sub-messages: "case.number". */
const char *reply_text(const ProtobufCMessage *msg, const char *path, struct arena *mem);
int64_t reply_number(const ProtobufCMessage *msg, const char *path);
/* Elements of a repeated field; *ret_n. */
const ProtobufCMessage *const *reply_rows(const ProtobufCMessage *msg, const char *field,
					  struct arena *mem, size_t *ret_n);
