/* Two ends that do at random what they may do, over a line that cuts where it likes: everything
 * arrives, in order, and nothing is left. And two ends whose line is damaged: nothing breaks. */
#include "common/session.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/check.h"
#include "tests/unit/common/session_rig.h"

#define PLAN_MAX 400

/* What one stream is to carry, and how far it came. */
struct plan {
	size_t request_len, response_len;
	unsigned messages, sent, received;   /* server to client; 0: unary */
	unsigned uploads, uploaded, arrived; /* client to server */
	bool asked, answered, ended, cancelled, answer_seen, end_seen;
};

struct world {
	struct rig r;
	unsigned seed;
	struct plan plans[PLAN_MAX]; /* stream id / 2 */
	unsigned n_plans, n_asked;
};

static struct world *world_of(struct end *e)
{
	return e->arg;
}

static unsigned roll(struct world *w, unsigned n)
{
	return (unsigned)rand_r(&w->seed) % n;
}

static size_t roll_len(struct world *w)
{
	static const unsigned most[] = { 1, 30, 300, 20000, 70000, 300000 };

	return roll(w, most[roll(w, 6)]);
}

/* The i-th message of a stream in one direction is known from its place. */
static struct slice content(uint32_t stream, unsigned i, unsigned direction)
{
	unsigned n = stream * 31 + i * 7 + direction;

	return rig_bytes((size_t)n * 2654435761u % 9000, n);
}

static void assert_content(struct slice got, struct slice want)
{
	assert_int_equal(got.len, want.len);
	if (want.len > 0)
		assert_memory_equal(got.data, want.data, want.len);
}

static struct plan *plan_of(struct world *w, uint32_t stream)
{
	assert_true(stream / 2 < w->n_asked);
	return &w->plans[stream / 2];
}

static void on_request(struct end *e, uint32_t stream, struct slice message)
{
	struct plan *p = plan_of(world_of(e), stream);

	assert_false(p->asked);
	p->asked = true;
	assert_content(message, rig_bytes(p->request_len, stream));
}

static void on_upload(struct end *e, uint32_t stream, struct slice message)
{
	struct plan *p = plan_of(world_of(e), stream);

	assert_content(message, content(stream, p->arrived++, 1));
}

static void on_response(struct end *e, uint32_t stream, struct slice message, bool end)
{
	struct plan *p = plan_of(world_of(e), stream);

	assert_false(p->answer_seen || p->end_seen);
	p->answer_seen = true;
	p->end_seen = end;
	if (p->asked)
		assert_content(message, rig_bytes(p->response_len, stream + 1));
	else
		assert_true(p->cancelled && end); /* by the session itself */
}

static void on_event(struct end *e, uint32_t stream, struct slice message)
{
	struct plan *p = plan_of(world_of(e), stream);

	assert_true(p->answer_seen);
	assert_content(message, content(stream, p->received++, 2));
}

static void act_ask(struct world *w)
{
	struct plan *p = &w->plans[w->n_asked];
	enum st_code code;
	uint32_t stream;

	if (w->n_asked == w->n_plans)
		return;
	*p = (struct plan){ .request_len = roll_len(w), .response_len = roll_len(w) };
	p->messages = roll(w, 3) == 0 ? roll(w, 100) : 0;
	p->uploads = roll(w, 4) == 0 ? roll(w, 80) : 0;
	code = session_send_request(&w->r.client.s, rig_bytes(p->request_len, 2 * w->n_asked + 1),
				    &stream);
	if (code == ST_OK) {
		assert_int_equal(stream, 2 * w->n_asked + 1);
		w->n_asked++;
	} else {
		assert_int_equal(code, ST_RESOURCE_EXHAUSTED);
		assert_int_equal(w->r.client.s.n_streams, SESSION_STREAMS_MAX);
	}
}

static void act_server(struct world *w, uint32_t stream)
{
	struct session *s = &w->r.server.s;
	struct plan *p = plan_of(w, stream);
	bool unary = p->messages == 0;

	if (!p->asked || p->ended)
		return;
	if (!p->answered) {
		assert_int_equal(session_send_response(
					 s, stream, rig_bytes(p->response_len, stream + 1), unary),
				 ST_OK);
		p->answered = true;
		p->ended = unary;
	} else if (p->sent == p->messages || session_stream_open(s, stream) != true) {
		assert_int_equal(session_send_status(s, stream, slice_str("end")), ST_OK);
		p->ended = true;
	} else if (session_may_send(s, stream)) {
		assert_int_equal(session_send_message(s, stream, content(stream, p->sent, 2)),
				 ST_OK);
		p->sent++;
	} else if (p->cancelled && roll(w, 4) == 0) {
		assert_int_equal(session_send_status(s, stream, slice_str("end")), ST_OK);
		p->ended = true;
	}
}

static void act_client(struct world *w, uint32_t stream)
{
	struct session *s = &w->r.client.s;
	struct plan *p = plan_of(w, stream);

	if (roll(w, 200) == 0 && session_stream_open(s, stream)) {
		assert_int_equal(session_send_cancel(s, stream), ST_OK);
		p->cancelled = true;
	} else if (p->uploaded < p->uploads && session_may_send(s, stream)) {
		assert_int_equal(session_send_message(s, stream, content(stream, p->uploaded, 1)),
				 ST_OK);
		p->uploaded++;
	}
}

