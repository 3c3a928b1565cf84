#pragma once
/* A whole request: documents in, the bytes of a PDF or of a receipt printer out. */
#include "client/render/type.h"
#include "common/buf.h"
#include "proto/print.pb-c.h"

#define JOB_BYTES_MAX (64u << 20) /* of what is made */
#define JOB_PAGES_MAX 3000u       /* of one file */

/*
 * Draws the documents of a request that input.h has checked. '*ret_pages' is 0 of a receipt. Errors
 * name document and field; then 'out' holds nothing of use.
 */
enum st_code job_run(struct type *type, const Steward__PrintRequest *rq, struct buf *out,
		     unsigned *ret_pages, struct st_err *err) ST_MUSTCHECK;
