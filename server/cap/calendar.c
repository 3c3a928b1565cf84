/*
 * Holidays from an iCalendar file (RFC 5545): read off the loop into one line per day, which
 * calendar_import() in SQL then judges. Of the file only all-day events count; a rule is followed
 * from yesterday on for as long as a calendar reaches.
 *
 * A file is somebody else's: its size, the days it tells of and the time its rules may take are
 * bounded, and the library sees nothing of it but the lines that are asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "proto/calendar.pb-c.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"

#define ICS_BEGIN "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
#define ICS_END "END:VCALENDAR\r\n"
#define ICS_DAYS_MAX 2000u  /* of all events together, as the reply can tell of them */
#define ICS_EVENT_DAYS 366  /* of one event */
#define ICS_EXCEPT_MAX 500u /* dates taken out of one series */
#define ICS_NAME_BYTES 300u
#define ICS_LINE_BYTES 480u /* a date, a name, a reason */
#define ICS_RULES_MS 3000u  /* for all rules of a file */
#define ICS_REACH 802       /* days: calendar_reach() and one on each side for the zones */

struct ics {
	struct slice file; /* the request's, which outlives the work */
	int64_t today;     /* days since 1970, in UTC */
	uint64_t until_ms; /* when its rules have taken too long */
	char *lines;       /* malloc: the arena is the loop's */
	size_t len, cap;
	unsigned days, events;
	struct st_err err;
};

/* One event while it is read. */
struct ics_event {
	struct ics *ics;
	const char *kind; /* "closed", "work" */
	char name[ICS_NAME_BYTES];
	int64_t from, to; /* first and last day of what is told */
	int length;       /* days of each instance */
	int64_t except[ICS_EXCEPT_MAX];
	unsigned n_except;
};

/* -- Days -- */

static int64_t ics_day(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void ics_date(int64_t day, char out[16])
{
	struct tm tm;
	time_t t = (time_t)day * 86400;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, 16, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
}

/* False: there is no such day, or none a calendar could ever know. */
static bool ics_day_of(struct icaltimetype t, int64_t *ret)
{
	char text[16], same[16];

	if (icaltime_is_null_time(t) || t.year < 1900 || t.year > 2200 || t.month < 1 ||
	    t.month > 12 || t.day < 1 || t.day > 31)
		return false;
	*ret = ics_day(t.year, t.month, t.day);
	ics_date(*ret, text);
	(void)snprintf(same, sizeof(same), "%04d-%02d-%02d", t.year, t.month, t.day);
	return strcmp(text, same) == 0;
}

static struct icaltimetype ics_time(int64_t day)
{
	struct icaltimetype t = icaltime_null_date();
	time_t at = (time_t)day * 86400;
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL) {
		t.year = tm.tm_year + 1900;
		t.month = tm.tm_mon + 1;
		t.day = tm.tm_mday;
	}
	return t;
}

/* -- Lines -- */

static bool ics_room(struct ics *ics)
{
	char *wider;

	if (ics->cap - ics->len >= ICS_LINE_BYTES)
		return true;
	wider = realloc(ics->lines, ics->cap * 2 + 16 * ICS_LINE_BYTES);
	if (wider == NULL) {
		(void)st_fail(&ics->err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			      "the server has no memory for this now");
		return false;
	}
	ics->lines = wider;
	ics->cap = ics->cap * 2 + 16 * ICS_LINE_BYTES;
	return true;
}

static void ics_put(struct ics *ics, const char *date, const char *kind, const char *name,
		    const char *reason)
{
	if (ics->err.code != ST_OK || !ics_room(ics))
		return;
	if (ics->days++ >= ICS_DAYS_MAX) {
		(void)st_fail(&ics->err, ST_INVALID_ARGUMENT, "TOO_MANY_DAYS", "file",
			      "the file tells of more than %u days: leave out those gone by",
			      ICS_DAYS_MAX);
		return;
	}
	ics->len += (size_t)snprintf(ics->lines + ics->len, ics->cap - ics->len, "%s\t%s\t%s\t%s\n",
				     date, kind, name, reason);
}

static void ics_put_day(const struct ics_event *e, int64_t day)
{
	char date[16];

	ics_date(day, date);
	ics_put(e->ics, date, e->kind, e->name, "");
}

static void ics_reject(const struct ics_event *e, struct icaltimetype start, const char *reason)
{
	char date[16] = "";
	int64_t day;

	if (ics_day_of(start, &day))
		ics_date(day, date);
	ics_put(e->ics, date, "bad", e->name, reason);
}

