#pragma once
/*
 * Settings files: [section], name = value, comments after # or ; at the start of a line. Read by
 * inih, with what its Debian build gets silently wrong refused: lines it would cut (190 bytes and
 * more), values it would shorten at " ;" or that begin with one, and lines it does not understand.
 */
#include "common/err.h"

/* One setting; non-OK stops the reading with that error. */
typedef enum st_code (*conf_fn)(void *arg, const char *section, const char *name, const char *value,
				struct st_err *err);

/* NOT_FOUND: there is no such file. Errors name file and line. */
enum st_code conf_read(const char *path, conf_fn fn, void *arg, struct st_err *err) ST_MUSTCHECK;
