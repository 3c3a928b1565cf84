#include "common/clock.h"

#include <time.h>

#include "common/err.h"

static uint64_t clock_system_mono_ms(struct clock *c)
{
	struct timespec t;

	(void)c;
	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t clock_system_wall_us(struct clock *c)
{
	struct timespec t;

	(void)c;
	must(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct clock clock_system = { clock_system_mono_ms, clock_system_wall_us };