/* -- What an event says -- */

/* One line of it, cut between two characters. */
static void ics_name(const char *text, char out[ICS_NAME_BYTES])
{
	size_t len = text != NULL ? strlen(text) : 0, at = 0, n;
	int32_t c;

	while (at < len && (n = utf8_next((const uint8_t *)text + at, len - at, &c)) > 0 &&
	       at + n < ICS_NAME_BYTES) {
		memcpy(out + at, text + at, n);
		if (c < ' ' || c == 0x7f)
			out[at] = ' ';
		at += n;
	}
	out[at] = '\0';
}

static bool ics_begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

/* Is the word there and not denied, as in "non-working day" and 不上班? Nor is a make-up holiday
 * worked. */
static bool ics_says(const char *text, const char *word)
{
	static const char *const before[] = { "non-", "non ", "not a ", "no ", "不" };
	static const char *const after[] = { " holiday", " day off", " off" };
	const char *at = text;

	for (; (at = strcasestr(at, word)) != NULL; at++) {
		bool denied = false;

		for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
			size_t n = strlen(before[i]);

			denied |= (size_t)(at - text) >= n && ics_begins(at - n, before[i]);
		}
		for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
			denied |= ics_begins(at + strlen(word), after[i]);
		if (!denied)
			return true;
	}
	return false;
}

static bool ics_is_work(const char *text)
{
	static const char *const words[] = { "上班",    "补班",   "補班",        "（班）", "(班)",
					     "make-up", "makeup", "working day", "workday" };

	for (size_t i = 0; text != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (ics_says(text, words[i]))
			return true;
	return false;
}

static const char *ics_summary(icalcomponent *event)
{
	icalproperty *p = icalcomponent_get_first_property(event, ICAL_SUMMARY_PROPERTY);

	return p != NULL ? icalproperty_get_summary(p) : NULL;
}

static bool ics_event_is_work(icalcomponent *event)
{
	icalproperty *p = icalcomponent_get_first_property(event, ICAL_CATEGORIES_PROPERTY);

	for (; p != NULL; p = icalcomponent_get_next_property(event, ICAL_CATEGORIES_PROPERTY))
		if (ics_is_work(icalproperty_get_categories(p)))
			return true;
	return ics_is_work(ics_summary(event));
}

/* How many days; 0: too many. */
static int ics_length(icalcomponent *event, int64_t first)
{
	icalproperty *end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
	icalproperty *lasts = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
	int64_t days = 1, last;

	if (end != NULL && ics_day_of(icalproperty_get_dtend(end), &last)) {
		days = last - first;
	} else if (lasts != NULL) {
		struct icaldurationtype d = icalproperty_get_duration(lasts);

		days = d.is_neg ? 1 : (int64_t)d.weeks * 7 + d.days;
	}
	if (days > ICS_EVENT_DAYS)
		return 0;
	return days < 1 ? 1 : (int)days;
}

/* -- Instances -- */

static void ics_instance(const struct ics_event *e, int64_t first)
{
	for (unsigned i = 0; i < e->n_except; i++)
		if (e->except[i] == first)
			return;
	for (int64_t day = first; day < first + e->length && e->ics->err.code == ST_OK; day++)
		if (day >= e->from && day <= e->to)
			ics_put_day(e, day);
}

static bool ics_in_time(struct ics *ics)
{
	if (clock_mono_ms(&clock_system) < ics->until_ms)
		return true;
	(void)st_fail(&ics->err, ST_INVALID_ARGUMENT, "RULES_TOO_LONG", "file",
		      "following the file's rules takes too long: leave out series that began long "
		      "ago");
	return false;
}

/* False: it repeats within a day, which no holiday does. */
static bool ics_rule(const struct ics_event *e, struct icalrecurrencetype rule,
		     struct icaltimetype start)
{
	icalrecur_iterator *all;
	int64_t day = e->from, until;

	if (rule.freq != ICAL_DAILY_RECURRENCE && rule.freq != ICAL_WEEKLY_RECURRENCE &&
	    rule.freq != ICAL_MONTHLY_RECURRENCE && rule.freq != ICAL_YEARLY_RECURRENCE)
		return false;
	/* One that never comes true would be followed for thousands of years. */
	if (!ics_day_of(rule.until, &until) || until > e->to)
		rule.until = ics_time(e->to);
	all = icalrecur_iterator_new(rule, start);
	while (all != NULL && e->ics->err.code == ST_OK && ics_in_time(e->ics) && day <= e->to &&
	       ics_day_of(icalrecur_iterator_next(all), &day))
		if (day + e->length > e->from && day <= e->to)
			ics_instance(e, day);
	icalrecur_iterator_free(all);
	return true;
}

static void ics_exceptions(struct ics_event *e, icalcomponent *event)
{
	icalproperty *p = icalcomponent_get_first_property(event, ICAL_EXDATE_PROPERTY);

	for (; p != NULL && e->n_except < ICS_EXCEPT_MAX;
	     p = icalcomponent_get_next_property(event, ICAL_EXDATE_PROPERTY))
		if (ics_day_of(icalproperty_get_exdate(p), &e->except[e->n_except]))
			e->n_except++;
}

/* The days of its rules and of dates named one by one. False: one of the rules is none of ours. */
static bool ics_series(struct ics_event *e, icalcomponent *event, struct icaltimetype start)
{
	icalproperty *p;
	int64_t day;
	bool good = true;

	ics_exceptions(e, event);
	for (p = icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY); p != NULL;
	     p = icalcomponent_get_next_property(event, ICAL_RDATE_PROPERTY))
		if (ics_day_of(icalproperty_get_rdate(p).time, &day))
			ics_instance(e, day);
	for (p = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY); p != NULL;
	     p = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY))
		good = ics_rule(e, icalproperty_get_rrule(p), start) && good;
	return good;
}

