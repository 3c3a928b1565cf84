/* Files: how they arrive part by part, what is taken and what is not, where they stand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/attach.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'}");
	(void)rig_ok(*state, "manager", "party.Add", "{'name': 'Wang'}");
	(void)rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	(void)rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	(void)rig_elsewhere(*state, "case.Open",
			    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	return 0;
}

static int finish(void **state)
{
	attach_free();
	return rig_down(state);
}

static void attachment_arrives_in_parts(void **state)
{
	const struct attach_file *f = attach_photo(2 * ATTACH_PART + 1000, 1);
	const char *c = attach_case(*state), *upload;
	const json_t *b = attach_begin(*state, "clerk", c, f, "leak.jpg", ", 'note': 'The valve'"),
		     *a, *e;

	assert_false(rig_has(b, "attachment"));
	assert_int_equal(rig_int(b, "offset"), 0);
	upload = rig_text(b, "upload");
	attach_put_all(*state, "clerk", upload, f);
	a = json_object_get(
		rig_twice(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", upload),
		"attachment");
	assert_string_equal(rig_text(a, "id"), upload);
	assert_memory_equal(rig_text(a, "number"), "A-", 2);
	assert_string_equal(rig_text(a, "subject"), c);
	assert_string_equal(rig_text(a, "entity"), "case");
	assert_string_equal(rig_text(a, "name"), "leak.jpg");
	assert_string_equal(rig_text(a, "media_type"), "image/jpeg");
	assert_int_equal(rig_int(a, "size"), (int64_t)f->len);
	assert_string_equal(rig_text(a, "sha256"), f->sha256);
	assert_string_equal(rig_text(a, "note"), "The valve");
	assert_string_equal(rig_text(a, "added_by"), "clerk");
	assert_int_equal(attach_fetch(*state, "clerk", rig_text(a, "number"), 0, f).code, ST_OK);
	e = rig_find(rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", c), "timeline", "verb",
		     "attach");
	assert_non_null(strstr(rig_text(e, "text"), "leak.jpg: The valve"));
	assert_string_equal(rig_text(rig_ok(*state, "director", "attachment.Show",
					    "{'attachment': '%s'}", rig_text(a, "number")),
				     "sha256"),
			    f->sha256);
	/* Ended already: another call says the same. */
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", upload),
			 "attachment.number"),
		rig_text(a, "number"));
	attach_put(*state, "clerk", upload, f, ATTACH_PART);
}

static void attachment_goes_on_where_it_broke_off(void **state)
{
	const struct attach_file *f = attach_photo(3 * ATTACH_PART, 2),
				 *other = attach_photo(ATTACH_PART, 3);
	const char *c = attach_case(*state);
	const json_t *b = attach_begin(*state, "clerk", c, f, "a.jpg", ""), *again;
	const char *upload = rig_text(b, "upload");

	attach_put(*state, "clerk", upload, f, 0);
	again = attach_begin(*state, "clerk", c, f, "a.jpg", "");
	assert_string_equal(rig_text(again, "upload"), upload);
	assert_int_equal(rig_int(again, "offset"), (int64_t)ATTACH_PART);
	/* The same part once more is no harm, another one in its place is, and so is a gap. */
	attach_put(*state, "clerk", upload, f, 0);
	attach_put_refused(*state, "clerk", upload, 0, other->data, ATTACH_PART,
			   ST_FAILED_PRECONDITION, "PART_DIFFERS");
	attach_put_refused(*state, "clerk", upload, 2 * ATTACH_PART, f->data, ATTACH_PART,
			   ST_FAILED_PRECONDITION, "UPLOAD_GAP");
	attach_put(*state, "clerk", upload, f, ATTACH_PART);
	attach_put(*state, "clerk", upload, f, 2 * ATTACH_PART);
	assert_int_equal(rig_int(attach_begin(*state, "clerk", c, f, "a.jpg", ""), "offset"),
			 (int64_t)f->len);
	assert_int_equal(rig_int(attach_begin(*state, "clerk", c, f, "a.jpg", ", 'restart': true"),
				 "offset"),
			 0);
	attach_put_all(*state, "clerk", upload, f);
	(void)rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", upload);
}

