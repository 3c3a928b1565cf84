/*
 * Clients that mean harm, thousands of them from one process.
 *
 *   hostile [--silent N] [--hello N] [--drip N] [--mute N] [--cancel RATE] [--desks N]
 *           [--rate N] [--sources N] [--property P] SECONDS PROFILE...
 *
 *   silent  connects and says nothing
 *   hello   sends a ClientHello and nothing more
 *   drip    has a device's certificate; sends a request byte by byte, one every 5 s
 *   mute    has a certificate and a login; asks for lists without end and reads no answer
 *   cancel  has both; opens calls and cancels them at once, RATE a second, on --desks connections
 *
 * The certificates and logins are those of the profiles, in turn. Whoever is thrown out comes again
 * after a second. When each has been at the door once, "up" is printed; at the end a line for each
 * kind:
 *
 *   kind  attempts  turned-away  thrown-out  longest-s  standing  oldest-s
 *
 * Turned away: before the offence had begun (for silent and hello: at once). Longest: how long the
 * offence went on until it was thrown out; oldest: of those who are still there.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/case.pb-c.h"
#include "tests/bench/remote.h"

#define TICK_MS 100u
#define AGAIN_MS 1000u
#define DRIP_MS 5000u
#define MUTE_WAITING (64u << 10)
#define MUTE_ASKS 30u /* in a tick: fewer than would be refused */
#define REQUEST_MAX 400

enum kind { SILENT, HELLO, DRIP, MUTE, CANCEL, KINDS };

static const char *const kind_names[KINDS] = { "silent", "hello", "drip", "mute", "cancel" };

struct foe {
	struct remote remote;
	enum kind kind;
	unsigned number;
	bool open, tried, offending;
	uint64_t since_ms, next_ms; /* of the offence; of the next attempt or byte */
	uint8_t request[REQUEST_MAX];
	size_t request_len, sent;
};

struct score {
	unsigned long attempts, turned_away, thrown_out;
	uint64_t longest_ms;
};

struct horde {
	struct remote_target target; /* first: see horde_of() */
	uv_loop_t loop;
	uv_timer_t timer;
	struct foe *foes;
	unsigned n[KINDS], total, tried, desks, rate, turn;
	double cancel_rate, cancels_due;
	const char *property;
	uint64_t until_ms;
	struct score scores[KINDS];
	bool up, ending;
};

static struct horde horde;

static struct foe *foe_of(struct remote *r)
{
	return (struct foe *)(void *)r; /* its first member */
}

static void foe_offend(struct foe *f)
{
	f->offending = true;
	f->since_ms = uv_now(&horde.loop);
}

static struct slice list_body(void)
{
	static uint8_t packed[100];
	Steward__Case__ListRequest rq = STEWARD__CASE__LIST_REQUEST__INIT;

	return slice_of(packed, steward__case__list_request__pack(&rq, packed));
}

/* ---- what each kind does --------------------------------------------------------------------- */

static void foe_on_connected(struct remote *r)
{
	struct foe *f = foe_of(r);

	if (f->kind != SILENT)
		remote_start_tls(r);
	if (f->kind == HELLO || f->kind == SILENT) {
		r->deaf = true;
		foe_offend(f);
	}
}

static void foe_on_ready(struct remote *r)
{
	remote_send_hello(r);
	if (foe_of(r)->kind != DRIP)
		remote_resume(r);
}

static void foe_begin(struct foe *f)
{
	f->request_len = remote_pack_request(&f->remote, "case.List", horde.property, list_body(),
					     f->request, sizeof(f->request));
	f->sent = 0;
	f->next_ms = 0;
	foe_offend(f);
	if (f->kind == MUTE)
		remote_read(&f->remote, false);
}

static void foe_on_frame(struct remote *r, const struct frame *f)
{
	struct foe *foe = foe_of(r);

	if (foe->offending)
		return;
	if ((foe->kind == DRIP && f->type == FRAME_WELCOME) ||
	    (foe->kind != DRIP && f->type == FRAME_RESPONSE))
		foe_begin(foe);
}