static bool ics_is_series(icalcomponent *event)
{
	return icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) != NULL ||
	       icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY) != NULL;
}

static void ics_event(struct ics *ics, icalcomponent *event)
{
	struct ics_event e = { .ics = ics, .from = INT64_MIN, .to = INT64_MAX };
	icalproperty *begins = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
	struct icaltimetype start = begins != NULL ? icalproperty_get_dtstart(begins)
						   : icaltime_null_time();
	int64_t first;

	ics->events++;
	if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED)
		return;
	ics_name(ics_summary(event), e.name);
	e.kind = ics_event_is_work(event) ? "work" : "closed";
	if (!ics_day_of(start, &first)) {
		ics_reject(&e, start, "its first day is missing, or no day");
		return;
	}
	e.length = ics_length(event, first);
	if (!start.is_date)
		ics_reject(&e, start, "it does not last all day");
	else if (e.length == 0)
		ics_reject(&e, start, "it lasts longer than a year");
	else if (icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != NULL)
		ics_reject(&e, start, "it changes one day of a series: set that day by itself");
	else if (!ics_is_series(event))
		ics_instance(&e, first);
	else {
		e.from = ics->today - 1;
		e.to = ics->today + ICS_REACH;
		if (!ics_series(&e, event, start))
			ics_reject(&e, start, "it repeats more often than daily");
		ics_instance(&e, first);
	}
}

/* -- The file -- */

/* Long lines are broken anywhere, even inside a character, so they are joined before anything else
 * is looked at. */
static size_t ics_unfold(struct slice file, char *out)
{
	size_t len = 0, at = file.len >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	for (; at < file.len; at++) {
		size_t eol = file.data[at] == '\r' && at + 1 < file.len ? at + 1 : at;

		if (file.data[eol] == '\n' && eol + 1 < file.len &&
		    (file.data[eol + 1] == ' ' || file.data[eol + 1] == '\t'))
			at = eol + 1;
		else
			out[len++] = (char)file.data[at];
	}
	out[len] = '\0';
	return len;
}

/* Of an event: what is asked for. */
static bool ics_is_wanted(const char *line)
{
	static const char *const names[] = { "DTSTART",       "DTEND",  "DURATION", "RRULE",
					     "RDATE",         "EXDATE", "SUMMARY",  "CATEGORIES",
					     "RECURRENCE-ID", "STATUS" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (ics_begins(line, names[i]) && (line[n] == ':' || line[n] == ';'))
			return true;
	}
	return false;
}

/* Is it BEGIN or END of this part? NULL: of any. */
static bool ics_is_edge(const char *line, const char *edge, const char *part)
{
	size_t n = strlen(edge), m = part != NULL ? strlen(part) : 0;

	if (!ics_begins(line, edge) || line[n] != ':')
		return false;
	line += n + 1;
	return part == NULL ||
	       (ics_begins(line, part) && line[m + strspn(line + m, " \t")] == '\0');
}

