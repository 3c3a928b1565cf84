#pragma once
/* Long results for people: shown in a pager when they are longer than the screen. */
#include <stddef.h>

#include "client/cli/cli.h"

/* Writes 'text' to stdout, through STEWARD_PAGER, PAGER or less -FRX where stdout is a terminal, it
 * is longer than the screen and nobody said --no-pager. */
enum st_code pager_show(const struct cli *cli, const char *text, size_t len,
			struct st_err *err) ST_MUSTCHECK;
/* Would a pager be started? For a result of so many lines. Pure, but for its arguments. */
bool pager_wanted(const struct options *o, const struct term *t, size_t lines);
/* The words of the pager's command; NULL: none is wanted ("" or "cat"). */
const char *pager_command(const char *steward_pager, const char *pager);
/* Straight to stdout. A reader that went away is no error. */
enum st_code stdout_write(const char *text, size_t len, struct st_err *err) ST_MUSTCHECK;
