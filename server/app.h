#pragma once
/*
 * The daemon as a whole: its parts in the order they start, and in the reverse order they stop.
 *
 *   signals -> cluster -> migrations -> constraint sentences -> state -> pool
 *
 *   -> secrets -> access -> feed -> jobs -> ports -> local desk
 *
 * Stopping: ports (GOAWAY, an end to all watches, running calls up to drain_ms), what still runs
 * for clients that are gone, feed, access, secrets, pool, cluster, signals. uv_loop_close() must
 * then find no handle left.
 */
#include "common/arena.h"
#include "common/err.h"
#include "server/config.h"

/* Serves until SIGTERM, SIGINT or SIGHUP. Non-OK: it did not start, and everything that had started
 * was stopped again. */
enum st_code app_run(const struct config *c, struct arena *mem, struct st_err *err) ST_MUSTCHECK;
