#include <string.h>

#include "client/lib/internal.h"

#define READ_SENDS 2u
#define WRITE_SENDS 5u
#define CONNECTS 4u
#define BUSY_WAIT_MAX_MS 1000u

static int retry_backoff_ms(unsigned n)
{
	static const int steps[] = { 100, 300, 800, 1500, 2500 };
	size_t last = sizeof(steps) / sizeof(steps[0]) - 1;

	return steps[n < last ? n : last];
}

/* The server's own refusal: only what it calls passing, and only if it asks for a short wait. */
static int retry_answered(const struct retry_case *r)
{
	if (!st_code_retry(r->code) || r->code == ST_DEADLINE_EXCEEDED)
		return -1;
	if (strcmp(r->reason, ST_REASON_VERSION_CONFLICT) == 0)
		return -1;
	if (r->code == ST_RESOURCE_EXHAUSTED && (r->login || r->retry_after_ms > BUSY_WAIT_MAX_MS))
		return -1;
	if (r->retry_after_ms > BUSY_WAIT_MAX_MS)
		return BUSY_WAIT_MAX_MS;
	return r->retry_after_ms > 0 ? (int)r->retry_after_ms : retry_backoff_ms(r->sent);
}

int retry_wait_ms(const struct retry_case *r)
{
	/* Nothing went out yet: an unreachable server is told at once, unless it was there before.
	 */
	if (r->sent == 0 && !r->answered && !r->greeted && !r->known)
		return -1;
	if (r->sent >= (r->write ? WRITE_SENDS : READ_SENDS))
		return -1;
	if (r->answered)
		return retry_answered(r);
	if (r->code != ST_UNAVAILABLE)
		return -1;
	/* One that said it goes comes back: the call's own deadline is the limit then. */
	if (r->failed_connects >= CONNECTS && !r->leaving)
		return -1;
	return retry_backoff_ms(r->failed_connects);
}
