#pragma once
/* Time that is left, as a sign and a word, so that no colour is needed to read it. */
#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "client/tui/style.h"

#define DEADLINE_TEXT 48     /* bytes */
#define DEADLINE_SOON_S 3600 /* from here on it is soon */

/* "2026-11-23T16:00:07.123+08:00" in microseconds since 1970; false: it is not a time. */
bool deadline_read(const char *text, int64_t *ret_us);
/* "!! LATE -00:12", "!  SOON 00:18", "   ok   02:10", "|| HOLD". Returns out. */
char *deadline_text(int64_t due_us, int64_t now_us, bool held, char out[DEADLINE_TEXT],
		    enum style *ret_style);
/* A cell of a list: the field 'due' of a row as such a text, held where its state is on_hold; ""
 * where it has no such time. As rows.h takes it. */
const char *deadline_cell(const ProtobufCMessage *row, const char *due, int64_t now_us,
			  enum style *style, char out[80]);
/* Seconds until the text of such a deadline changes. */
int64_t deadline_fresh_s(int64_t due_us, int64_t now_us);