static void attachment_upload_is_its_beginners_own(void **state)
{
	const struct attach_file *f = attach_photo(2 * ATTACH_PART, 4);
	const char *c = attach_case(*state);
	const char *upload = rig_text(attach_begin(*state, "clerk", c, f, "a.jpg", ""), "upload");
	const json_t *b;

	attach_put(*state, "clerk", upload, f, 0);
	attach_put_refused(*state, "operator", upload, ATTACH_PART, f->data + ATTACH_PART,
			   ATTACH_PART, ST_NOT_FOUND, "UPLOAD_UNKNOWN");
	attach_put_refused(*state, "foreign", upload, ATTACH_PART, f->data + ATTACH_PART,
			   ATTACH_PART, ST_NOT_FOUND, "UPLOAD_UNKNOWN");
	rig_refused(*state, "operator", "attachment.Finish", ST_NOT_FOUND, "upload",
		    "{'upload': '%s'}", upload);
	b = attach_begin(*state, "operator", c, f, "a.jpg", "");
	assert_string_not_equal(rig_text(b, "upload"), upload);
	assert_int_equal(rig_int(b, "offset"), 0);
}

static void attachment_of_the_same_content_is_kept_once(void **state)
{
	const struct attach_file *f = attach_photo(ATTACH_PART + 5, 5);
	const char *c = attach_case(*state), *d = attach_case(*state), *mine, *his;
	const json_t *a = attach_whole(*state, "clerk", c, f, "a.jpg"), *b;
	char sql[200];

	/* Nothing has to be sent any more. */
	b = attach_begin(*state, "operator", d, f, "b.jpg", "");
	assert_false(rig_has(b, "upload"));
	assert_string_equal(rig_text(b, "attachment.subject"), d);
	assert_string_equal(rig_text(b, "attachment.name"), "b.jpg");
	assert_string_not_equal(rig_text(b, "attachment.number"), rig_text(a, "number"));
	assert_int_equal(attach_fetch(*state, "clerk", rig_text(b, "attachment.number"), 0, f).code,
			 ST_OK);
	/* At the same case it is the one that is there. */
	b = attach_begin(*state, "operator", c, f, "c.jpg", "");
	assert_string_equal(rig_text(b, "attachment.number"), rig_text(a, "number"));
	rig_refused(*state, "clerk", "attachment.Begin", ST_INVALID_ARGUMENT, "size",
		    "{'to': '%s', 'name': 'x', 'size': 7, 'sha256': '%s'}", c, f->sha256);
	/* Two who bring it at the same time. */
	f = attach_photo(ATTACH_PART + 5, 6);
	mine = rig_text(attach_begin(*state, "clerk", c, f, "a.jpg", ""), "upload");
	his = rig_text(attach_begin(*state, "operator", d, f, "a.jpg", ""), "upload");
	attach_put_all(*state, "clerk", mine, f);
	attach_put_all(*state, "operator", his, f);
	(void)rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", mine);
	b = rig_ok(*state, "operator", "attachment.Finish", "{'upload': '%s'}", his);
	assert_int_equal(attach_fetch(*state, "clerk", rig_text(b, "attachment.number"), 0, f).code,
			 ST_OK);
	(void)snprintf(sql, sizeof(sql), "blob where sha256 = '\\x%s'", f->sha256);
	assert_int_equal(attach_count(*state, sql), 1);
	(void)snprintf(sql, sizeof(sql), "blob_part where upload_id in ('%s', '%s')", mine, his);
	assert_int_equal(attach_count(*state, sql), 2);
}

