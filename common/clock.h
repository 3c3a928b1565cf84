#pragma once
/* Time, so that tests can give their own. */
#include <stdint.h>

struct clock {
	uint64_t (*mono_ms)(struct clock *); /* never goes back; deadlines and timers */
	int64_t (*wall_us)(struct clock *);  /* Unix microseconds; what people see */
};

/* The machine's. */
extern struct clock clock_system;

static inline uint64_t clock_mono_ms(struct clock *c)
{
	return c->mono_ms(c);
}

static inline int64_t clock_wall_us(struct clock *c)
{
	return c->wall_us(c);
}
