#pragma once
/*
 * An op: one request from frame to reply. The struct is the continuation: all that is known between
 * callbacks lives here, in one arena that dies with it.
 *
 *   decoded -> authorised -> prepared -> running -> [replaying | refusing] -> done
 *
 *   decode     envelope and body walked, unpacked, validated
 *
 *   authorise  may this user do this, and where: fixes the scope
 *
 *   prepare    the method's own 'before' hook, where it has one; may wait
 *
 *   run        one unit: scope, key claim, statements; on_rows stores the answer; Sync
 *
 *   replay     the key was used before: the stored answer, if the request is the same
 *
 *   refuse     a write was refused for good: the refusal is stored under the key
 *
 * op_finish() is the one place that replies, logs and drops the arena. An error noted while
 * something is pending (deadline, lost client) waits until the pending callback comes.
 *
 * A method needs C only through hooks; everything else follows from its declaration.
 */
#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"
#include "common/uuid.h"
#include "common/wire.h"
#include "proto/envelope.pb-c.h"
#include "server/db/bind.h"
#include "server/db/pool.h"
#include "server/db/unit.h"
#include "server/net/conn.h"

struct app;
struct caller;
struct op;
struct peer;

enum op_state {
	OP_DECODED,
	OP_PREPARING, /* the method's before hook */
	OP_RUNNING,   /* its unit */
	OP_REPLAYING, /* the stored answer is being fetched */
	OP_REFUSING,  /* the refusal is being stored */
	OP_STREAMING,
	OP_DONE,
};

enum op_next {
	OP_GO,   /* carry on now (or fail, if op->err is set) */
	OP_WAIT, /* op_resume() will be called, from the loop */
};

/* What a method may add to its declaration: server/cap/<cap>.c defines `const struct op_hooks
 * <cap>_<verb>_hooks`. */
struct op_hooks {
	/* After authorisation, before the unit. May change the request, set ctx values, veto with
	 * op_fail(), or wait. What it puts into the reply stays only where no statement follows:
	 * each try of the unit begins with an empty one. */
	enum op_next (*before)(struct op *op);
	/* Rows are in the reply, the transaction is still open. May veto: everything is rolled
	 * back. Called again when the unit is tried again after a deadlock. */
	void (*after)(struct op *op);
	/* Committed (not called on a replay or dry run), before the reply goes out. What it adds
	 * to the reply is not stored under the key: only for fields declared secret. */
	void (*committed)(struct op *op);
	/* Class STREAM: instead of a unit. Owns the op until op_finish(). */
	void (*stream_start)(struct op *op);
	void (*stream_credit)(struct op *op);
	void (*stream_cancel)(struct op *op); /* also when the connection is gone */
};

struct op {
	struct list peer_link; /* its connection's running ops */
	struct app *app;
	struct peer *peer; /* NULL once the connection is gone */
	struct conn *conn; /* likewise */
	uint32_t stream;
	uint32_t source; /* the device: devices take turns where something is waited for */
	struct arena mem;
	const struct rpc_method *method;
	const struct rpc_plan *plan;
	ProtobufCMessage *in, *out;
	Steward__Request *envelope;
	struct caller *caller; /* who asks; reference held. NULL before login */
	struct ctx_values ctx;
	const char *scope_csv;       /* "1,2": what row-level security is told; "" for none */
	struct list group_link;      /* in its line, until it is in a group */
	struct group *group;         /* the ops it shares a transaction with; see group.h */
	struct db_unit unit;         /* of a plain read, which has one of its own */
	struct db_call **step_calls; /* plan->n_steps */
	uint8_t state;               /* enum op_state */
	uint8_t tries;               /* units run so far: a deadlock's victim is run again */
	bool stream_open;            /* the first RESPONSE of a stream went out */
	bool waiting;                /* a callback is pending */
	bool alone;                  /* it shares no transaction any more */
	bool replayed;
	const char **fed; /* properties whose change feed was told of something */
	size_t n_fed;
	uint64_t started_ms, deadline_ms;
	size_t reserved;    /* of the daemon's memory for requests */
	struct slice body;  /* of the request: for the fingerprint */
	struct slice reply; /* packed Response */
	struct violations violations;
	struct st_err err;
	void (*resume_fn)(struct op *op);
	void *hook; /* the hooks' own state, in mem */
};

/* For the dispatcher. A new op of a connection (NULL: no memory), and its start once decoded and
 * authorised: from here it ends by itself. */
struct op *op_new(struct app *app, struct peer *peer, uint32_t stream);
void op_begin(struct op *op);

/* Notes the error (the first one stays). */
void op_fail(struct op *op, enum st_code code, const char *reason, const char *field,
	     const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Sets what :ctx_<var> gives; the text must live as long as the op (op->mem). */
void op_set(struct op *op, enum ctx_var var, const char *text);
/* The request as its type: op_in(op, Steward__Auth__LoginRequest). */
#define op_in(op, type) ((type *)(op)->in)
#define op_out(op, type) ((type *)(op)->out)

/* What the call is about, as the caller named it: the value of the command's first word where that
 * is a name or a number of something (not free text). NULL: none. */
const char *op_subject(struct op *op);

/* Ends an OP_WAIT. */
void op_resume(struct op *op);
/* Runs a unit of the hook's own (:call statements added by it) in 'kind', then 'then'(op) with
 * op->err set on failure; 'then' ends by op_resume() or by another wait. Use from before(), which
 * returns OP_WAIT. */
struct db_unit *op_side_unit(struct op *op, void (*then)(struct op *op));
void op_side_submit(struct op *op, enum pool_kind kind, struct db_unit *u);
/* Notes why the pool refused a unit. */
void op_fail_submit(struct op *op, enum st_code code);
/* Runs work(arg) off the loop on one of the two hash threads, then 'then'(op). 'arg' must be in
 * op->mem. Full queue: RESOURCE_EXHAUSTED is noted and 'then' is called all the same, from the
 * loop. */
void op_work(struct op *op, void (*work)(void *arg), void *arg, void (*then)(struct op *op));

/* Streams: says OK, messages follow. Without memory for it op->err is set. */
void op_stream_open(struct op *op);
/* Streams: packs and sends one message; false: no credit, wait for stream_credit(). */
bool op_stream_send(struct op *op, const ProtobufCMessage *msg);
/* Replies (unary) or ends the stream with op->err, logs, frees. */
void op_finish(struct op *op);