struct ics_filter {
	unsigned skipped; /* depth inside a part that is not asked for */
	bool in_calendar, in_event;
};

/* Does the line go to the library? */
static bool ics_keep(struct ics_filter *f, const char *line)
{
	bool begins = ics_is_edge(line, "BEGIN", NULL), ends = ics_is_edge(line, "END", NULL);

	if (f->skipped > 0) {
		f->skipped = f->skipped + (begins ? 1 : 0) - (ends ? 1 : 0);
		return false;
	}
	if (begins && !f->in_event && ics_is_edge(line, "BEGIN", "VCALENDAR")) {
		f->in_calendar = true;
		return false;
	}
	if (begins && f->in_calendar && !f->in_event && ics_is_edge(line, "BEGIN", "VEVENT")) {
		f->in_event = true;
		return true;
	}
	f->skipped = begins ? 1 : 0;
	if (ends && f->in_event && ics_is_edge(line, "END", "VEVENT")) {
		f->in_event = false;
		return true;
	}
	return f->in_event && ics_is_wanted(line);
}

/* Events alone, of each what is asked for: so the library has little to do and nothing to complain
 * of. False: something begins and never ends. */
static bool ics_strip(char *text, char *out)
{
	struct ics_filter f = { 0 };
	char *rest = text;

	out = stpcpy(out, ICS_BEGIN);
	for (char *line; (line = strsep(&rest, "\r\n")) != NULL;)
		if (ics_keep(&f, line))
			out = stpcpy(stpcpy(out, line), "\r\n");
	(void)stpcpy(out, ICS_END);
	return f.skipped == 0 && !f.in_event;
}

static void ics_parse(struct ics *ics, const char *text)
{
	icalcomponent *root = icalparser_parse_string(text), *e;

	for (e = root != NULL ? icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT)
			      : NULL;
	     e != NULL && ics->err.code == ST_OK;
	     e = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT))
		ics_event(ics, e);
	if (ics->events == 0 && ics->err.code == ST_OK)
		(void)st_fail(&ics->err, ST_INVALID_ARGUMENT, "NO_EVENTS", "file",
			      "no events are in it: a file in the iCalendar format is needed");
	if (root != NULL)
		icalcomponent_free(root);
}

/* On a thread of its own. */
static void ics_read(void *arg)
{
	struct ics *ics = arg;
	char *text = malloc(ics->file.len + 1);
	char *events = malloc(2 * ics->file.len + 100); /* a line may have ended in one byte */
	size_t len;

	if (text == NULL || events == NULL) {
		(void)st_fail(&ics->err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			      "the server has no memory for this now");
		free(text);
		free(events);
		return;
	}
	len = ics_unfold(ics->file, text);
	ics->until_ms = clock_mono_ms(&clock_system) + ICS_RULES_MS;
	if (!utf8_ok((const uint8_t *)text, len))
		(void)st_fail(&ics->err, ST_INVALID_ARGUMENT, "NOT_UTF8", "file",
			      "it is no text in UTF-8");
	else if (!ics_strip(text, events))
		(void)st_fail(&ics->err, ST_INVALID_ARGUMENT, "CUT_SHORT", "file",
			      "something begins in it and does not end: it is cut short or broken");
	else
		ics_parse(ics, events);
	free(text);
	free(events);
}

static void calendar_on_read(struct op *op)
{
	struct ics *ics = op->hook;
	const char *lines = arena_strndup(&op->mem, ics->lines != NULL ? ics->lines : "", ics->len);

	free(ics->lines);
	ics->lines = NULL;
	if (lines == NULL)
		(void)st_fail(&ics->err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			      "the server has no memory for this now");
	st_keep_first(&op->err, &ics->err);
	op_set(op, CTX_text, lines);
	op_resume(op);
}

static enum op_next calendar_import_before(struct op *op)
{
	const Steward__Calendar__ImportRequest *in = op_in(op, Steward__Calendar__ImportRequest);
	struct ics *ics = arena_new(&op->mem, struct ics);

	op->hook = ics;
	if (ics == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			"the server has no memory for this now");
		return OP_GO;
	}
	icalerror_set_errors_are_fatal(0);
	ics->file = slice_of(in->file.data, in->file.len);
	ics->today = clock_wall_us(op_services(op)->clock) / (86400 * INT64_C(1000000));
	op_work(op, ics_read, ics, calendar_on_read);
	return OP_WAIT;
}

const struct op_hooks calendar_import_hooks = {
	.before = calendar_import_before,
};
