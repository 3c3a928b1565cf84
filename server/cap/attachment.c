/*
 * attachment.Put looks at the first bytes of a file, because its name may say anything.
 *
 * attachment.Get hands a file out part by part:
 *
 *   start -> looking for the file -> [sending <-> looking for a part <-> starved] -> op_finish()
 *
 * A part is looked for (one read unit in the caller's own scope) when the client can take it, and
 * forgotten when it went out, so that a file costs a part of memory however large it is and however
 * slowly it is fetched. Rights are judged anew for each part. While a look is under way nothing can
 * end the download, only note that it is over.
 */
#include <magic.h>
#include <stdio.h>

#include "proto/attachment.pb-c.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/audit.h"
#include "server/rpc/feed.h"
#include "server/rpc/op.h"

#define SNIFF_BYTES ((size_t)64 << 10) /* of a file, to tell what it is */
#define SNIFF_TYPE 120
#define GET_ARENA (1u << 20) /* of one look */
#define GET_TIMEOUT_MS 10000u
#define GET_TIMEOUT_TEXT "10000"

/* ---- what a file is ---- */

struct sniff {
	const uint8_t *data;
	size_t len;
	char type[SNIFF_TYPE]; /* "": could not be told */
};

static uv_once_t sniff_once = UV_ONCE_INIT;
static uv_mutex_t sniff_lock; /* there is one database of kinds, and two threads */
static magic_t sniff_magic;

static void sniff_init(void)
{
	must(uv_mutex_init(&sniff_lock) == 0);
}

/* Neither does it open what is packed nor take containers of other files apart. */
static magic_t sniff_open(void)
{
	magic_t m = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
			       MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_APPTYPE |
			       MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_JSON);
	size_t most = SNIFF_BYTES;

	if (m == NULL)
		return NULL;
	if (magic_load(m, NULL) == 0 && magic_setparam(m, MAGIC_PARAM_BYTES_MAX, &most) == 0)
		return m;
	magic_close(m);
	return NULL;
}

/* On a thread of its own: what a stranger wrote may take long to look through. */
static void sniff_run(void *arg)
{
	struct sniff *s = arg;
	const char *type = NULL;

	uv_once(&sniff_once, sniff_init);
	uv_mutex_lock(&sniff_lock);
	if (sniff_magic == NULL)
		sniff_magic = sniff_open();
	if (sniff_magic != NULL)
		type = magic_buffer(sniff_magic, s->data, s->len);
	(void)snprintf(s->type, sizeof(s->type), "%s", type != NULL ? type : "");
	uv_mutex_unlock(&sniff_lock);
}

static void put_sniffed(struct op *op)
{
	struct sniff *s = op->hook;

	if (op->err.code == ST_OK && s->type[0] == '\0')
		op_fail(op, ST_INTERNAL, "NO_MAGIC", NULL,
			"the server cannot tell what the file is: libmagic has no database");
	op_in(op, Steward__Attachment__PutRequest)->media_type = s->type;
	op_resume(op);
}

static enum op_next put_before(struct op *op)
{
	Steward__Attachment__PutRequest *rq = op_in(op, Steward__Attachment__PutRequest);
	struct sniff *s;

	rq->media_type = NULL;
	if (rq->offset != 0)
		return OP_GO;
	s = arena_new(&op->mem, struct sniff);
	if (s == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL, "the server has too much to do");
		return OP_GO;
	}
	s->data = rq->data.data;
	s->len = rq->data.len < SNIFF_BYTES ? rq->data.len : SNIFF_BYTES;
	op->hook = s;
	op_work(op, sniff_run, s, put_sniffed);
	return OP_WAIT;
}

extern const struct op_hooks attachment_put_hooks;
const struct op_hooks attachment_put_hooks = { .before = put_before };

/* ---- handing out ---- */

struct get {
	struct feed_watcher watcher; /* wants to know of rights and of the daemon's end only */
	struct op *op;
	bool looking;
	bool over;                         /* ends as soon as it is not looking */
	Steward__Attachment__Part *head;   /* what the file is, until that was sent */
	const char *property, *id, *parts; /* the attachment, and the upload that has its parts */
	int64_t at, size;
	struct arena mem; /* of one look */
	struct db_unit unit;
	struct db_call *call;
};

static void get_end(struct get *g)
{
	g->over = true;
	if (g->looking)
		return; /* its unit comes back first */
	feed_unwatch(&g->watcher);
	op_finish(g->op);
}

static void get_no_memory(struct get *g)
{
	op_fail(g->op, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		"there is no memory for this file now; try again");
}