static void attachment_is_what_was_announced(void **state)
{
	const struct attach_file *f = attach_photo(ATTACH_PART + 5, 7),
				 *other = attach_photo(ATTACH_PART + 5, 8);
	const char *c = attach_case(*state);
	const char *upload = rig_text(attach_begin(*state, "clerk", c, f, "a.jpg", ""), "upload");
	struct rig_result r;

	/* Parts of the wrong length, and one that does not begin where parts do. */
	attach_put_refused(*state, "clerk", upload, 0, f->data, ATTACH_PART - 1,
			   ST_INVALID_ARGUMENT, "PART_SIZE");
	attach_put_refused(*state, "clerk", upload, 5, f->data, ATTACH_PART, ST_INVALID_ARGUMENT,
			   "PART_SIZE");
	attach_put(*state, "clerk", upload, other, 0);
	attach_put_refused(*state, "clerk", upload, ATTACH_PART, f->data, 6, ST_INVALID_ARGUMENT,
			   "PART_SIZE");
	attach_put_refused(*state, "clerk", upload, 2 * ATTACH_PART, f->data, 5,
			   ST_INVALID_ARGUMENT, "PART_SIZE");
	r = rig_refused(*state, "clerk", "attachment.Finish", ST_FAILED_PRECONDITION, "upload",
			"{'upload': '%s'}", upload);
	assert_string_equal(r.err.reason, "UPLOAD_INCOMPLETE");
	attach_put(*state, "clerk", upload, other, ATTACH_PART);
	r = rig_refused(*state, "clerk", "attachment.Finish", ST_INVALID_ARGUMENT, "upload",
			"{'upload': '%s'}", upload);
	assert_string_equal(r.err.reason, "CONTENT_DIFFERS");
	/* It can be sent again. */
	(void)attach_begin(*state, "clerk", c, f, "a.jpg", ", 'restart': true");
	attach_put_all(*state, "clerk", upload, f);
	(void)rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", upload);
}

static void attachment_is_of_a_kind_that_is_kept(void **state)
{
	static const struct {
		const char *content, *type;
	} good[] = {
		{ "Dear Sirs, the tap drips. \xe6\xb0\xb4\n", "text/plain" },
		{ "%PDF-1.4\n1 0 obj\n", "application/pdf" },
		{ "GIF89a\1...............", "image/gif" },
		{ "#!AMR\n<<<<<<<<<<", "audio/amr" },
		{ "Received: from x\nFrom: a@b\nTo: c@d\nSubject: tap\n\nIt drips.\n",
		  "message/rfc822" },
	};
	static const char *const bad[] = {
		"<!DOCTYPE html><html><body>x</body></html>",
		"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>",
		"#!/bin/sh\nrm -rf /\n",
		"#!/usr/bin/env python3\nprint(1)\n",
		"@echo off\r\ndir\r\n",
		"\177ELF\2\1\1",
	};
	const char *c = attach_case(*state);

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(rig_text(attach_whole(*state, "clerk", c,
							  attach_text(good[i].content), "file"),
					     "media_type"),
				    good[i].type);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct attach_file *f = attach_text(bad[i]);
		const json_t *b = attach_begin(*state, "clerk", c, f, "photo.jpg", "");
		struct st_err err;

		/* Whatever the client says it is. */
		(void)attach_put_bytes(*state, "clerk", rig_text(b, "upload"), 0, f->data, f->len,
				       "image/jpeg", &err);
		if (err.code != ST_INVALID_ARGUMENT || strcmp(err.reason, "MEDIA_TYPE") != 0)
			fail_msg("%.20s: %s %s", bad[i], st_code_name(err.code), err.reason);
		assert_string_equal(err.field, "data");
	}
}

