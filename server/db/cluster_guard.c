#include "server/db/cluster_guard.h"

#include "common/log.h"

#define GUARD_LOOK_MS 250u
#define GUARD_DELAY_MS 250u
#define GUARD_DELAY_MAX_MS 4000u
#define GUARD_LASTING_MS 30000u /* it stayed up that long: what comes next is another matter */

static void guard_on_timer(uv_timer_t *timer);

static void guard_wait(struct cluster_guard *g, unsigned ms)
{
	must(uv_timer_start(&g->timer, guard_on_timer, ms, 0) == 0);
}

static unsigned guard_delay_ms(const struct cluster_guard *g)
{
	unsigned delay = GUARD_DELAY_MS;

	for (unsigned i = 1; i < g->tries && delay < GUARD_DELAY_MAX_MS; i++)
		delay *= 2;
	return delay < GUARD_DELAY_MAX_MS ? delay : GUARD_DELAY_MAX_MS;
}

/* A volume may stay full for a night: the first tries are told, then ever fewer. */
static bool guard_tells(const struct cluster_guard *g)
{
	return (g->tries & (g->tries - 1)) == 0;
}

static void guard_start(struct cluster_guard *g)
{
	struct st_err err = { 0 };

	g->tries++;
	if (cluster_revive(g->options, g->cluster, &err) == ST_OK) {
		g->started_ms = uv_now(g->timer.loop);
		if (guard_tells(g))
			log_info("postgresql=started pid=%d tries=%u", (int)g->cluster->pid,
				 g->tries);
		guard_wait(g, GUARD_LOOK_MS);
		return;
	}
	if (guard_tells(g))
		log_error("postgresql=down tries=%u reason=%s message=%s", g->tries, err.reason,
			  LOGQ(err.message));
	guard_wait(g, guard_delay_ms(g));
}

static void guard_ended(struct cluster_guard *g, int status)
{
	struct st_err why = { 0 };

	if (uv_now(g->timer.loop) - g->started_ms >= GUARD_LASTING_MS)
		g->tries = 0;
	cluster_last_words(g->options, status, &why);
	if (guard_tells(g))
		log_error("postgresql=ended tries=%u message=%s", g->tries, LOGQ(why.message));
	if (g->tries == 0)
		guard_start(g);
	else
		guard_wait(g, guard_delay_ms(g));
}

static void guard_on_timer(uv_timer_t *timer)
{
	struct cluster_guard *g = timer->data;
	int status;

	if (g->cluster->pid == 0)
		guard_start(g);
	else if (cluster_is_gone(g->cluster, &status))
		guard_ended(g, status);
	else
		guard_wait(g, GUARD_LOOK_MS);
}

void cluster_guard_init(struct cluster_guard *g, uv_loop_t *loop, const struct cluster_options *o,
			struct cluster *c)
{
	*g = (struct cluster_guard){ .options = o, .cluster = c };
	must(uv_timer_init(loop, &g->timer) == 0);
	g->timer.data = g;
	guard_wait(g, GUARD_LOOK_MS);
}

void cluster_guard_close(struct cluster_guard *g)
{
	uv_close((uv_handle_t *)&g->timer, NULL);
}
