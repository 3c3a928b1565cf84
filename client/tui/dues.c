#include "client/tui/dues.h"

#include <string.h>

#include "client/look/money.h"
#include "client/tui/app.h"
#include "client/tui/words.h"

#define DUE_COLUMNS "due text open_minor days_late bill item"
#define PAID_COLUMNS "number date amount_minor paid kind voided_by by"

static ProtobufCMessage *dues_ask_due(void *arg, struct arena *mem)
{
	const struct dues *d = arg;

	return payer_known(d->payer) ? request_new(d->due.source.m, mem, "place", d->payer->place,
						   "party", d->payer->party, NULL)
				     : NULL;
}

static ProtobufCMessage *dues_ask_of_party(const struct dues *d, const struct rpc_method *m,
					   struct arena *mem)
{
	const char *party = dues_payer(d, "party", mem);

	return party[0] != '\0' ? request_new(m, mem, "party", party, "limit", "100", NULL) : NULL;
}

static ProtobufCMessage *dues_ask_paid(void *arg, struct arena *mem)
{
	const struct dues *d = arg;

	return dues_ask_of_party(d, d->paid.source.m, mem);
}

static ProtobufCMessage *dues_ask_prepaid(void *arg, struct arena *mem)
{
	const struct dues *d = arg;

	return dues_ask_of_party(d, d->prepaid.m, mem);
}

static ProtobufCMessage *dues_ask_deposits(void *arg, struct arena *mem)
{
	const struct dues *d = arg;

	return dues_ask_of_party(d, d->deposits.m, mem);
}

static void dues_ask_source(struct dues *d, struct source *s)
{
	if (app_may(d->app, s->m))
		source_ask(s);
}

static void dues_on_due(void *arg)
{
	struct dues *d = arg;
	const struct source *s = &d->due.source;

	/* The first answer about somebody: what else there is to be known of him. */
	if (d->fresh && !s->again && (s->reply != NULL || s->err.code != ST_OK)) {
		d->fresh = false;
		pane_ask(&d->paid);
		dues_ask_source(d, &d->prepaid);
		dues_ask_source(d, &d->deposits);
	}
	d->changed(d->arg);
}

static void dues_source(struct dues *d, struct source *s, const char *method,
			ProtobufCMessage *(*request)(void *arg, struct arena *mem))
{
	source_init(s, d->app, rpc_find(method));
	s->request = request;
	s->request_arg = d;
}

void dues_init(struct dues *d, struct app *app, const struct payer *payer,
	       void (*changed)(void *arg), void *arg)
{
	*d = (struct dues){ .app = app, .payer = payer, .changed = changed, .arg = arg };
	pane_list(&d->due, app, "payment.Due", DUE_COLUMNS, dues_ask_due, d);
	d->due.title = N_("Outstanding");
	d->due.none = N_("Nothing is due.");
	d->due.rows.name = "bill";
	d->due.answered = dues_on_due;
	pane_list(&d->paid, app, "payment.List", PAID_COLUMNS, dues_ask_paid, d);
	d->paid.title = N_("Paid before");
	d->paid.none = N_("Nothing yet.");
	dues_source(d, &d->prepaid, "prepaid.List", dues_ask_prepaid);
	dues_source(d, &d->deposits, "deposit.List", dues_ask_deposits);
}

void dues_free(struct dues *d)
{
	pane_free(&d->due);
	pane_free(&d->paid);
	source_free(&d->prepaid);
	source_free(&d->deposits);
}

void dues_ask(struct dues *d)
{
	dues_unmark(d);
	d->fresh = payer_known(d->payer) && app_may(d->app, d->due.source.m);
	source_clear(&d->due.source);
	pane_ask(&d->due);
	if (payer_known(d->payer))
		return;
	source_clear(&d->paid.source);
	source_clear(&d->prepaid);
	source_clear(&d->deposits);
}

void dues_changed(struct dues *d, const char *entity)
{
	struct source *all[] = { &d->due.source, &d->paid.source, &d->prepaid, &d->deposits };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (app_may(d->app, all[i]->m))
			source_changed(all[i], entity);
	/* What is due changes with bills and prepaid balances too, whoever made the change. */
	if (strcmp(entity, "bill") == 0 || strcmp(entity, "prepaid_account") == 0)
		pane_ask(&d->due);
}