static enum st_code get_judge(struct get *g, struct arena *mem, struct access_scope *ret)
{
	struct op *op = g->op;

	return access_scope_again(op->app->services.access, op->caller, op->method,
				  op->envelope->property, mem, ret, &op->err);
}

/* A unit in the caller's scope. 'audit': it leaves a row, so it is not read only. */
static bool get_unit(struct get *g, const struct access_scope *scope, bool audit,
		     void (*on_done)(struct db_unit *u))
{
	struct db_call *limits;

	db_unit_init(&g->unit, &g->mem, on_done, g);
	g->unit.deadline_ms = clock_mono_ms(g->op->app->services.clock) + GET_TIMEOUT_MS;
	g->unit.read_only = true; /* there is nothing to ask about when its outcome is lost */
	limits = db_add(&g->unit, audit ? &sql_core_scope : &sql_core_scope_read);
	if (limits == NULL)
		return false;
	db_bind(limits, "scope", scope->csv);
	db_bind(limits, "timeout_ms", GET_TIMEOUT_TEXT);
	if (audit)
		db_bind(limits, "user", g->op->ctx.v[CTX_user]);
	return true;
}

/* True: on its way. Else the reason is noted. */
static bool get_submit(struct get *g, enum pool_kind kind)
{
	enum st_code code;

	if (g->mem.refused) {
		get_no_memory(g);
		return false;
	}
	code = pool_submit(g->op->app->services.pool, kind, &g->unit);
	if (code != ST_OK)
		op_fail_submit(g->op, code);
	g->looking = code == ST_OK;
	return g->looking;
}

/* A look is over; false: and so is the download. */
static bool get_back(struct get *g)
{
	g->looking = false;
	if (!g->over)
		st_keep_first(&g->op->err, &g->unit.err);
	return !g->over && g->op->err.code == ST_OK;
}

/* ---- its parts ---- */

static void get_next(struct get *g);

static bool get_send_part(struct get *g, struct slice data)
{
	Steward__Attachment__Part part = STEWARD__ATTACHMENT__PART__INIT;

	part.has_offset = part.has_data = true;
	part.offset = g->at;
	part.data.data = (uint8_t *)data.data;
	part.data.len = data.len;
	return op_stream_send(g->op, &part.base);
}

static void get_on_part(struct db_unit *u)
{
	struct get *g = u->owner;
	struct slice data = { 0 };
	bool sent = false;

	if (get_back(g) && db_rows(g->call) == 0)
		op_fail(g->op, ST_FAILED_PRECONDITION, "ATTACHMENT_REMOVED", "attachment",
			"the file was removed meanwhile");
	if (!g->over && g->op->err.code == ST_OK) {
		data = db_bytes(g->call, 0, "data", &g->mem);
		if (data.data == NULL || data.len == 0)
			get_no_memory(g);
		else
			sent = get_send_part(g, data);
	}
	g->at += sent ? (int64_t)data.len : 0;
	arena_fini(&g->mem);
	if (g->over || g->op->err.code != ST_OK)
		get_end(g);
	else if (sent)
		get_next(g);
}

static bool get_look_for_part(struct get *g)
{
	struct access_scope scope;

	if (get_judge(g, &g->mem, &scope) != ST_OK)
		return false;
	g->call = get_unit(g, &scope, false, get_on_part) ? db_add(&g->unit, &sql_attachment_part)
							  : NULL;
	if (g->call == NULL) {
		get_no_memory(g);
		return false;
	}
	db_bind(g->call, "scope", scope.array);
	db_bind(g->call, "property", g->property);
	db_bind(g->call, "id", g->id);
	db_bind(g->call, "upload", g->parts);
	db_bind_int(&g->unit, g->call, "offset", g->at);
	return get_submit(g, POOL_READ);
}

/* What comes next, if the client can take it now; else its credit comes here again. */
static void get_next(struct get *g)
{
	struct op *op = g->op;

	if (g->head != NULL && op_stream_send(op, &g->head->base))
		g->head = NULL;
	if (op->err.code != ST_OK || (g->head == NULL && g->at >= g->size)) {
		get_end(g);
		return;
	}
	if (g->head != NULL || op->conn == NULL || !conn_may_send(op->conn, op->stream))
		return;
	arena_init(&g->mem, GET_ARENA);
	if (get_look_for_part(g))
		return;
	arena_fini(&g->mem);
	get_end(g);
}

/* ---- its beginning ---- */

