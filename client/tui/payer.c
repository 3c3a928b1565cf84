#include "client/tui/payer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/choose.h"
#include "client/tui/words.h"

#define BOX_WIDTH 18
#define MATCHES_MAX 50

static ProtobufCMessage *payer_ask_found(void *arg, struct arena *mem)
{
	struct payer *p = arg;

	return request_new(p->found.m, mem, "text", p->box.text, "limit", "50", NULL);
}

static ProtobufCMessage *payer_ask_billed(void *arg, struct arena *mem)
{
	struct payer *p = arg;

	return request_new(p->billed.m, mem, "bill", p->box.text, NULL);
}

/* Nobody was found: what was typed ahead was meant for somebody. */
static void payer_fail(struct payer *p)
{
	app_go_on(p->app, false);
	p->missed(p->arg);
}

static void payer_tell(struct payer *p, const char *place, const char *party, const char *bill)
{
	(void)snprintf(p->place, sizeof(p->place), "%s", place);
	(void)snprintf(p->party, sizeof(p->party), "%s", party);
	(void)snprintf(p->bill, sizeof(p->bill), "%s", bill);
	p->changed(p->arg);
}

/* A customer where that is what was found; else who holds the place. */
static void payer_take(struct payer *p, const ProtobufCMessage *row)
{
	struct arena mem;
	const char *place;
	bool party;

	arena_init(&mem, 1u << 20);
	place = reply_text(row, "place", &mem);
	party = strcmp(reply_text(row, "entity", &mem), "party") == 0;
	if (party) {
		inputs_set(&p->inputs, 0, reply_text(row, "number", &mem));
		payer_tell(p, "", reply_text(row, "number", &mem), "");
	} else if (place[0] != '\0') {
		inputs_set(&p->inputs, 0, place);
		payer_tell(p, place, "", "");
	} else {
		app_alarm(p->app, "%s", _("That belongs to no unit and to no customer."));
		payer_fail(p);
	}
	arena_fini(&mem);
}

static void payer_chosen(void *arg, const struct choice *c)
{
	payer_take(arg, c->data);
}

static void payer_choose(struct payer *p, const ProtobufCMessage *const *rows, size_t n)
{
	struct choice items[MATCHES_MAX] = { 0 };
	struct arena mem;

	arena_init(&mem, 1u << 20);
	n = n < MATCHES_MAX ? n : MATCHES_MAX;
	for (size_t i = 0; i < n; i++) {
		items[i].text = reply_text(rows[i], "number", &mem);
		items[i].detail = arena_printf(&mem, "%s  %s  %s",
					       reply_text(rows[i], "party", &mem),
					       words_code(reply_text(rows[i], "role", &mem)),
					       reply_text(rows[i], "place", &mem));
		items[i].data = rows[i];
	}
	app_push(p->app, choose_new(p->app, &(struct choose_ask){ .title = _("Which one"),
								  .items = items,
								  .n = n,
								  .chosen = payer_chosen,
								  .arg = p }));
	arena_fini(&mem);
}

/* Of one thing there may be several rows: a unit with all who live there. */
static bool payer_is_one(const ProtobufCMessage *const *rows, size_t n, struct arena *mem)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(reply_text(rows[i], "id", mem), reply_text(rows[0], "id", mem)) != 0)
			return false;
	return n > 0;
}

static void payer_on_found(void *arg)
{
	struct payer *p = arg;
	const ProtobufCMessage *const *rows;
	struct arena *mem;
	size_t n, exact = 0;

	if (p->found.err.code != ST_OK || p->found.reply == NULL) {
		app_alarm(p->app, "%s", p->found.err.message);
		payer_fail(p);
		return;
	}
	mem = &p->found.shown->mem;
	rows = reply_rows(p->found.reply, "rows", mem, &n);
	/* Sure hits come first. */
	while (exact < n && strcmp(reply_text(rows[exact], "match", mem), "exact") == 0)
		exact++;
	if (n == 0) {
		app_alarm(p->app, _("Nothing here is called %s."), p->box.text);
		payer_fail(p);
	} else if (payer_is_one(rows, exact > 0 ? exact : n, mem)) {
		payer_take(p, rows[0]);
	} else {
		payer_fail(p);
		payer_choose(p, rows, n);
	}
}

static void payer_on_billed(void *arg)
{
	struct payer *p = arg;
	struct arena *mem;

	if (p->billed.err.code != ST_OK || p->billed.reply == NULL) {
		app_alarm(p->app, "%s", p->billed.err.message);
		payer_fail(p);
		return;
	}
	mem = &p->billed.shown->mem;
	payer_tell(p, "", reply_text(p->billed.reply, "bill.party", mem),
		   reply_text(p->billed.reply, "bill.number", mem));
}

/* "B-1003", "SUN/B-1003" */
static bool payer_is_bill(const char *text)
{
	const char *slash = strchr(text, '/');
	const char *number = slash != NULL ? slash + 1 : text;

	return strncasecmp(number, "B-", 2) == 0 && isdigit((unsigned char)number[2]) &&
	       number[2 + strspn(number + 2, "0123456789")] == '\0';
}

static void payer_find(struct payer *p)
{
	const char *text = inputs_text(&p->inputs, 0);

	if (text[0] == '\0')
		payer_set(p, "", "");
	else if (payer_is_bill(text))
		source_ask(&p->billed);
	else
		source_ask(&p->found);
}

void payer_init(struct payer *p, struct app *app, void (*changed)(void *arg),
		void (*missed)(void *arg), void *arg)
{
	*p = (struct payer){ .app = app, .changed = changed, .missed = missed, .arg = arg };
	inputs_init(&p->inputs, &p->box, 1);
	source_init(&p->found, app, rpc_find("find.Find"));
	source_init(&p->billed, app, rpc_find("bill.Show"));
	p->found.request = payer_ask_found;
	p->billed.request = payer_ask_billed;
	p->found.changed = payer_on_found;
	p->billed.changed = payer_on_billed;
	p->found.arg = p->found.request_arg = p->billed.arg = p->billed.request_arg = p;
}

void payer_free(struct payer *p)
{
	inputs_free(&p->inputs);
	source_free(&p->found);
	source_free(&p->billed);
}

void payer_set(struct payer *p, const char *place, const char *party)
{
	inputs_set(&p->inputs, 0, place[0] != '\0' ? place : party);
	payer_tell(p, place, place[0] != '\0' ? "" : party, "");
}

bool payer_is_sought(const struct payer *p)
{
	return p->found.asking != NULL || p->billed.asking != NULL;
}

bool payer_known(const struct payer *p)
{
	return p->place[0] != '\0' || p->party[0] != '\0';
}

void payer_focus(struct payer *p, bool focused)
{
	inputs_go(&p->inputs, focused ? 0 : INPUT_NONE);
}

bool payer_key(struct payer *p, const struct key *k)
{
	if (k->code == K_ENTER) {
		payer_find(p);
		return true;
	}
	if (k->code == K_ESCAPE && inputs_text(&p->inputs, 0)[0] != '\0') {
		inputs_set(&p->inputs, 0, "");
		return true;
	}
	return inputs_key(&p->inputs, k);
}

int payer_draw(struct payer *p, const struct area *a, int y, int x)
{
	int label = area_put(a, y, x, -1, p->inputs.at == 0 ? STYLE_TITLE : STYLE_LABEL,
			     _("Unit, person, bill"));

	inputs_draw(&p->inputs, 0, a, y, x + label + 1, BOX_WIDTH);
	return label + BOX_WIDTH + 3;
}