bool dues_is_asked(const struct dues *d)
{
	return d->fresh;
}

const char *dues_payer(const struct dues *d, const char *field, struct arena *mem)
{
	const char *path = arena_printf(mem, "payer.%s", field);

	return d->due.source.reply != NULL && path != NULL
		       ? reply_text(d->due.source.reply, path, mem)
		       : "";
}

const char *dues_currency(const struct dues *d, struct arena *mem)
{
	return dues_payer(d, "currency", mem);
}

static const struct view *dues_lines(const struct dues *d)
{
	return &d->due.rows.view;
}

void dues_unmark(struct dues *d)
{
	d->due.rows.n_marked = 0;
}

void dues_mark(struct dues *d)
{
	if (pane_row(&d->due) != NULL)
		rows_mark(&d->due.rows, pane_row(&d->due));
}

bool dues_some_marked(const struct dues *d)
{
	size_t n = 0;

	for (size_t i = 0; i < dues_lines(d)->n_rows; i++)
		n += rows_is_marked(&d->due.rows, dues_lines(d)->rows[i]) ? 1 : 0;
	return n > 0 && n < dues_lines(d)->n_rows;
}

void dues_mark_all(struct dues *d)
{
	bool none = d->due.rows.n_marked > 0 && !dues_some_marked(d);

	dues_unmark(d);
	for (size_t i = 0; i < dues_lines(d)->n_rows && !none; i++)
		if (!rows_is_marked(&d->due.rows, dues_lines(d)->rows[i]))
			rows_mark(&d->due.rows, dues_lines(d)->rows[i]);
}

void dues_mark_bill(struct dues *d, const char *bill)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	for (size_t i = 0; i < dues_lines(d)->n_rows; i++)
		if (strcmp(reply_text(dues_lines(d)->rows[i], "bill", &mem), bill) == 0 &&
		    !rows_is_marked(&d->due.rows, dues_lines(d)->rows[i]))
			rows_mark(&d->due.rows, dues_lines(d)->rows[i]);
	arena_fini(&mem);
}

int64_t dues_open(const struct dues *d, size_t *ret_marked)
{
	const struct view *v = dues_lines(d);
	int64_t all = 0, marked = 0;

	*ret_marked = 0;
	for (size_t i = 0; i < v->n_rows; i++) {
		int64_t open = reply_number(v->rows[i], "open_minor");

		all += open;
		if (!rows_is_marked(&d->due.rows, v->rows[i]))
			continue;
		marked += open;
		(*ret_marked)++;
	}
	return *ret_marked > 0 ? marked : all;
}

size_t dues_bills(const struct dues *d, bool all, const char *ret[DUES_BILLS_MAX],
		  struct arena *mem)
{
	const struct view *v = dues_lines(d);
	size_t n = 0;

	for (size_t i = 0; i < v->n_rows && n < DUES_BILLS_MAX; i++) {
		const char *bill = reply_text(v->rows[i], "bill", mem);
		size_t k = 0;

		if (!all && !rows_is_marked(&d->due.rows, v->rows[i]))
			continue;
		while (k < n && strcmp(ret[k], bill) != 0)
			k++;
		if (k == n)
			ret[n++] = bill;
	}
	return n;
}

static int64_t dues_sum(const struct source *s, const char *rows, const char *field,
			struct arena *mem)
{
	const ProtobufCMessage *const *list;
	int64_t sum = 0;
	size_t n;

	list = reply_rows(s->reply, rows, mem, &n);
	for (size_t i = 0; i < n; i++)
		sum += reply_number(list[i], field);
	return sum;
}

const char *dues_held(const struct dues *d, struct arena *mem)
{
	const struct {
		const char *name;
		int64_t amount;
	} held[] = {
		{ N_("in advance"), reply_number(d->due.source.reply, "payer.advance_minor") },
		{ N_("prepaid"), dues_sum(&d->prepaid, "accounts", "balance_minor", mem) },
		{ N_("deposits"), dues_sum(&d->deposits, "deposits", "held_minor", mem) },
	};
	int digits = money_digits(dues_currency(d, mem));
	const char *all = "";

	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]) && all != NULL; i++) {
		char text[40];

		if (held[i].amount != 0)
			all = arena_printf(mem, "%s  %s %s", all, _(held[i].name),
					   money_format(held[i].amount, digits, true, text));
	}
	return all != NULL ? all : "";
}
