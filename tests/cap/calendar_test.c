/* Business calendars: keeping their hours and days, taking holidays over from a file, counting.
 * What is counted to the second stands in tests/pgtap/calendar.sql. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/rig.h"

#define WEEK "mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00"

/* 'n' days from the Monday of the week after next at SUN. */
static const char *day_as(int n, const char *format)
{
	static char texts[16][24];
	static unsigned next;
	char *text = texts[next++ % 16];
	time_t today = (time(NULL) + 8 * 3600) / 86400;
	time_t t = (today - (today + 3) % 7 + 14 + n) * 86400;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	assert_true(strftime(text, sizeof(texts[0]), format, &tm) > 0);
	return text;
}

static const char *day(int n)
{
	return day_as(n, "%Y-%m-%d");
}

/* The same as a file has it. */
static const char *stamp(int n)
{
	return day_as(n, "%Y%m%d");
}

static const char *today(void)
{
	static char text[24];
	time_t t = time(NULL) + 8 * 3600;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	assert_true(strftime(text, sizeof(text), "%Y-%m-%d", &tm) > 0);
	return text;
}

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "supervisor", "calendar.Set",
	       "{'calendar': 'desk', 'hours': '" WEEK "', 'name': 'Service desk'}");
	rig_elsewhere(*state, "calendar.Set", "{'calendar': 'far', 'hours': 'mon 08:00-09:00'}");
	return 0;
}

/* A calendar of its own for a test. */
static void make(struct rig *rig, const char *calendar)
{
	rig_ok(rig, "manager", "calendar.Set", "{'calendar': '%s', 'hours': '" WEEK "'}", calendar);
}

static int64_t seconds(struct rig *rig, const char *calendar, int from, int to)
{
	return rig_int(rig_ok(rig, "clerk", "calendar.Hours",
			      "{'calendar': '%s', 'from': '%s', 'to': '%s'}", calendar, day(from),
			      day(to)),
		       "seconds");
}

/* -- Hours -- */

static void calendar_set_gives_what_was_said(void **state)
{
	const json_t *c = rig_twice(*state, "manager", "calendar.Set",
				    "{'calendar': 'engineering', 'name': 'Workshop', 'hours': "
				    "'MON - FRI 8:00-12:00 , 13:00-17:00;sun closed'}");

	assert_string_equal(rig_text(c, "calendar"), "engineering");
	assert_string_equal(rig_text(c, "number"), "engineering");
	assert_string_equal(rig_text(c, "name"), "Workshop");
	assert_string_equal(rig_text(c, "hours"), "mon-fri 08:00-12:00,13:00-17:00");
	assert_string_equal(rig_text(c, "since"), today());
	assert_string_equal(rig_text(c, "zone"), "Asia/Shanghai");
	assert_int_equal(rig_int(c, "version"), 1);
	assert_false(rig_has(c, "until"));
}

static void calendar_list_and_show_tell_everybody(void **state)
{
	const json_t *c = rig_find(rig_ok(*state, "technician", "calendar.List", "{}"), "calendars",
				   "calendar", "desk");

	assert_string_equal(rig_text(c, "name"), "Service desk");
	assert_string_equal(rig_text(c, "hours"), WEEK);
	assert_null(rig_find(rig_ok(*state, "technician", "calendar.List", "{}"), "calendars",
			     "calendar", "far"));
	c = rig_ok(*state, "analyst", "calendar.Show", "{'calendar': 'desk'}");
	assert_string_equal(rig_text(c, "calendar.hours"), WEEK);
	assert_int_equal(rig_count(c, "week"), 7);
	assert_string_equal(rig_text(c, "week.0.hours"), "08:30-12:00,13:30-18:00");
	assert_string_equal(rig_text(c, "week.0.time"), "8 h");
	assert_string_equal(rig_text(c, "week.5.time"), "3 h");
	assert_string_equal(rig_text(c, "week.6.hours"), "closed");
	assert_string_equal(rig_text(c, "versions.0.state"), "in force");
	assert_string_equal(rig_text(c, "versions.0.set_by"), "supervisor");
	c = rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'SUN/DESK'}");
	assert_string_equal(rig_text(c, "calendar.calendar"), "desk");
}

