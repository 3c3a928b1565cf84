#pragma once
/*
 * Log lines: key=value on stderr, escaped, one line per event, object first. Under systemd the
 * level is given as the journal's <N> prefix. Library code logs at debug at most; the owner of an
 * operation logs its end once. Secrets and raw bytes never go in.
 */
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Which lines are written from now on. Default: info. */
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);
/* 'fmt' gives key=value pairs; values that may hold blanks are written with log_quote(). */
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
/* Quotes and escapes 's' into 'out' (cut to fit) and returns it: "..." with \n, \", \xNN. */
char *log_quote(const char *s, char *out, unsigned size);
#define LOGQ(s) log_quote((s), (char[200]){ 0 }, 200)
