#pragma once
/* Whole files: reading with a limit, replacing so that readers see the old or the
 * new, never a half. */
#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"

/* Reads a file ("-": standard input) into 'mem', a 0 byte behind it. NOT_FOUND: there is none;
 * OUT_OF_RANGE: longer than 'max'. */
enum st_code file_read(const char *path, size_t max, struct arena *mem, struct slice *ret,
		       struct st_err *err) ST_MUSTCHECK;
/* Writes a file of mode 0600 under another name, flushes it to the disk, then puts it in the place
 * of 'path'. */
enum st_code file_replace(const char *path, struct slice text, struct st_err *err) ST_MUSTCHECK;
/* Makes a directory of mode 0700 and those above it. */
enum st_code file_make_dirs(const char *path, struct st_err *err) ST_MUSTCHECK;