static void attachment_has_a_limit(void **state)
{
	const char *c = attach_case(*state);
	struct attach_file *long_text = attach_new();
	const struct attach_file *f = attach_photo(ATTACH_PART + 1, 9);
	const json_t *b;

	long_text->len = (size_t)3 << 20;
	long_text->data = malloc(long_text->len);
	memset(long_text->data, 'a', long_text->len);
	attach_digest(long_text);
	b = attach_begin(*state, "clerk", c, long_text, "long.txt", "");
	attach_put_refused(*state, "clerk", rig_text(b, "upload"), 0, long_text->data, ATTACH_PART,
			   ST_INVALID_ARGUMENT, "TOO_LARGE");
	b = attach_begin(*state, "clerk", c, f, "a.jpg", "");
	attach_put_refused(*state, "clerk", rig_text(b, "upload"), 0, f->data, ATTACH_PART + 1,
			   ST_INVALID_ARGUMENT, "TOO_LONG");
	attach_put_refused(*state, "clerk", rig_text(b, "upload"), 0, long_text->data,
			   2 * ATTACH_PART, ST_INVALID_ARGUMENT, "TOO_LARGE");
}

static void attachment_begin_names_the_bad_field(void **state)
{
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	static const char *const bad[][2] = {
		{ "name", "'to': 'C-1001', 'size': 1, 'sha256': '" HASH "'" },
		{ "size", "'to': 'C-1001', 'name': 'x', 'sha256': '" HASH "'" },
		{ "size", "'to': 'C-1001', 'name': 'x', 'size': 0, 'sha256': '" HASH "'" },
		{ "size", "'to': 'C-1001', 'name': 'x', 'size': 20971521, 'sha256': '" HASH "'" },
		{ "sha256", "'to': 'C-1001', 'name': 'x', 'size': 1" },
		{ "sha256", "'to': 'C-1001', 'name': 'x', 'size': 1, 'sha256': 'abc'" },
		{ "kind",
		  "'to': 'C-1001', 'name': 'x', 'size': 1, 'sha256': '" HASH "', 'kind': 'door'" },
		{ "kind", "'to': '0193b3a2-0000-7000-8000-000000000001', 'name': 'x', 'size': 1, "
			  "'sha256': '" HASH "'" },
	};
	static const char *const unknown[] = { "C-9999", "W-9999", "P-9999", "9-9-9999",
					       "LAK/C-1001" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_refused(*state, "clerk", "attachment.Begin", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		rig_refused(*state, "clerk", "attachment.Begin", ST_NOT_FOUND, "to",
			    "{'to': '%s', 'name': 'x', 'size': 1, 'sha256': '" HASH "'}",
			    unknown[i]);
}

static void attachment_put_and_get_name_the_bad_field(void **state)
{
#define UPLOAD "'upload': '0193b3a2-0000-7000-8000-000000000001'"
	static const char *const bad[][2] = {
		{ "upload", "'offset': 0, 'data': '\\\\x00'" },
		{ "upload", "'upload': 'x', 'offset': 0, 'data': '\\\\x00'" },
		{ "offset", UPLOAD ", 'data': '\\\\x00'" },
		{ "offset", UPLOAD ", 'offset': -1, 'data': '\\\\x00'" },
		{ "offset", UPLOAD ", 'offset': 20971520, 'data': '\\\\x00'" },
		{ "data", UPLOAD ", 'offset': 0" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_refused(*state, "clerk", "attachment.Put", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	rig_refused(*state, "clerk", "attachment.Put", ST_NOT_FOUND, "upload",
		    "{" UPLOAD ", 'offset': 0, 'data': '\\\\x00'}");
	rig_refused(*state, "clerk", "attachment.Get", ST_INVALID_ARGUMENT, "attachment", "{}");
	rig_refused(*state, "clerk", "attachment.Get", ST_INVALID_ARGUMENT, "offset",
		    "{'attachment': 'A-1001', 'offset': -1}");
	rig_refused(*state, "clerk", "attachment.Get", ST_NOT_FOUND, "attachment",
		    "{'attachment': 'A-9999'}");
}

static void attachment_names_are_clean(void **state)
{
	static const char *const names[][2] = {
		{ "photo.JPG", "photo.JPG" },
		{ "C:\\\\Users\\\\li\\\\photo.jpeg", "photo.jpeg" },
		{ "../../etc/passwd", "passwd.jpg" },
		{ "...hidden.jpg", "hidden.jpg" },
		{ "/", "file.jpg" },
		{ "run.exe", "run.exe.jpg" },
		{ "a\\n\\u202eb.jpg", "ab.jpg" },
		{ " \xe6\xb0\xb4\xe9\xbe\x99\xe5\xa4\xb4.jpg",
		  "\xe6\xb0\xb4\xe9\xbe\x99\xe5\xa4\xb4.jpg" },
	};
	const struct attach_file *f = attach_photo(100, 10);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(
			rig_text(attach_whole(*state, "clerk", attach_case(*state), f, names[i][0]),
				 "name"),
			names[i][1]);
}

static void attachment_stands_at_orders_customers_and_places(void **state)
{
	const struct attach_file *f = attach_photo(200, 11);
	const char *c = attach_case(*state), *w;
	const json_t *a;

	w = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", c),
		"order.number");
	a = attach_whole(*state, "technician", w, f, "done.jpg");
	assert_string_equal(rig_text(a, "subject"), w);
	assert_string_equal(rig_text(a, "entity"), "order");
	assert_non_null(
		strstr(rig_text(rig_find(rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", c),
					 "timeline", "verb", "attach"),
				"text"),
		       w));
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "attachment.List", "{'order': '%s'}", w),
				   "attachments"),
			 1);
	a = attach_whole(*state, "cashier", "P-1001", f, "contract.jpg");
	assert_string_equal(rig_text(a, "entity"), "party");
	assert_string_equal(rig_text(a, "subject"), "P-1001");
	a = attach_whole(*state, "quality", "3-1-1202", f, "kitchen.jpg");
	assert_string_equal(rig_text(a, "entity"), "place");
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "attachment.List", "{'party': 'P-1001'}"),
			  "attachments"),
		1);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "attachment.List", "{'place': '3-1-1202'}"),
			  "attachments"),
		1);
	/* A case is tried where its kind is said. */
	rig_refused(*state, "clerk", "attachment.Begin", ST_NOT_FOUND, "to",
		    "{'to': 'P-1001', 'kind': 'place', 'name': 'x', 'size': 1, 'sha256': '%s'}",
		    f->sha256);
}