static void calendar_set_changes_from_a_day_on(void **state)
{
	int64_t before;
	const json_t *c;

	make(*state, "shift");
	before = seconds(*state, "shift", 0, 14);
	assert_int_equal(before, 2 * 154800);
	c = rig_dry(*state, "manager", "calendar.Set",
		    "{'calendar': 'shift', 'hours': 'mon 08:00-09:00', 'from': '%s'}", day(14));
	assert_int_equal(rig_int(c, "version"), 2);
	assert_int_equal(seconds(*state, "shift", 14, 21), 154800);
	c = rig_ok(*state, "manager", "calendar.Set",
		   "{'calendar': 'shift', 'hours': 'mon-sun 22:00-06:00', 'from': '%s'}", day(14));
	assert_string_equal(rig_text(c, "hours"), WEEK);
	assert_string_equal(rig_text(c, "until"), day(14));
	assert_int_equal(rig_int(c, "version"), 2);
	assert_int_equal(seconds(*state, "shift", 0, 14), before);
	assert_int_equal(seconds(*state, "shift", 15, 16), 8 * 3600);
	/* The same hours again, and a name alone, are no version. */
	c = rig_ok(*state, "manager", "calendar.Set",
		   "{'calendar': 'shift', 'hours': 'mon-sun 22:00-06:00', 'from': '%s'}", day(15));
	assert_int_equal(rig_int(c, "version"), 2);
	c = rig_ok(*state, "manager", "calendar.Set", "{'calendar': 'shift', 'name': 'Shifts'}");
	assert_string_equal(rig_text(c, "name"), "Shifts");
	assert_int_equal(rig_int(c, "version"), 3);
	c = rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'shift'}");
	assert_int_equal(rig_count(c, "versions"), 2);
	assert_string_equal(rig_text(c, "versions.0.state"), "planned");
	assert_string_equal(rig_text(c, "versions.0.hours"), "mon-sun 22:00-06:00");
	assert_string_equal(rig_text(c, "versions.1.until"), day(14));
}

static void calendar_set_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "hours", "'calendar': 'fresh'" },
		{ "hours", "'calendar': 'desk', 'from': '2090-01-01'" },
		{ "hours", "'calendar': 'desk', 'hours': 'mon 8-12'" },
		{ "hours", "'calendar': 'desk', 'hours': 'someday 08:00-12:00'" },
		{ "hours", "'calendar': 'desk', 'hours': 'mon 08:00-12:00,11:00-13:00'" },
		{ "hours", "'calendar': 'desk', 'hours': 'mon closed'" },
		{ "from", "'calendar': 'desk', 'hours': 'mon 08:00-12:00', 'from': '2020-01-01'" },
		{ "from", "'calendar': 'desk', 'hours': 'mon 08:00-12:00', 'from': '2190-01-01'" },
		{ "from", "'calendar': 'desk', 'hours': 'mon 08:00-12:00', 'from': '2026-02-30'" },
		{ "calendar", "'calendar': 'Desk', 'hours': 'mon 08:00-12:00'" },
		{ "calendar", "'calendar': '1desk', 'hours': 'mon 08:00-12:00'" },
	};
	struct rig_result r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "calendar.Set", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	r = rig_refused(*state, "manager", "calendar.Set", ST_ABORTED, "version",
			"{'calendar': 'desk', 'hours': 'mon 08:00-12:00', 'version': 99}");
	assert_string_equal(r.err.reason, "VERSION_CONFLICT");
	rig_refused(*state, "clerk", "calendar.Set", ST_PERMISSION_DENIED, NULL,
		    "{'calendar': 'desk', 'hours': 'mon 08:00-12:00'}");
}

/* -- Days -- */

