#pragma once
/*
 * Drawing documents: steward-render, started once and kept for the next document, because its start
 * costs more than a receipt.
 *
 *   renderer_new() -> render_document() ... -> renderer_free()
 *
 *   DOWN -> UP -> CLOSING -> DOWN
 *
 * Requests are drawn one after the other. A process that ends, says nonsense or takes too long is
 * killed; the request it had fails with UNAVAILABLE, and the next one gets a new process. While
 * nothing is asked, the renderer does not keep the loop running.
 */
#include <uv.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"
#include "proto/print.pb-c.h"

#define RENDER_TIMEOUT_MS 60000u /* of one request, from when its turn has come */

struct renderer;

struct render_result {
	struct st_err err;  /* code OK on success; a refusal names the field at fault */
	unsigned pages;     /* of a PDF */
	struct slice bytes; /* the file, or what a receipt printer reads */
};

/*
 * Starts nothing yet. 'program' NULL: $STEWARD_RENDER, else steward-render beside this program, in
 * its build tree, or in the path. 'timeout_ms' 0: RENDER_TIMEOUT_MS.
 */
enum st_code renderer_new(uv_loop_t *loop, const char *program, unsigned timeout_ms,
			  struct renderer **ret, struct st_err *err) ST_MUSTCHECK;
/* Requests that wait end with CANCELLED. Runs the loop until its handles are closed. NULL is fine.
 */
void renderer_free(struct renderer *r);

/*
 * Draws the documents and waits. Returns ret->err.code; what is in 'ret' lives in 'mem'. Not from a
 * callback of the loop.
 */
enum st_code render_document(struct renderer *r, const Steward__PrintRequest *request,
			     struct arena *mem, struct render_result *ret);
/*
 * The same without waiting: 'done' comes once, from the loop, never before this returned OK; the
 * result lives until it returns. 'request' may go at once.
 */
enum st_code render_start(struct renderer *r, const Steward__PrintRequest *request,
			  void (*done)(void *arg, const struct render_result *result), void *arg,
			  struct st_err *err) ST_MUSTCHECK;
