/*
 * A desk that writes without end and notes what it was told: one line "METHOD KEY NUMBER" for each
 * call that was acknowledged. A call that fails in passing is repeated under the same key until it
 * is answered, as a desk does.
 *
 *   writer PROFILE PROPERTY OUT           until the file OUT.stop appears
 *   writer PROFILE PROPERTY OUT strict    the same, but repeats nothing: what the client library
 *                                         does not get answered by itself has failed
 *   writer PROFILE PROPERTY OUT money     also takes money; the login has a shift open there, may
 *                                         do what a cashier and the finance people do, and needs
 *                                         nobody else for it
 *
 * A round opens a case, adds a note that holds its own key, looks at it, has every other case done
 * by a work order, and logs a telephone call. With money it bills a customer of its own and P-1001,
 * whom all desks share, takes money for it, voids, credits and gives back some, and writes an entry
 * by hand.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fault/desk.h"

#define WRITER_PAUSE_MS 100u
#define REFUSED_MAX 10

struct writer {
	uv_loop_t loop;
	struct desk desk;
	char stop[500];
	FILE *out;
	unsigned long acked, repeated, refused, rounds;
	bool strict, money;
	char payer[40]; /* a customer of its own */
};

static bool writer_stops(const struct writer *w)
{
	return access(w->stop, F_OK) == 0 || w->refused >= REFUSED_MAX;
}

/*
 * One call, however long it takes; the number it was told at 'path'. False: refused for good, which
 * must not happen, or given up for the end, when the outcome is neither known nor promised.
 */
static bool writer_call(struct writer *w, const char *method, const char *request, struct uuid key,
			const char *path, char number[40])
{
	struct desk_answer a;
	char text[UUID_TEXT];
	bool ok;

	while (desk_call(&w->desk, method, request, key, &a) != ST_OK &&
	       st_code_retry(a.err.code) && !writer_stops(w) && !w->strict) {
		w->repeated++;
		desk_pause(&w->loop, WRITER_PAUSE_MS);
	}
	ok = a.err.code == ST_OK;
	if (ok)
		(void)snprintf(number, 40, "%s", desk_text(a.reply, path));
	if (ok && !uuid_is_zero(&key)) {
		(void)fprintf(w->out, "%s %s %s\n", method, uuid_format(&key, text), number);
		(void)fflush(w->out);
		w->acked++;
	} else if (!ok && (w->strict || !st_code_retry(a.err.code))) {
		(void)fprintf(stderr, "writer: %s %s: %s %s %s\n", method, request,
			      st_code_name(a.err.code), a.err.reason, a.err.message);
		w->refused++;
	}
	json_decref(a.reply);
	return ok;
}

static bool writer_note(struct writer *w, const char *of)
{
	struct uuid key = desk_key();
	char request[200], text[UUID_TEXT], number[40];

	(void)snprintf(request, sizeof(request), "{'case': '%s', 'text': '%s'}", of,
		       uuid_format(&key, text));
	return writer_call(w, "case.Note", request, key, "number", number);
}

static bool writer_look(struct writer *w, const char *of)
{
	char request[200], number[40];

	(void)snprintf(request, sizeof(request), "{'case': '%s'}", of);
	return writer_call(w, "case.Show", request, (struct uuid){ 0 }, "case.number", number);
}

static bool writer_order(struct writer *w, const char *of)
{
	char request[200], order[40], number[40];

	(void)snprintf(request, sizeof(request),
		       "{'case': '%s', 'contractor': 'The plumbers', 'task': 'New valve'}", of);
	if (!writer_call(w, "case.Dispatch", request, desk_key(), "order.number", order))
		return false;
	(void)snprintf(request, sizeof(request), "{'order': '%s'}", order);
	if (!writer_call(w, "order.Accept", request, desk_key(), "order.number", number))
		return false;
	(void)snprintf(request, sizeof(request), "{'order': '%s', 'result': 'Replaced'}", order);
	return writer_call(w, "order.Complete", request, desk_key(), "order.number", number);
}

static bool writer_telephone(struct writer *w)
{
	char request[200], call[40], number[40];

	if (!writer_call(w, "call.Ring", "{'from': '138-0013-8000'}", desk_key(), "call.number",
			 call))
		return false;
	(void)snprintf(request, sizeof(request), "{'call': '%s', 'duration': 20}", call);
	return writer_call(w, "call.End", request, desk_key(), "number", number);
}

