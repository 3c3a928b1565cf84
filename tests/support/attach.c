#include "tests/support/attach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pki.h"
#include "proto/attachment.pb-c.h"

#define PHOTO "\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
#define FILES 60

static struct attach_file files[FILES];
static size_t n_files;

struct attach_file *attach_new(void)
{
	assert_true(n_files < FILES);
	return &files[n_files++];
}

void attach_free(void)
{
	for (size_t i = 0; i < n_files; i++)
		free(files[i].data);
	n_files = 0;
}

void attach_digest(struct attach_file *f)
{
	uint8_t digest[32];

	sha256(f->data, f->len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(f->sha256 + 2 * i, 3, "%02x", digest[i]);
}

/* A file that begins like this and has noise behind it, the same for the same seed. */
static const struct attach_file *attach_made(const char *head, size_t head_len, size_t len,
					     unsigned seed)
{
	struct attach_file *f = attach_new();
	uint64_t x = seed * 2654435761u + 1;

	f->data = malloc(len);
	f->len = len;
	assert_non_null(f->data);
	for (size_t i = 0; i < len; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		f->data[i] = i < head_len ? (uint8_t)head[i] : (uint8_t)(x >> 56);
	}
	attach_digest(f);
	return f;
}

const struct attach_file *attach_photo(size_t len, unsigned seed)
{
	return attach_made(PHOTO, sizeof(PHOTO) - 1, len, seed);
}

const struct attach_file *attach_text(const char *content)
{
	return attach_made(content, strlen(content), strlen(content), 0);
}

const json_t *attach_begin(struct rig *rig, const char *who, const char *to,
			   const struct attach_file *f, const char *name, const char *more)
{
	return rig_ok(rig, who, "attachment.Begin",
		      "{'to': '%s', 'name': '%s', 'size': %zu, 'sha256': '%s'%s}", to, name, f->len,
		      f->sha256, more);
}

int64_t attach_put_bytes(struct rig *rig, const char *who, const char *upload, size_t offset,
			 const uint8_t *data, size_t len, const char *media_type,
			 struct st_err *err)
{
	Steward__Attachment__PutRequest rq = STEWARD__ATTACHMENT__PUT_REQUEST__INIT;
	struct call_options o = { .property = strcmp(who, "foreign") == 0 ? "LAK" : "SUN" };
	struct call_result r;
	struct arena mem;
	int64_t arrived = -1;

	rq.upload = (char *)upload;
	rq.has_offset = rq.has_data = true;
	rq.offset = (int64_t)offset;
	rq.data.data = (uint8_t *)data;
	rq.data.len = len;
	rq.media_type = (char *)media_type;
	arena_init(&mem, 16u << 20);
	(void)client_call(rig_client(rig, who), rpc_find("attachment.Put"), &rq.base, &o, &mem, &r);
	*err = r.err;
	if (r.n_violations > 0)
		(void)snprintf(err->field, sizeof(err->field), "%s", r.violations[0].field);
	if (r.err.code == ST_OK)
		arrived = ((const Steward__Attachment__PutReply *)r.reply)->offset;
	arena_fini(&mem);
	return arrived;
}

static size_t attach_part_len(const struct attach_file *f, size_t offset)
{
	return f->len - offset < ATTACH_PART ? f->len - offset : ATTACH_PART;
}

void attach_put(struct rig *rig, const char *who, const char *upload, const struct attach_file *f,
		size_t offset)
{
	struct st_err err;
	size_t len = attach_part_len(f, offset);
	int64_t arrived = attach_put_bytes(rig, who, upload, offset, f->data + offset, len, NULL,
					   &err);

	if (err.code != ST_OK)
		fail_msg("Put at %zu: %s %s", offset, err.reason, err.message);
	assert_true(arrived >= (int64_t)(offset + len));
}

void attach_put_refused(struct rig *rig, const char *who, const char *upload, size_t offset,
			const uint8_t *data, size_t len, enum st_code code, const char *reason)
{
	struct st_err err;

	(void)attach_put_bytes(rig, who, upload, offset, data, len, NULL, &err);
	if (err.code != code || strcmp(err.reason, reason) != 0)
		fail_msg("expected %s %s, got %s %s: %s", st_code_name(code), reason,
			 st_code_name(err.code), err.reason, err.message);
}

void attach_put_all(struct rig *rig, const char *who, const char *upload,
		    const struct attach_file *f)
{
	for (size_t at = 0; at < f->len; at += ATTACH_PART)
		attach_put(rig, who, upload, f, at);
}

const json_t *attach_whole(struct rig *rig, const char *who, const char *to,
			   const struct attach_file *f, const char *name)
{
	const json_t *b = attach_begin(rig, who, to, f, name, "");

	if (rig_has(b, "attachment"))
		return json_object_get(b, "attachment");
	attach_put_all(rig, who, rig_text(b, "upload"), f);
	return json_object_get(
		rig_ok(rig, who, "attachment.Finish", "{'upload': '%s'}", rig_text(b, "upload")),
		"attachment");
}

const char *attach_case(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'x'}"),
			"number");
}

int64_t attach_count(struct rig *rig, const char *sql)
{
	char query[400];

	(void)snprintf(query, sizeof(query), "set search_path = steward; select count(*) from %s",
		       sql);
	return strtoll(rig_sql(rig, query), NULL, 10);
}

struct attach_fetched {
	uint8_t *data;
	size_t len, room, messages;
	char name[300];
};

static bool attach_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct attach_fetched *g = arg;
	const Steward__Attachment__Part *p = (const Steward__Attachment__Part *)msg;

	if (g->messages++ == 0) {
		assert_non_null(p->attachment);
		assert_false(p->has_data);
		(void)snprintf(g->name, sizeof(g->name), "%s", p->attachment->name);
		return true;
	}
	assert_null(p->attachment);
	assert_true(p->data.len > 0 && p->data.len <= ATTACH_PART &&
		    g->len + p->data.len <= g->room);
	memcpy(g->data + g->len, p->data.data, p->data.len);
	g->len += p->data.len;
	return true;
}

struct st_err attach_fetch(struct rig *rig, const char *who, const char *attachment, size_t offset,
			   const struct attach_file *f)
{
	Steward__Attachment__GetRequest rq = STEWARD__ATTACHMENT__GET_REQUEST__INIT;
	struct call_options o = { .property = strcmp(who, "foreign") == 0 ? "LAK" : "SUN" };
	struct attach_fetched g = { .room = f->len };
	struct call_result r;
	struct arena mem;

	g.data = malloc(f->len);
	assert_non_null(g.data);
	rq.attachment = (char *)attachment;
	rq.has_offset = true;
	rq.offset = (int64_t)offset;
	arena_init(&mem, 16u << 20);
	(void)client_stream(rig_client(rig, who), rpc_find("attachment.Get"), &rq.base, &o, &mem,
			    attach_on_message, &g, &r);
	arena_fini(&mem);
	if (r.err.code == ST_OK) {
		assert_int_equal(g.len, f->len - offset);
		assert_memory_equal(g.data, f->data + offset, g.len);
	}
	free(g.data);
	return r.err;
}

void attach_fetch_refused(struct rig *rig, const char *who, const char *attachment, size_t offset,
			  const struct attach_file *f, enum st_code code, const char *reason)
{
	struct st_err err = attach_fetch(rig, who, attachment, offset, f);

	assert_int_equal(err.code, code);
	assert_string_equal(err.reason, reason);
}
