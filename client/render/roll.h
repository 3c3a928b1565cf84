#pragma once
/* A document as the picture that a receipt printer burns, drawn in bands. */
#include "client/render/sheet.h"
#include "common/buf.h"

/* OUT_OF_RANGE: longer than LOOK_ROLL_DOTS_MAX, or than 'out' can hold. */
enum st_code roll_write(const struct sheet *s, unsigned width_dots, struct buf *out,
			struct st_err *err) ST_MUSTCHECK;