/* A bill and its payment, in part too much; every other time it is taken back. */
static bool writer_payment(struct writer *w, const char *party)
{
	char request[200], bill[40], receipt[40], number[40];

	(void)snprintf(request, sizeof(request),
		       "{'item': 'OTHER', 'party': '%s', 'amount_minor': 1000}", party);
	if (!writer_call(w, "bill.Add", request, desk_key(), "number", bill))
		return false;
	(void)snprintf(request, sizeof(request),
		       "{'bill': ['%s'], 'paid': ['cash=6', 'card=1.50']}", bill);
	if (!writer_call(w, "payment.Take", request, desk_key(), "number", receipt))
		return false;
	if (w->rounds % 2 == 0) {
		(void)snprintf(request, sizeof(request), "{'payment': '%s', 'why': 'Wrong'}",
			       receipt);
		return writer_call(w, "payment.VoidReceipt", request, desk_key(), "voided_by",
				   number);
	}
	(void)snprintf(request, sizeof(request),
		       "{'bill': '%s', 'line': 1, 'amount_minor': 250, 'why': 'Too dear'}", bill);
	return writer_call(w, "bill.Credit", request, desk_key(), "number", number);
}

/* What was paid in advance, given back. */
static bool writer_refund(struct writer *w)
{
	char request[200], number[40];

	(void)snprintf(request, sizeof(request), "{'party': '%s', 'paid': ['cash=50']}", w->payer);
	if (!writer_call(w, "payment.Take", request, desk_key(), "number", number))
		return false;
	(void)snprintf(request, sizeof(request),
		       "{'party': '%s', 'amount_minor': 50, 'method': 'cash', 'why': 'Asked for'}",
		       w->payer);
	return writer_call(w, "payment.Refund", request, desk_key(), "number", number);
}

static bool writer_entry(struct writer *w)
{
	char request[200], entry[40], number[40];

	if (!writer_call(w, "ledger.Post",
			 "{'text': 'By hand', 'debit': ['1002=5'], 'credit': ['6051=5']}",
			 desk_key(), "number", entry))
		return false;
	(void)snprintf(request, sizeof(request), "{'journal': '%s', 'why': 'Wrong'}", entry);
	return w->rounds % 2 == 0 ||
	       writer_call(w, "ledger.Reverse", request, desk_key(), "number", number);
}

static void writer_money(struct writer *w)
{
	if (w->payer[0] == '\0' &&
	    !writer_call(w, "party.Add", "{'name': 'Payer'}", desk_key(), "number", w->payer))
		w->payer[0] = '\0';
	if (w->payer[0] != '\0' && writer_payment(w, w->payer) && writer_refund(w))
		(void)(writer_payment(w, "P-1001") && writer_entry(w));
}

static void writer_round(struct writer *w)
{
	char number[40];

	if (!writer_call(w, "case.Open",
			 "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Opened while things "
			 "break'}",
			 desk_key(), "number", number) ||
	    !writer_note(w, number) || !writer_look(w, number))
		return;
	if (++w->rounds % 2 == 0 && !writer_order(w, number))
		return;
	(void)writer_telephone(w);
	if (w->money)
		writer_money(w);
}

int main(int argc, char **argv)
{
	static struct writer w;

	if (argc < 4 || argc > 5)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	w.out = fopen(argv[3], "w");
	must(uv_loop_init(&w.loop) == 0);
	if (w.out == NULL || !desk_init(&w.desk, &w.loop, argv[1], 0, argv[2]) ||
	    !desk_open(&w.desk))
		return 1;
	w.strict = argc == 5 && strcmp(argv[4], "strict") == 0;
	w.money = argc == 5 && strcmp(argv[4], "money") == 0;
	(void)snprintf(w.stop, sizeof(w.stop), "%s.stop", argv[3]);
	while (!writer_stops(&w))
		writer_round(&w);
	desk_fini(&w.desk);
	(void)fclose(w.out);
	(void)uv_loop_close(&w.loop);
	printf("%lu acknowledged, %lu repeated, %lu refused\n", w.acked, w.repeated, w.refused);
	return w.refused > 0;
}
