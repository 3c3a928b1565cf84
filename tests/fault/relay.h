#pragma once
/*
 * A bad line: a relay that sits between client and daemon and treats their bytes as a poor network
 * would. It knows neither TLS nor frames. Used on a test's own loop, and as a program by scripts
 * (relay_main.c).
 *
 *   relay_new(loop, options) -> relay_port() for the client -> relay_cut_after() ... ->
 * relay_free()
 */
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

enum relay_way {
	RELAY_UP,   /* from the client to the daemon */
	RELAY_DOWN, /* from the daemon to the client */
};

struct relay_options {
	const char *host; /* numeric address of the daemon */
	int port;
	unsigned rtt_ms;
	/* So many of a hundred packets are lost once: they, and all behind them, come after the
	 * pause until TCP sends them again; which ones follows from the seed. */
	unsigned stall_percent;
	uint64_t seed;
	unsigned rate_kbit; /* each way; 0: as fast as it goes */
	bool bytewise;      /* every byte is a write of its own, in a turn of the loop of its own */
};

struct relay;

/* Listens on a free port of the loopback address. An error of libuv, or 0. */
int relay_new(uv_loop_t *loop, const struct relay_options *o, struct relay **ret);
int relay_port(const struct relay *r);
/* From now on counts what passes, over all connections, and ends the one that carries the n-th byte
 * of this way right behind it: exactly n bytes arrive. With 0 the next one that comes or speaks is
 * ended. Done once. */
void relay_cut_after(struct relay *r, enum relay_way way, uint64_t n);
/* Ends all connections there are; those to come are served. */
void relay_cut(struct relay *r);
/* How many bytes passed since the last relay_cut_after(), or since the beginning. */
uint64_t relay_passed(const struct relay *r, enum relay_way way);
/* Has relay_cut_after() had its effect? */
bool relay_was_cut(const struct relay *r);
/* How many connections were ended by a cut, of either sort. */
unsigned relay_cuts(const struct relay *r);
/* Ends everything and runs the loop until its handles are closed. NULL is fine. */
void relay_free(struct relay *r);