static void attachment_list_shows_the_newest_on_top(void **state)
{
	const char *c = attach_case(*state), *first, *second;
	const json_t *list;

	first = rig_text(attach_whole(*state, "clerk", c, attach_photo(300, 12), "1.jpg"),
			 "number");
	second = rig_text(attach_whole(*state, "clerk", c, attach_photo(300, 13), "2.jpg"),
			  "number");
	list = rig_ok(*state, "clerk", "attachment.List", "{'case': '%s'}", c);
	assert_int_equal(rig_count(list, "attachments"), 2);
	assert_string_equal(rig_text(list, "attachments.0.number"), second);
	assert_string_equal(rig_text(list, "attachments.1.number"), first);
	list = rig_ok(*state, "clerk", "attachment.List", "{'case': '%s', 'after': '%s'}", c,
		      rig_text(list, "attachments.0.cursor"));
	assert_int_equal(rig_count(list, "attachments"), 1);
	list = rig_ok(*state, "administrator", "attachment.List", "{'limit': 1}");
	assert_int_equal(rig_count(list, "attachments"), 1);
	assert_string_equal(rig_text(list, "attachments.0.number"), second);
	rig_refused(*state, "clerk", "attachment.List", ST_INVALID_ARGUMENT, "case",
		    "{'case': '%s', 'party': 'P-1001'}", c);
	rig_refused(*state, "clerk", "attachment.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
	rig_refused(*state, "clerk", "attachment.List", ST_NOT_FOUND, "case", "{'case': 'C-9999'}");
}

static void attachment_of_others_is_not_found(void **state)
{
	const struct attach_file *f = attach_photo(400, 14);
	const json_t *a = attach_whole(*state, "clerk", attach_case(*state), f, "secret.jpg"), *b;
	const char *names[] = { rig_text(a, "id"), "SUN/A-1001" };

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(rig_call(*state, "foreign", "LAK", "attachment.Show",
					  i == 0 ? "{'attachment': 'SUN/A-1001'}"
						 : "{'attachment': 'A-1001'}",
					  NULL)
					 .err.code,
				 ST_NOT_FOUND);
		attach_fetch_refused(*state, "foreign", names[i], 0, f, ST_NOT_FOUND,
				     "ATTACHMENT_UNKNOWN");
	}
	assert_int_equal(rig_count(rig_elsewhere(*state, "attachment.List", "{}"), "attachments"),
			 0);
	/* Nor is it known there that such content is here. */
	b = rig_elsewhere(*state, "attachment.Begin",
			  "{'to': 'C-1001', 'name': 'x', 'size': %zu, 'sha256': '%s'}", f->len,
			  f->sha256);
	assert_false(rig_has(b, "attachment"));
}

