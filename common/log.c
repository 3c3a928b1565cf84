#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/utf8.h"

#define LOG_LINE_MAX 2000

/* The two things that belong to the process and not to any of its objects. */
static _Atomic int log_level_now = LOG_LEVEL_INFO;
static _Atomic int log_journal =
	-1; /* stderr goes to the journal: 1, it does not: 0, not looked yet: -1 */

void log_set_level(enum log_level level)
{
	log_level_now = level;
}

bool log_wants(enum log_level level)
{
	return (int)level <= log_level_now;
}

/* systemd names the device and inode of what it connected to stderr; a redirected stderr does not
 * fit. */
static bool log_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (log_journal < 0)
		log_journal = stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
			      fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
			      st.st_ino == ino;
	return log_journal;
}

static const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error";
	case LOG_LEVEL_WARN:
		return "warn";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		return "debug";
	}
	return "info";
}

static size_t log_prefix(enum log_level level, char *out, size_t size)
{
	struct timespec t;
	struct tm tm;
	int len;

	if (log_to_journal()) {
		len = snprintf(out, size, "<%d>", (int)level);
	} else {
		clock_gettime(CLOCK_REALTIME, &t);
		gmtime_r(&t.tv_sec, &tm);
		len = snprintf(out, size, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ level=%s ",
			       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			       tm.tm_sec, t.tv_nsec / 1000000, log_level_name(level));
	}
	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}

/* Is this a character that may change lines or the state of a terminal? */
static bool log_is_control(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Writes the character at the front of 's' so that it cannot break the line; quotes and backslashes
 * are escaped too if 'quoting'. Returns the bytes written (at most 12), sets *ret_used. */
static size_t log_escape(const char *s, size_t len, bool quoting, char out[16], size_t *ret_used)
{
	const uint8_t *u = (const uint8_t *)s;
	int32_t c;
	size_t used = utf8_next(u, len, &c);

	*ret_used = used > 0 ? used : 1;
	if (used > 0 && quoting && (c == '"' || c == '\\'))
		return (size_t)snprintf(out, 16, "\\%c", (char)c);
	if (used > 0 && !log_is_control(c)) {
		memcpy(out, s, used);
		return used;
	}
	if (c == '\n' && used > 0)
		return (size_t)snprintf(out, 16, "\\n");
	if (c == '\t' && used > 0)
		return (size_t)snprintf(out, 16, "\\t");
	if (used > 1)
		return (size_t)snprintf(out, 16, "\\u%04x", (unsigned)c);
	return (size_t)snprintf(out, 16, "\\x%02x", u[0]);
}

/* How many of the first n bytes stand for themselves and are one character each. */
static size_t log_plain(const char *s, size_t n, bool quoting)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7f && !(quoting && (s[i] == '"' || s[i] == '\\')))
		i++;
	return i;
}

/* As much of 's' as fits before out[size], escaped. Returns the bytes written; no 0 is added.
 * *ret_cut: not all of it did. */
static size_t log_escape_all(const char *s, bool quoting, char *out, size_t size, bool *ret_cut)
{
	size_t len = strlen(s), n = 0;

	while (len > 0) {
		char piece[16];
		const char *from = s;
		size_t used = log_plain(s, len < size - n ? len : size - n, quoting), bytes = used;

		if (used == 0) {
			bytes = log_escape(s, len, quoting, piece, &used);
			from = piece;
		}
		if (bytes > size - n)
			break;
		memcpy(out + n, from, bytes);
		n += bytes;
		s += used;
		len -= used;
	}
	*ret_cut = len > 0;
	return n;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	static const char cut[] = " cut=yes";
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + 100];
	bool was_cut;
	size_t n;
	va_list ap;
	int len;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	n = log_prefix(level, line, sizeof line);
	n += log_escape_all(text, false, line + n, sizeof line - n - sizeof cut, &was_cut);
	if (was_cut || (size_t)len >= sizeof text) {
		memcpy(line + n, cut, sizeof cut - 1);
		n += sizeof cut - 1;
	}
	line[n++] = '\n';
	/* One write per line keeps lines whole; when nobody takes them there is nobody to tell. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

char *log_quote(const char *s, char *out, unsigned size)
{
	size_t n = 0;
	bool cut;

	if (size >= 3) {
		out[n++] = '"';
		n += log_escape_all(s != NULL ? s : "", true, out + n, size - 3, &cut);
		out[n++] = '"';
	}
	if (size > 0)
		out[n] = 0;
	return out;
}