static void calendar_day_closes_and_opens(void **state)
{
	const json_t *r;

	make(*state, "days");
	r = rig_twice(*state, "supervisor", "calendar.Day",
		      "{'calendar': 'days', 'date': '%s', 'closed': true, 'name': 'National Day'}",
		      day(2));
	assert_string_equal(rig_text(r, "day.what"), "closed");
	assert_string_equal(rig_text(r, "day.weekday"), "wed");
	assert_string_equal(rig_text(r, "day.name"), "National Day");
	assert_int_equal(rig_int(r, "calendar.version"), 2);
	assert_int_equal(seconds(*state, "days", 2, 3), 0);
	r = rig_ok(*state, "supervisor", "calendar.Day",
		   "{'calendar': 'days', 'date': '%s', 'like': 'Wednesday'}", day(5));
	assert_string_equal(rig_text(r, "day.what"), "like wed");
	assert_string_equal(rig_text(r, "day.hours"), "08:30-12:00,13:30-18:00");
	assert_int_equal(seconds(*state, "days", 5, 6), 28800);
	r = rig_ok(*state, "supervisor", "calendar.Day",
		   "{'calendar': 'days', 'date': '%s', 'hours': '10:00-11:30'}", day(6));
	assert_string_equal(rig_text(r, "day.what"), "own hours");
	assert_int_equal(seconds(*state, "days", 6, 7), 5400);
	r = rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'days'}");
	assert_int_equal(rig_count(r, "days"), 3);
	assert_string_equal(rig_text(r, "days.0.date"), day(2));
	assert_string_equal(rig_text(r, "days.0.set_by"), "supervisor");
	/* The same again is no change; a later word replaces it and is remembered with it. */
	r = rig_ok(*state, "supervisor", "calendar.Day",
		   "{'calendar': 'days', 'date': '%s', 'closed': true, 'name': 'National Day'}",
		   day(2));
	assert_int_equal(rig_int(r, "calendar.version"), 4);
	r = rig_ok(*state, "supervisor", "calendar.Day",
		   "{'calendar': 'days', 'date': '%s', 'like': 'wed'}", day(2));
	assert_string_equal(rig_text(r, "day.what"), "ordinary");
	assert_int_equal(seconds(*state, "days", 2, 3), 28800);
	r = rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'days'}");
	assert_int_equal(rig_count(r, "days"), 2);
	r = rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'days', 'all': true}");
	assert_int_equal(rig_count(r, "days"), 4);
	assert_true(json_is_true(
		json_object_get(rig_find(r, "days", "name", "National Day"), "replaced")));
}

static void calendar_day_dry_run_changes_nothing(void **state)
{
	make(*state, "dry");
	rig_dry(*state, "manager", "calendar.Day",
		"{'calendar': 'dry', 'date': '%s', 'closed': true}", day(0));
	assert_int_equal(seconds(*state, "dry", 0, 1), 28800);
}

static void calendar_day_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "date", "'date': '2020-01-01', 'closed': true" },
		{ "date", "'date': '2190-01-01', 'closed': true" },
		{ "date", "'date': '2026-02-30', 'closed': true" },
	};
	static const char *const said[][2] = {
		{ "closed", "" },
		{ "closed", ", 'closed': false" },
		{ "closed", ", 'closed': true, 'like': 'mon'" },
		{ "closed", ", 'like': 'mon', 'hours': '08:00-09:00'" },
		{ "like", ", 'like': 'someday'" },
		{ "hours", ", 'hours': 'closed'" },
		{ "hours", ", 'hours': 'mon 08:00-09:00'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "calendar.Day", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'calendar': 'desk', %s}", bad[i][1]);
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		rig_refused(*state, "manager", "calendar.Day", ST_INVALID_ARGUMENT, said[i][0],
			    "{'calendar': 'desk', 'date': '%s'%s}", day(3), said[i][1]);
	rig_refused(*state, "manager", "calendar.Day", ST_NOT_FOUND, "calendar",
		    "{'calendar': 'none', 'date': '%s', 'closed': true}", day(3));
	rig_refused(*state, "clerk", "calendar.Day", ST_PERMISSION_DENIED, NULL,
		    "{'calendar': 'desk', 'date': '%s', 'closed': true}", day(3));
}

