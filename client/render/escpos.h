#pragma once
/*
 * What a receipt printer reads: a picture in bands (GS v 0), the cut, the kick of a cash drawer. No
 * letter is sent, so no code page of a printer matters. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/* Dots of a band from above to below: printers with little memory take no more at once. */
#define ESCPOS_BAND_ROWS 128

/* Resets the printer; opens the drawer first if asked to. */
enum st_code escpos_begin(struct buf *out, bool drawer) ST_MUSTCHECK;
/* 'bits': rows of width_bytes bytes each, the leftmost dot highest, 1 is black. */
enum st_code escpos_band(struct buf *out, const uint8_t *bits, unsigned width_bytes,
			 unsigned rows) ST_MUSTCHECK;
/* Feeds the paper past the knife and cuts it, or past the edge to tear it off. */
enum st_code escpos_end(struct buf *out, bool cut) ST_MUSTCHECK;