static void foe_drip(struct foe *f, uint64_t now)
{
	if (now < f->next_ms || f->sent >= f->request_len)
		return;
	remote_send_raw(&f->remote, slice_of(f->request + f->sent++, 1));
	f->next_ms = now + DRIP_MS;
}

/* Nothing is read, so only a write tells that it is over. */
static void foe_mute(struct foe *f)
{
	for (unsigned i = 0; i < MUTE_ASKS && !f->remote.closing; i++) {
		if (remote_waiting(&f->remote) >= MUTE_WAITING)
			return;
		remote_ask(&f->remote, "case.List", horde.property, list_body());
	}
}

static void foe_cancel(struct foe *f)
{
	remote_ask(&f->remote, "case.List", horde.property, list_body());
	remote_send(&f->remote, FRAME_CANCEL, f->remote.stream, slice_of(NULL, 0));
}

/* ---- coming and going ------------------------------------------------------------------------ */

static void foe_on_closed(struct remote *r)
{
	struct foe *f = foe_of(r);
	struct score *s = &horde.scores[f->kind];
	uint64_t now = uv_now(&horde.loop), life = now - f->since_ms;
	bool at_once = f->kind <= HELLO && life < 1000;

	if (!horde.ending) {
		if (!f->offending || at_once)
			s->turned_away++;
		else
			s->thrown_out++;
		if (f->offending && life > s->longest_ms)
			s->longest_ms = life;
	}
	f->open = f->offending = false;
	f->next_ms = now + AGAIN_MS;
}

static const struct remote_ops foe_ops = {
	.on_connected = foe_on_connected,
	.on_ready = foe_on_ready,
	.on_frame = foe_on_frame,
	.on_closed = foe_on_closed,
};

static bool foe_come(struct foe *f)
{
	f->offending = false;
	f->open = remote_open(&f->remote, &horde.target, f->number);
	if (!f->open)
		return false;
	horde.scores[f->kind].attempts++;
	if (!f->tried) {
		f->tried = true;
		horde.tried++;
	}
	return true;
}

static void horde_end(void)
{
	horde.ending = true;
	(void)uv_timer_stop(&horde.timer);
	uv_close((uv_handle_t *)&horde.timer, NULL);
	for (enum kind k = SILENT; k < KINDS; k++) {
		const struct score *s = &horde.scores[k];
		unsigned standing = 0;
		uint64_t oldest = 0;

		for (unsigned i = 0; i < horde.total; i++) {
			const struct foe *f = &horde.foes[i];
			uint64_t life = uv_now(&horde.loop) - f->since_ms;

			if (f->kind != k || !f->open || !f->offending)
				continue;
			standing++;
			oldest = life > oldest ? life : oldest;
		}
		if (s->attempts > 0)
			printf("%s %lu %lu %lu %.1f %u %.1f\n", kind_names[k], s->attempts,
			       s->turned_away, s->thrown_out, (double)s->longest_ms / 1000,
			       standing, (double)oldest / 1000);
	}
	for (unsigned i = 0; i < horde.total; i++)
		if (horde.foes[i].open)
			remote_close(&horde.foes[i].remote);
}

static void foe_act(struct foe *f, uint64_t now)
{
	if (!f->offending || f->remote.closing)
		return;
	if (f->kind == DRIP)
		foe_drip(f, now);
	else if (f->kind == MUTE)
		foe_mute(f);
	else if (f->kind == CANCEL)
		for (double due = horde.cancels_due; due >= 1 && !f->remote.closing; due--)
			foe_cancel(f);
}