/* -- Counting -- */

static void calendar_hours_and_due_count(void **state)
{
	const json_t *r = rig_ok(*state, "clerk", "calendar.Hours",
				 "{'calendar': 'desk', 'from': '%s 17:30', 'to': '%s 09:00'}",
				 day(4), day(7));

	assert_int_equal(rig_int(r, "seconds"), 14400);
	assert_string_equal(rig_text(r, "time"), "4 h");
	r = rig_ok(*state, "clerk", "calendar.Due",
		   "{'calendar': 'desk', 'from': '%s 17:30', 'minutes': 240}", day(4));
	assert_memory_equal(rig_text(r, "due"), day(7), 10);
	assert_string_equal(rig_text(r, "due") + 10, "T09:00:00+08:00");
	r = rig_ok(*state, "clerk", "calendar.Due", "{'calendar': 'desk', 'minutes': 0}");
	assert_string_equal(rig_text(r, "due"), rig_text(r, "from"));
	rig_refused(*state, "clerk", "calendar.Hours", ST_INVALID_ARGUMENT, "to",
		    "{'calendar': 'desk', 'from': '%s', 'to': '%s'}", day(4), day(3));
	rig_refused(*state, "clerk", "calendar.Hours", ST_INVALID_ARGUMENT, "from",
		    "{'calendar': 'desk', 'from': 'soon'}");
	rig_refused(*state, "clerk", "calendar.Due", ST_INVALID_ARGUMENT, "minutes",
		    "{'calendar': 'desk', 'minutes': -1}");
}

static void calendar_of_others_is_not_found(void **state)
{
	static const char *const reads[] = { "calendar.Show", "calendar.Hours" };

	for (size_t i = 0; i < 2; i++) {
		rig_refused(*state, "clerk", reads[i], ST_NOT_FOUND, "calendar",
			    "{'calendar': 'far'}");
		rig_refused(*state, "clerk", reads[i], ST_NOT_FOUND, "calendar",
			    "{'calendar': 'LAK/far'}");
	}
	rig_refused(*state, "clerk", "calendar.Due", ST_NOT_FOUND, "calendar",
		    "{'calendar': 'LAK/far', 'minutes': 5}");
	rig_refused(*state, "manager", "calendar.Day", ST_NOT_FOUND, "calendar",
		    "{'calendar': 'LAK/far', 'date': '%s', 'closed': true}", day(3));
}

/* -- Files -- */

/* The bytes of a file as a request in JSON has them. */
static const char *hex(const char *text)
{
	static char out[2 * 65536 + 8];
	char *p = out + sprintf(out, "\\\\x");

	assert_true(strlen(text) < 65536);
	for (; *text != '\0'; text++)
		p += sprintf(p, "%02x", (unsigned char)*text);
	return out;
}

/* A file of events; each is lines between BEGIN:VEVENT and END:VEVENT. */
static const char *file_of(const char *const events[], size_t n)
{
	static char out[65536];
	char *p = out + sprintf(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n");

	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "BEGIN:VEVENT\r\nUID:%zu@test\r\n%s\r\nEND:VEVENT\r\n", i,
			     events[i]);
	(void)sprintf(p, "END:VCALENDAR\r\n");
	return out;
}

static const json_t *import(struct rig *rig, const char *calendar, const char *file)
{
	return rig_ok(rig, "supervisor", "calendar.Import", "{'calendar': '%s', 'file': '%s'}",
		      calendar, hex(file));
}

/* What became of a day; 'reason' is a part of it, NULL: there is none. */
static void check_day(const json_t *reply, const char *date, const char *what, const char *name,
		      const char *outcome, const char *reason)
{
	const json_t *d = rig_find(reply, "days", "date", date);

	if (d == NULL)
		fail_msg("nothing is said of %s", date);
	assert_string_equal(rig_text(d, "outcome"), outcome);
	if (what != NULL)
		assert_string_equal(rig_text(d, "what"), what);
	if (name != NULL)
		assert_string_equal(rig_text(d, "name"), name);
	if (reason != NULL)
		assert_non_null(strstr(rig_text(d, "reason"), reason));
	else
		assert_false(rig_has(d, "reason"));
}

