#include "client/tui/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/tui/source.h"
#include "client/tui/words.h"

#define SECOND 1000000

bool deadline_read(const char *text, int64_t *ret_us)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int hours, minutes;
	long offset = 0;
	char sign;

	if (rest == NULL)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) == 3)
		offset = (sign == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
	else if (*rest != 'Z')
		return false;
	*ret_us = ((int64_t)timegm(&tm) - offset) * SECOND;
	return true;
}

/* "00:12", "1d 04h" */
static void deadline_span(int64_t s, char out[32])
{
	if (s < 86400)
		(void)snprintf(out, 32, "%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60));
	else
		(void)snprintf(out, 32, _("%dd %02dh"), (int)(s / 86400 % 100000),
			       (int)(s / 3600 % 24));
}

char *deadline_text(int64_t due_us, int64_t now_us, bool held, char out[DEADLINE_TEXT],
		    enum style *ret_style)
{
	int64_t left = (due_us - now_us) / SECOND;
	char span[32];

	deadline_span(left < 0 ? -left : left, span);
	if (held) {
		*ret_style = STYLE_HELD;
		(void)snprintf(out, DEADLINE_TEXT, "%s", _("|| HOLD"));
	} else if (left < 0) {
		*ret_style = STYLE_LATE;
		(void)snprintf(out, DEADLINE_TEXT, _("!! LATE -%s"), span);
	} else if (left < DEADLINE_SOON_S) {
		*ret_style = STYLE_SOON;
		(void)snprintf(out, DEADLINE_TEXT, _("!  SOON %s"), span);
	} else {
		*ret_style = STYLE_GOOD;
		(void)snprintf(out, DEADLINE_TEXT, _("   ok   %s"), span);
	}
	return out;
}

int64_t deadline_fresh_s(int64_t due_us, int64_t now_us)
{
	int64_t left = llabs(due_us - now_us) / SECOND;

	return left >= 86400 ? 3600 : 60;
}

const char *deadline_cell(const ProtobufCMessage *row, const char *due, int64_t now_us,
			  enum style *style, char out[80])
{
	struct arena mem;
	int64_t due_us = 0;
	bool held, known;

	arena_init(&mem, 1u << 20);
	held = strcmp(reply_text(row, "state", &mem), "on_hold") == 0;
	known = deadline_read(reply_text(row, due, &mem), &due_us);
	arena_fini(&mem);
	return known || held ? deadline_text(due_us, now_us, held, out, style) : "";
}