static void attachment_remove_ends_handing_out(void **state)
{
	const struct attach_file *f = attach_photo(ATTACH_PART + 1, 15);
	const char *c = attach_case(*state), *n, *upload;
	const json_t *r;
	char sql[200];

	n = rig_text(attach_whole(*state, "clerk", c, f, "wrong.jpg"), "number");
	rig_refused(*state, "clerk", "attachment.Remove", ST_PERMISSION_DENIED, NULL,
		    "{'attachment': '%s', 'why': 'x'}", n);
	rig_dry(*state, "manager", "attachment.Remove", "{'attachment': '%s', 'why': 'x'}", n);
	assert_int_equal(attach_fetch(*state, "clerk", n, 0, f).code, ST_OK);
	r = rig_twice(*state, "supervisor", "attachment.Remove",
		      "{'attachment': '%s', 'why': 'Shows somebody else'}", n);
	assert_string_equal(rig_text(r, "removed_by"), "supervisor");
	assert_string_equal(rig_text(r, "removed_why"), "Shows somebody else");
	assert_true(rig_has(r, "removed_at"));
	attach_fetch_refused(*state, "manager", n, 0, f, ST_FAILED_PRECONDITION,
			     "ATTACHMENT_REMOVED");
	rig_refused(*state, "supervisor", "attachment.Remove", ST_FAILED_PRECONDITION, "attachment",
		    "{'attachment': '%s', 'why': 'again'}", n);
	r = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", c);
	assert_non_null(strstr(rig_text(rig_find(r, "timeline", "verb", "detach"), "text"),
			       "wrong.jpg: Shows somebody else"));
	r = rig_ok(*state, "clerk", "attachment.List", "{'case': '%s'}", c);
	assert_int_equal(rig_count(r, "attachments"), 0);
	r = rig_ok(*state, "clerk", "attachment.List", "{'case': '%s', 'removed': true}", c);
	assert_string_equal(rig_text(r, "attachments.0.number"), n);
	/* Who attaches it again must have it: its SHA-256 alone brings nothing back. */
	upload = rig_text(attach_begin(*state, "clerk", c, f, "again.jpg", ""), "upload");
	attach_put_all(*state, "clerk", upload, f);
	r = rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}", upload);
	assert_string_not_equal(rig_text(r, "attachment.number"), n);
	assert_int_equal(attach_fetch(*state, "clerk", rig_text(r, "attachment.number"), 0, f).code,
			 ST_OK);
	(void)snprintf(sql, sizeof(sql), "blob_part where upload_id = '%s'", upload);
	assert_int_equal(attach_count(*state, sql), 0);
}