static const char *event(const char *start, const char *more)
{
	static char texts[32][400];
	static unsigned next;
	char *text = texts[next++ % 32];

	(void)snprintf(text, sizeof(texts[0]), "DTSTART;VALUE=DATE:%s\r\n%s", start, more);
	return text;
}

static const char *ends(int n, const char *summary)
{
	static char texts[8][200];
	static unsigned next;
	char *text = texts[next++ % 8];

	(void)snprintf(text, sizeof(texts[0]), "DTEND;VALUE=DATE:%s\r\nSUMMARY:%s", stamp(n),
		       summary);
	return text;
}

static void calendar_import_takes_holidays_and_make_up_days(void **state)
{
	const char *events[] = {
		event(stamp(0), ends(3, "国庆节（休）")),
		event(stamp(5), "SUMMARY:国庆节 补班"),
		event(stamp(6), "SUMMARY:Extra\r\nCATEGORIES:Office,Working day"),
		event(stamp(7), "DURATION:P2D\r\nSUMMARY:Non-working day\\, all of it"),
		event(stamp(12), "SUMMARY:Make-up day"),
		event(stamp(13), "SUMMARY:Make-up holiday"),
		event(stamp(13), "SUMMARY:A second name"),
		event(stamp(14), "SUMMARY:\xe4\r\n \xb8\xad\xe7\xa7\r\n\t\x8b"), /* broken inside */
		event(stamp(15), "SUMMARY:Cancelled\r\nSTATUS:CANCELLED"),
	};
	const char *file = file_of(events, sizeof(events) / sizeof(*events));
	const json_t *r;

	make(*state, "imported");
	rig_dry(*state, "supervisor", "calendar.Import", "{'calendar': 'imported', 'file': '%s'}",
		hex(file));
	assert_int_equal(seconds(*state, "imported", 0, 1), 28800);
	r = rig_twice(*state, "supervisor", "calendar.Import",
		      "{'calendar': 'imported', 'file': '%s'}", hex(file));
	assert_int_equal(rig_count(r, "days"), 10);
	assert_int_equal(rig_int(r, "calendar.version"), 2);
	check_day(r, day(0), "closed", "国庆节（休）", "taken", NULL);
	check_day(r, day(2), "closed", "国庆节（休）", "taken", NULL);
	check_day(r, day(5), "like mon", "国庆节 补班", "taken", NULL);
	check_day(r, day(6), "like mon", "Extra", "taken", NULL);
	check_day(r, day(7), "closed", "Non-working day, all of it", "taken", NULL);
	check_day(r, day(8), "closed", "Non-working day, all of it", "taken", NULL);
	check_day(r, day(12), "like mon", "Make-up day", "taken", NULL);
	check_day(r, day(13), "closed", "A second name / Make-up holiday", "taken", NULL);
	check_day(r, day(14), "closed", "中秋", "taken", NULL);
	assert_int_equal(seconds(*state, "imported", 0, 7), 2 * 28800 + 2 * 28800);
	assert_int_equal(seconds(*state, "imported", 12, 13), 28800);
	/* Again it changes nothing. */
	r = import(*state, "imported", file);
	assert_int_equal(rig_count(r, "days"), 10);
	assert_int_equal(rig_int(r, "calendar.version"), 2);
	check_day(r, day(0), "closed", NULL, "unchanged", NULL);
	check_day(r, day(12), "like mon", NULL, "unchanged", NULL);
	r = rig_ok(*state, "supervisor", "calendar.Import",
		   "{'calendar': 'imported', 'file': '%s', 'like': 'saturday'}", hex(file));
	check_day(r, day(12), "like sat", NULL, "taken", NULL);
	check_day(r, day(0), "closed", NULL, "unchanged", NULL);
	assert_int_equal(seconds(*state, "imported", 12, 13), 10800);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "calendar.Show", "{'calendar': 'imported'}"),
			  "days"),
		8);
}

