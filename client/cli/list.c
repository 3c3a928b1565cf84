#include "client/cli/list.h"

#include <string.h>

#include "client/cli/invoke.h"
#include "client/look/method.h"
#include "client/look/view.h"

#define PAGE_MAX 500

struct pages {
	const ProtobufCFieldDescriptor *limit, *after; /* of the request; NULL: it has none */
	int64_t page_max;
	const ProtobufCFieldDescriptor *field; /* of the reply, that holds the rows */
	const struct message_rules *rules;     /* of a row */
	ProtobufCMessage *first;               /* the first page's reply */
	const ProtobufCMessage **rows;
	size_t n, cap;
};

/* The field of the reply that comes in pages; -1: none does. */
static int list_field(const struct message_rules *out)
{
	int whole = view_rows_field(out);

	for (unsigned i = 0; whole < 0 && i < out->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &out->desc->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED &&
		    message_field(out->fields[i].sub->desc, "cursor") != NULL)
			return (int)i;
	}
	return whole;
}

bool list_within(const struct rpc_method *m)
{
	unsigned i;

	return args_rule(m->in, "limit", &i) != NULL && method_is_paging(m, i) &&
	       list_field(m->out) >= 0;
}

static enum st_code list_plan(struct cli *cli, const struct args *a, struct pages *p,
			      struct st_err *err)
{
	const struct message_rules *in = a->m->in;
	unsigned i;
	const struct field_rule *rule = args_rule(in, "limit", &i);

	int field = list_field(a->m->out);

	*p = (struct pages){ .page_max = PAGE_MAX,
			     .field = &a->m->out->desc->fields[field],
			     .rules = a->m->out->fields[field].sub };
	if (rule != NULL && method_is_paging(a->m, i)) {
		p->limit = &in->desc->fields[i];
		p->page_max = rule->high < INT32_MAX && rule->high > 0 ? rule->high : PAGE_MAX;
	}
	if (p->limit != NULL)
		p->after = message_field(in->desc, "after");
	if (cli->opt.cursor != NULL && p->after == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_CURSOR", "--cursor",
			       "this list has no --cursor: it always comes whole");
	if (cli->opt.cursor != NULL)
		return field_set_text(a->request, p->after, cli->opt.cursor,
				      strlen(cli->opt.cursor), cli->mem, err);
	return ST_OK;
}

static bool list_take_rows(struct pages *p, const struct result *page, struct arena *mem)
{
	if (p->n + page->n > p->cap) {
		size_t cap = (p->n + page->n) * 2;
		const ProtobufCMessage **wider = arena_array(mem, const ProtobufCMessage *, cap);

		if (wider == NULL)
			return false;
		if (p->n > 0)
			memcpy(wider, p->rows, p->n * sizeof(*wider));
		p->rows = wider;
		p->cap = cap;
	}
	if (page->n > 0)
		memcpy(p->rows + p->n, page->rows, page->n * sizeof(*p->rows));
	p->n += page->n;
	return true;
}

static enum st_code list_set_number(ProtobufCMessage *rq, const ProtobufCFieldDescriptor *f,
				    int64_t n, struct arena *mem, struct st_err *err)
{
	const char *text = arena_printf(mem, "%lld", (long long)n);

	return text != NULL ? field_set_text(rq, f, text, strlen(text), mem, err)
			    : st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				      "no memory for the list");
}

const char *list_cursor(const struct result *r, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(r->rules->desc, "cursor");

	return f != NULL && r->n > 0 ? field_text(r->rows[r->n - 1], f, 0, mem) : NULL;
}

/* One page; *ret_full: it was as long as asked for, so there may be another one. */
static enum st_code list_page(struct cli *cli, struct args *a, struct pages *p, int64_t ask,
			      bool *ret_full, struct result *ret, struct call_result *call)
{
	const struct call_options o = invoke_options(cli, a->m);

	if (p->limit != NULL)
		ST_TRY(list_set_number(a->request, p->limit, ask, cli->mem, &call->err));
	ST_TRY(invoke_proved(cli, a->m, a->request, &o, call));
	*ret = (struct result){ .m = a->m, .rules = p->rules, .list = true };
	ret->rows = view_rows(call->reply, p->field, cli->mem, &ret->n);
	if (p->first == NULL)
		p->first = call->reply;
	if (ret->rows == NULL || !list_take_rows(p, ret, cli->mem))
		return st_fail(&call->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the list");
	*ret_full = p->limit != NULL && (int64_t)ret->n >= ask;
	return ST_OK;
}

static enum st_code list_fetch_pages(struct cli *cli, struct args *a, struct pages *pages,
				     struct result *ret, bool *ret_more, struct call_result *call)
{
	int64_t want = cli->opt.limit > 0   ? cli->opt.limit
		       : cli->opt.limit < 0 ? INT64_MAX
					    : LIST_LIMIT;
	struct pages p = *pages;
	bool full = true;

	if (p.limit == NULL && cli->opt.limit == 0)
		want = INT64_MAX;
	while (full && (int64_t)p.n <= want) {
		/* One more than wanted tells whether there is more. */
		int64_t left = want == INT64_MAX ? p.page_max : want - (int64_t)p.n + 1;
		const char *cursor;

		ST_TRY(list_page(cli, a, &p, left < p.page_max ? left : p.page_max, &full, ret,
				 call));
		cursor = list_cursor(ret, cli->mem);
		if (p.after == NULL || cursor == NULL)
			break;
		ST_TRY(field_set_text(a->request, p.after, cursor, strlen(cursor), cli->mem,
				      &call->err));
	}
	*ret_more = (int64_t)p.n > want ||
		    (full && p.limit != NULL && p.n > 0 && want != INT64_MAX);
	if ((int64_t)p.n > want)
		p.n = (size_t)want;
	ret->rows = p.rows;
	ret->n = p.n;
	call->reply = p.first;
	return ST_OK;
}

/* The request is as before afterwards, so that it can be used again. */
enum st_code list_fetch(struct cli *cli, struct args *a, struct result *ret, bool *ret_more,
			struct call_result *call)
{
	struct pages p;
	const char *before;
	enum st_code code;

	memset(call, 0, sizeof(*call));
	ST_TRY(list_plan(cli, a, &p, &call->err));
	before = p.after != NULL ? field_text(a->request, p.after, 0, cli->mem) : NULL;
	code = list_fetch_pages(cli, a, &p, ret, ret_more, call);
	if (p.after != NULL)
		field_clear(a->request, p.after);
	if (before != NULL && code == ST_OK)
		code = field_set_text(a->request, p.after, before, strlen(before), cli->mem,
				      &call->err);
	return code;
}

enum st_code list_fetch_within(struct cli *cli, struct args *a, struct result *ret, bool *ret_more,
			       struct call_result *call)
{
	const struct message_rules *out = a->m->out;
	const ProtobufCFieldDescriptor *f = &out->desc->fields[list_field(out)];
	struct result rows;

	ST_TRY(list_fetch(cli, a, &rows, ret_more, call));
	field_clear(call->reply, f);
	for (size_t i = 0; i < rows.n; i++) {
		ProtobufCMessage *row = field_add_message(call->reply, f, cli->mem);

		if (row == NULL)
			return st_fail(&call->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				       "no memory for the list");
		memcpy(row, rows.rows[i], row->descriptor->sizeof_message);
	}
	*ret = rows;
	return ST_OK;
}