static void attachment_begin_can_be_tried(void **state)
{
	const struct attach_file *f = attach_photo(500, 16);
	const char *c = attach_case(*state);
	char request[400];
	const json_t *first, *second;

	(void)snprintf(request, sizeof(request),
		       "{'to': '%s', 'name': 'a.jpg', 'size': %zu, 'sha256': '%s'}", c, f->len,
		       f->sha256);
	(void)rig_dry(*state, "clerk", "attachment.Begin", "%s", request);
	first = rig_twice(*state, "clerk", "attachment.Begin", "%s", request);
	(void)rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", c);
	attach_put_all(*state, "clerk", rig_text(first, "upload"), f);
	(void)rig_ok(*state, "clerk", "attachment.Finish", "{'upload': '%s'}",
		     rig_text(first, "upload"));
	second = rig_dry(*state, "clerk", "attachment.Begin", "%s", request);
	assert_string_equal(rig_text(second, "attachment.id"), rig_text(first, "upload"));
}

static void attachment_uploads_are_forgotten_after_a_day(void **state)
{
	const struct attach_file *f = attach_photo(2 * ATTACH_PART, 17);
	const char *c = attach_case(*state);
	const char *upload = rig_text(attach_begin(*state, "clerk", c, f, "a.jpg", ""), "upload");
	char sql[300];

	attach_put(*state, "clerk", upload, f, 0);
	(void)snprintf(sql, sizeof(sql),
		       "update steward.blob_upload set expires_at = now() - interval '1 second' "
		       "where id = '%s'",
		       upload);
	(void)rig_sql(*state, sql);
	attach_put_refused(*state, "clerk", upload, ATTACH_PART, f->data + ATTACH_PART, ATTACH_PART,
			   ST_NOT_FOUND, "UPLOAD_UNKNOWN");
	(void)attach_begin(*state, "operator", c, attach_photo(600, 18), "b.jpg", "");
	(void)snprintf(sql, sizeof(sql), "blob_upload where id = '%s'", upload);
	assert_int_equal(attach_count(*state, sql), 0);
	(void)snprintf(sql, sizeof(sql), "blob_part where upload_id = '%s'", upload);
	assert_int_equal(attach_count(*state, sql), 0);
}

/* What became content stays, whoever asks. */
static void attachment_content_cannot_be_taken_away(void **state)
{
	const json_t *a = attach_whole(*state, "clerk", attach_case(*state), attach_photo(700, 19),
				       "a.jpg");
	char sql[400];

	(void)snprintf(
		sql, sizeof(sql),
		"do $$ begin delete from steward.blob_part where upload_id = '%s'; raise "
		"'deleted'; exception when sqlstate 'STPRE' then null; end $$; select 'kept'",
		rig_text(a, "id"));
	assert_string_equal(rig_sql(*state, sql), "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attachment_arrives_in_parts),
		cmocka_unit_test(attachment_goes_on_where_it_broke_off),
		cmocka_unit_test(attachment_upload_is_its_beginners_own),
		cmocka_unit_test(attachment_of_the_same_content_is_kept_once),
		cmocka_unit_test(attachment_is_what_was_announced),
		cmocka_unit_test(attachment_is_of_a_kind_that_is_kept),
		cmocka_unit_test(attachment_has_a_limit),
		cmocka_unit_test(attachment_begin_names_the_bad_field),
		cmocka_unit_test(attachment_put_and_get_name_the_bad_field),
		cmocka_unit_test(attachment_names_are_clean),
		cmocka_unit_test(attachment_stands_at_orders_customers_and_places),
		cmocka_unit_test(attachment_list_shows_the_newest_on_top),
		cmocka_unit_test(attachment_of_others_is_not_found),
		cmocka_unit_test(attachment_remove_ends_handing_out),
		cmocka_unit_test(attachment_begin_can_be_tried),
		cmocka_unit_test(attachment_uploads_are_forgotten_after_a_day),
		cmocka_unit_test(attachment_content_cannot_be_taken_away),
	};

	return cmocka_run_group_tests_name("attachment", tests, prepare, finish);
}