static void calendar_import_follows_rules(void **state)
{
	char yearly[80], weekly[200];
	const char *events[5];
	const json_t *r;

	make(*state, "rules");
	(void)snprintf(yearly, sizeof(yearly), "2004%s", day_as(1, "%m%d"));
	(void)snprintf(weekly, sizeof(weekly),
		       "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;VALUE=DATE:%s\r\nSUMMARY:Weekly",
		       stamp(10));
	events[0] = event(yearly, "RRULE:FREQ=YEARLY\r\nSUMMARY:Yearly");
	events[1] = event(stamp(3), weekly);
	events[2] = event(stamp(0), "RRULE:FREQ=SECONDLY\r\nSUMMARY:Too often");
	events[3] = event(stamp(4),
			  "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\nSUMMARY:Never again");
	events[4] = event("20010101", "RRULE:FREQ=DAILY;UNTIL=20020101\r\nSUMMARY:Long ago");
	r = import(*state, "rules", file_of(events, 5));
	check_day(r, day(1), "closed", "Yearly", "taken", NULL);
	check_day(r, day(3), "closed", "Weekly", "taken", NULL);
	assert_null(rig_find(r, "days", "date", day(10)));
	check_day(r, day(17), "closed", "Weekly", "taken", NULL);
	check_day(r, day(24), "closed", "Weekly", "taken", NULL);
	assert_null(rig_find(r, "days", "date", day(31)));
	check_day(r, day(4), "closed", "Never again", "taken", NULL);
	check_day(r, day(0), "closed", "Too often", "taken", NULL);
	assert_null(rig_find(r, "days", "name", "Long ago"));
	r = import(*state, "rules", file_of(events, 5));
	assert_null(rig_find(r, "days", "outcome", "taken"));
}

static void calendar_import_tells_why_a_day_is_not_taken(void **state)
{
	char timed[100];
	const char *events[] = {
		event("20200101", "SUMMARY:Gone by"),
		event("20990101", "SUMMARY:Far ahead"),
		timed,
		event(stamp(2), "SUMMARY:Holiday"),
		event(stamp(2), "SUMMARY:上班"),
		event(stamp(3), "RECURRENCE-ID;VALUE=DATE:20260101\r\nSUMMARY:Moved"),
		event(stamp(4), "DTEND;VALUE=DATE:20991231\r\nSUMMARY:For ever"),
		"SUMMARY:No day at all",
		event(stamp(5), "SUMMARY:不上班"),
	};
	const json_t *r;

	make(*state, "reasons");
	(void)snprintf(timed, sizeof(timed), "DTSTART:%sT090000\r\nSUMMARY:At nine", stamp(1));
	r = import(*state, "reasons", file_of(events, sizeof(events) / sizeof(*events)));
	check_day(r, "2020-01-01", "closed", "Gone by", "skipped", "over");
	check_day(r, "2099-01-01", "closed", "Far ahead", "skipped", "ahead");
	check_day(r, day(1), NULL, "At nine", "rejected", "all day");
	check_day(r, day(2), NULL, NULL, "rejected", "both");
	check_day(r, day(3), NULL, "Moved", "rejected", "series");
	check_day(r, day(4), NULL, "For ever", "rejected", "longer than a year");
	check_day(r, day(5), "closed", "不上班", "taken", NULL);
	assert_string_equal(rig_text(rig_find(r, "days", "name", "No day at all"), "outcome"),
			    "rejected");
	assert_int_equal(rig_count(r, "days"), 8);
	assert_int_equal(seconds(*state, "reasons", 0, 5), 5 * 28800);
}