static void act_line(struct world *w)
{
	struct end *ends[] = { &w->r.client, &w->r.server };
	unsigned from = roll(w, 2);
	size_t steps[] = { 1 + roll(w, 20), 1 + roll(w, 2000), SIZE_MAX };
	size_t step = steps[roll(w, 3)];

	if (step < 20 && ends[from]->s.out.len > 20000)
		step = 500;
	end_carry(ends[from], ends[1 - from], step);
	assert_false(w->r.client.s.dead);
	assert_false(w->r.server.s.dead);
}

static void check_limits(const struct session *s)
{
	assert_true(s->n_streams <= SESSION_STREAMS_MAX);
	assert_true(s->send_bytes >= 0 && s->recv_bytes >= 0);
	assert_true(s->recv_bytes <= SESSION_CONNECTION_BYTES);
}

static bool world_idle(const struct world *w)
{
	return w->n_asked == w->n_plans && w->r.client.s.n_streams == 0;
}

static void world_run(unsigned seed)
{
	static struct world w;
	unsigned turn;

	memset(&w, 0, sizeof w);
	w.seed = seed;
	w.n_plans = PLAN_MAX;
	rig_open(&w.r);
	w.r.client.silent = w.r.server.silent = true;
	w.r.client.arg = w.r.server.arg = &w;
	w.r.server.on_request = on_request;
	w.r.server.on_message = on_upload;
	w.r.client.on_response = on_response;
	w.r.client.on_message = on_event;
	for (turn = 0; turn < 400000 && !world_idle(&w); turn++) {
		unsigned what = roll(&w, 10);

		w.r.now_ms += 20;
		if (what == 0)
			act_ask(&w);
		else if (what < 5 && w.n_asked > 0)
			act_server(&w,
				   2 * (w.n_asked - 1 - roll(&w, w.n_asked) % 70 % w.n_asked) + 1);
		else if (what < 7 && w.n_asked > 0)
			act_client(&w,
				   2 * (w.n_asked - 1 - roll(&w, w.n_asked) % 70 % w.n_asked) + 1);
		else
			act_line(&w);
		if (turn % 64 == 0)
			for (uint32_t i = 0; i < w.n_asked; i++)
				act_server(&w, 2 * i + 1);
		check_limits(&w.r.client.s);
		check_limits(&w.r.server.s);
	}
	assert_true(world_idle(&w));
	rig_carry(&w.r, SIZE_MAX);
	for (unsigned i = 0; i < w.n_plans; i++) {
		const struct plan *p = &w.plans[i];

		if (!p->cancelled)
			assert_int_equal(p->received, p->messages);
		assert_true(p->arrived <= p->uploaded);
	}
	assert_int_equal(w.r.server.s.n_streams, 0);
	assert_int_equal(w.r.client.s.parts + w.r.client.s.pending, 0);
	assert_int_equal(w.r.server.s.parts + w.r.server.s.pending, 0);
	assert_null(w.r.client.s.in.data);
	assert_null(w.r.server.s.in.data);
	rig_close(&w.r);
}

static void everything_arrives(void **state)
{
	for (unsigned seed = 1; seed <= 6; seed++)
		world_run(seed * 7919);
}

/* Bytes of a good talk with some of them changed: the session ends or goes on, within its limits.
 */
static void a_damaged_line_breaks_nothing(void **state)
{
	unsigned seed = 20260801, died = 0;

	for (int round = 0; round < 600; round++) {
		uint32_t stream;
		struct rig r;
		struct buf line;

		rig_open(&r);
		r.client.silent = r.server.silent = true;
		buf_init(&line, 16 << 20);
		for (int i = 0; i < 5; i++)
			assert_int_equal(
				session_send_request(&r.client.s,
						     rig_bytes((size_t)rand_r(&seed) % 30000, 0),
						     &stream),
				ST_OK);
		assert_int_equal(session_send_cancel(&r.client.s, 3), ST_OK);
		assert_int_equal(session_send_ping(&r.client.s, (const uint8_t *)"12345678"),
				 ST_OK);
		assert_int_equal(buf_append(&line, r.client.s.out.data + r.client.s.out.start,
					    r.client.s.out.len),
				 ST_OK);
		for (int i = rand_r(&seed) % 5; i >= 0; i--) {
			/* near a frame's head, where it hurts */
			size_t at = rand_r(&seed) % 2 ? (size_t)rand_r(&seed) % line.len
						      : line.len - 1 - (size_t)rand_r(&seed) % 40;

			line.data[line.start + at] ^= (uint8_t)(1u << rand_r(&seed) % 8);
		}
		(void)session_feed(&r.server.s, buf_peek(&line));
		died += r.server.s.dead;
		check_limits(&r.server.s);
		if (!r.server.s.dead)
			(void)session_send_response(&r.server.s, 1, slice_str("still here"), true);
		rig_close(&r);
		buf_fini(&line);
	}
	assert_in_range(died, 100, 590);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(a_damaged_line_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