/* The row as the first message; columns are named like its fields. */
static void get_take(struct get *g)
{
	struct arena *mem = &g->op->mem;
	const ProtobufCMessageDescriptor *desc = &steward__attachment__attachment__descriptor;
	Steward__Attachment__Part *head = arena_new(mem, Steward__Attachment__Part);
	ProtobufCMessage *row = message_new(desc, mem);

	for (unsigned i = 0; row != NULL && i < desc->n_fields; i++) {
		const char *text = db_text(g->call, 0, desc->fields[i].name);

		if (text != NULL && field_set_text(row, &desc->fields[i], text, strlen(text), mem,
						   &g->op->err) != ST_OK)
			return;
	}
	if (head != NULL)
		steward__attachment__part__init(head);
	g->property = arena_strdup(mem, db_text(g->call, 0, "property_id"));
	g->id = arena_strdup(mem, db_text(g->call, 0, "id"));
	g->parts = arena_strdup(mem, db_text(g->call, 0, "upload_id"));
	g->size = db_int(g->call, 0, "size");
	if (mem->refused) {
		get_no_memory(g);
		return;
	}
	head->attachment = (Steward__Attachment__Attachment *)row;
	g->head = head;
	if (g->at > g->size)
		op_fail(g->op, ST_INVALID_ARGUMENT, "OUT_OF_RANGE", "offset",
			"the file has %lld bytes", (long long)g->size);
}

static void get_on_head(struct db_unit *u)
{
	struct get *g = u->owner;

	if (get_back(g) && db_rows(g->call) == 1)
		get_take(g);
	else if (!g->over)
		op_fail(g->op, ST_NOT_FOUND, "ATTACHMENT_UNKNOWN", "attachment",
			"there is no such attachment");
	arena_fini(&g->mem);
	if (!g->over && g->op->err.code == ST_OK)
		op_stream_open(g->op);
	if (g->over || g->op->err.code != ST_OK)
		get_end(g);
	else
		get_next(g);
}

static bool get_look_for_head(struct get *g)
{
	const Steward__Attachment__GetRequest *rq = op_in(g->op, Steward__Attachment__GetRequest);
	struct access_scope scope;

	if (get_judge(g, &g->mem, &scope) != ST_OK)
		return false;
	g->call = get_unit(g, &scope, true, get_on_head) ? db_add(&g->unit, &sql_attachment_get)
							 : NULL;
	if (g->call == NULL) {
		get_no_memory(g);
		return false;
	}
	db_bind(g->call, "scope", scope.array);
	db_bind(g->call, "attachment", rq->attachment);
	return audit_add_read(g->op, &g->unit) == ST_OK && get_submit(g, POOL_WRITE);
}

static bool get_concerns(const struct feed_watcher *watcher, int64_t property)
{
	return false;
}

static void get_wake(struct feed_watcher *watcher, enum feed_wake why)
{
	struct get *g = container_of(watcher, struct get, watcher);

	/* Rights are judged with each part; one that waits for credit would not notice. */
	if (why == FEED_RIGHTS && !g->over && !g->looking) {
		struct access_scope scope;
		struct arena mem;

		arena_init(&mem, GET_ARENA);
		if (get_judge(g, &mem, &scope) != ST_OK)
			get_end(g);
		arena_fini(&mem);
	} else if (why == FEED_LEAVING && !g->over) {
		op_fail(g->op, ST_UNAVAILABLE, "GOING_AWAY", NULL,
			"the server is going away: go on in a moment");
		get_end(g);
	}
}

static void get_start(struct op *op)
{
	const Steward__Attachment__GetRequest *rq = op_in(op, Steward__Attachment__GetRequest);
	struct get *g = arena_new(&op->mem, struct get);

	if (g == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL, "the server has too much to do");
		op_finish(op);
		return;
	}
	list_init(&g->watcher.link);
	g->watcher.wake = get_wake;
	g->watcher.concerns = get_concerns;
	g->op = op;
	g->at = rq->offset;
	op->hook = g;
	arena_init(&g->mem, GET_ARENA);
	if (!feed_watch(op->app->feed, &g->watcher))
		op_fail(op, ST_UNAVAILABLE, "GOING_AWAY", NULL,
			"the server is going away: go on in a moment");
	else if (get_look_for_head(g))
		return;
	arena_fini(&g->mem);
	get_end(g);
}

static void get_credit(struct op *op)
{
	struct get *g = op->hook;

	if (!g->looking && !g->over && op->stream_open)
		get_next(g);
}

static void get_cancel(struct op *op)
{
	struct get *g = op->hook;

	if (!g->over)
		get_end(g);
}

extern const struct op_hooks attachment_get_hooks;
const struct op_hooks attachment_get_hooks = {
	.stream_start = get_start,
	.stream_credit = get_credit,
	.stream_cancel = get_cancel,
};