static void calendar_import_refuses_what_is_no_calendar(void **state)
{
	static const struct {
		const char *reason, *file;
	} bad[] = {
		{ "NO_EVENTS", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" },
		{ "NO_EVENTS", "hello" },
		{ "NO_EVENTS", "BEGIN:VEVENT\r\nEND:VEVENT\r\n" },
		{ "NO_EVENTS", "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n" },
		{ "NO_EVENTS", "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n"
			       "END:VTODO\r\nEND:VCALENDAR\r\n" },
		{ "NO_EVENTS", "END:VEVENT\nEND:VCALENDAR\nEND:VALARM\n" },
		{ "NOT_UTF8", "BEGIN:VCALENDAR\r\nX:\xff\r\nEND:VCALENDAR\r\n" },
		{ "CUT_SHORT",
		  "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261001\r\n" },
		{ "CUT_SHORT",
		  "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VALARM\r\nEND:VEVENT\r\n" },
	};
	const char *daily[8];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rig_result r = rig_refused(
			*state, "manager", "calendar.Import", ST_INVALID_ARGUMENT, "file",
			"{'calendar': 'desk', 'file': '%s'}", hex(bad[i].file));

		assert_string_equal(r.err.reason, bad[i].reason);
	}
	for (size_t i = 0; i < 8; i++)
		daily[i] = event(stamp((int)i), "RRULE:FREQ=DAILY\r\nSUMMARY:Every day");
	rig_refused(*state, "manager", "calendar.Import", ST_INVALID_ARGUMENT, "file",
		    "{'calendar': 'desk', 'file': '%s'}", hex(file_of(daily, 8)));
	rig_refused(*state, "manager", "calendar.Import", ST_INVALID_ARGUMENT, "file",
		    "{'calendar': 'desk', 'file': '\\\\x'}");
	rig_refused(*state, "manager", "calendar.Import", ST_INVALID_ARGUMENT, "like",
		    "{'calendar': 'desk', 'like': 'x', 'file': '%s'}", hex(file_of(daily, 1)));
	rig_refused(*state, "manager", "calendar.Import", ST_NOT_FOUND, "calendar",
		    "{'calendar': 'LAK/far', 'file': '%s'}", hex(file_of(daily, 1)));
	rig_refused(*state, "clerk", "calendar.Import", ST_PERMISSION_DENIED, NULL,
		    "{'calendar': 'desk', 'file': '%s'}", hex(file_of(daily, 1)));
}

/* -- Where it stands -- */

static void calendar_follows_the_zone_of_its_property(void **state)
{
	const json_t *r;

	rig_elsewhere(*state, "calendar.Set",
		      "{'calendar': 'moved', 'hours': 'mon-sun 08:00-09:00'}");
	rig_elsewhere(*state, "property.Edit", "{'code': 'LAK', 'zone': 'Europe/Berlin'}");
	r = rig_elsewhere(*state, "calendar.Due",
			  "{'calendar': 'moved', 'from': '%s 00:00', 'minutes': 60}", day(0));
	assert_memory_equal(rig_text(r, "due"), day(0), 10);
	assert_memory_equal(rig_text(r, "due") + 10, "T09:00:00", 9);
	rig_elsewhere(*state, "property.Edit", "{'code': 'LAK', 'zone': 'Asia/Shanghai'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calendar_set_gives_what_was_said),
		cmocka_unit_test(calendar_list_and_show_tell_everybody),
		cmocka_unit_test(calendar_set_changes_from_a_day_on),
		cmocka_unit_test(calendar_set_names_the_bad_field),
		cmocka_unit_test(calendar_day_closes_and_opens),
		cmocka_unit_test(calendar_day_dry_run_changes_nothing),
		cmocka_unit_test(calendar_day_names_the_bad_field),
		cmocka_unit_test(calendar_hours_and_due_count),
		cmocka_unit_test(calendar_of_others_is_not_found),
		cmocka_unit_test(calendar_import_takes_holidays_and_make_up_days),
		cmocka_unit_test(calendar_import_follows_rules),
		cmocka_unit_test(calendar_import_tells_why_a_day_is_not_taken),
		cmocka_unit_test(calendar_import_refuses_what_is_no_calendar),
		cmocka_unit_test(calendar_follows_the_zone_of_its_property),
	};

	return cmocka_run_group_tests_name("calendar", tests, prepare, rig_down);
}