static void horde_on_tick(uv_timer_t *timer)
{
	uint64_t now = uv_now(&horde.loop);
	unsigned opened = 0, most = horde.rate * TICK_MS / 1000;

	(void)timer;
	if (horde.n[CANCEL] > 0)
		horde.cancels_due += horde.cancel_rate * TICK_MS / 1000 / horde.n[CANCEL];
	for (unsigned i = 0; i < horde.total; i++)
		if (horde.foes[i].open)
			foe_act(&horde.foes[i], now);
	/* In turn, or those at the front would come again and the others never. */
	for (unsigned i = 0; i < horde.total && opened < most; i++) {
		struct foe *f = &horde.foes[horde.turn];

		horde.turn = (horde.turn + 1) % horde.total;
		if (!f->open && now >= f->next_ms)
			opened += foe_come(f) ? 1 : 0;
	}
	horde.cancels_due -= (double)(unsigned)horde.cancels_due;
	if (!horde.up && horde.tried == horde.total) {
		horde.up = true;
		printf("up\n");
		(void)fflush(stdout);
	}
	if (now >= horde.until_ms)
		horde_end();
}

/* ---- start ----------------------------------------------------------------------------------- */

static void usage(void)
{
	(void)fprintf(
		stderr,
		"usage: hostile [--silent N] [--hello N] [--drip N] [--mute N] [--cancel RATE]\n"
		"               [--desks N] [--rate N] [--sources N] [--property P] SECONDS "
		"PROFILE...\n");
	exit(2);
}

static void horde_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "silent", required_argument, NULL, SILENT },
		{ "hello", required_argument, NULL, HELLO },
		{ "drip", required_argument, NULL, DRIP },
		{ "mute", required_argument, NULL, MUTE },
		{ "cancel", required_argument, NULL, CANCEL },
		{ "desks", required_argument, NULL, 'd' },
		{ "rate", required_argument, NULL, 'r' },
		{ "sources", required_argument, NULL, 's' },
		{ "property", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	horde.desks = 20;
	horde.rate = 200;
	horde.target.sources = 250;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == CANCEL)
			horde.cancel_rate = strtod(optarg, NULL);
		else if (c >= 0 && c < KINDS)
			horde.n[c] = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'd')
			horde.desks = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			horde.rate = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 's')
			horde.target.sources = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'p')
			horde.property = optarg;
		else
			usage();
	}
	if (argc - optind < 2)
		usage();
	horde.n[CANCEL] = horde.cancel_rate > 0 ? horde.desks : 0;
}

/* Kinds take turns, so that all of them are there from the beginning. */
static void horde_recruit(void)
{
	unsigned left[KINDS], made = 0;

	memcpy(left, horde.n, sizeof(left));
	for (enum kind k = SILENT; k < KINDS; k++)
		horde.total += left[k];
	horde.foes = calloc(horde.total + 1, sizeof(*horde.foes));
	must(horde.foes != NULL);
	for (enum kind k = SILENT; made < horde.total; k = (enum kind)((k + 1) % KINDS)) {
		if (left[k] == 0)
			continue;
		left[k]--;
		horde.foes[made] = (struct foe){ .kind = k, .number = made };
		made++;
	}
}

int main(int argc, char **argv)
{
	unsigned files = remote_raise_limit();

	horde_options(argc, argv);
	horde_recruit();
	if (files < horde.total + 50) {
		(void)fprintf(stderr, "hostile: %u clients need more descriptors than %u\n",
			      horde.total, files);
		return 1;
	}
	must(uv_loop_init(&horde.loop) == 0 && uv_timer_init(&horde.loop, &horde.timer) == 0);
	if (!remote_target_init(&horde.target, &horde.loop, &foe_ops, argv + optind + 1,
				argc - optind - 1))
		return 1;
	horde.until_ms = uv_now(&horde.loop) + strtoul(argv[optind], NULL, 10) * 1000;
	must(uv_timer_start(&horde.timer, horde_on_tick, 0, TICK_MS) == 0);
	(void)uv_run(&horde.loop, UV_RUN_DEFAULT);
	remote_target_fini(&horde.target);
	free(horde.foes);
	return uv_loop_close(&horde.loop) == 0 ? 0 : 1;
}
