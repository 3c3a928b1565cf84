#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/cli/pager.h"
#include "client/cli/render.h"
#include "client/cli/transfer.h"
#include "client/look/outcome.h"
#include "client/look/text.h"
#include "common/file.h"
#include "common/pki.h"

#define FILE_ARENA (256u << 20) /* a file */
#define PART_ARENA (8u << 20)   /* a call that sends a part */

struct upload {
	struct cli *cli;
	struct args *a;
	const ProtobufCMessage **things; /* what the files became */
	size_t done, failed;
	int first_exit; /* of the first failure */
};

/* One file on its way. */
struct upload_file {
	struct upload *run;
	const char *name; /* without where it lies */
	struct slice content;
	struct progress progress;
	struct call_result call; /* the latest */
	bool inner;              /* it was none that the person made: its fields tell him nothing */
};

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum st_code upload_set(const struct upload *u, ProtobufCMessage *msg, const char *name,
			       const char *text, struct arena *mem, struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);

	if (text == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	return field_set_text(msg, f, text, strlen(text), mem, err);
}

/* Read as a whole, so that what is announced is what is sent even if somebody writes to it. */
static enum st_code upload_read(struct upload_file *f, const char *path, struct arena *mem,
				struct st_err *err)
{
	const struct message_rules *in = f->run->a->m->in;
	unsigned i;
	const struct field_rule *size = args_rule(in, "size", &i);
	size_t most = size != NULL && size->high < INT64_MAX ? (size_t)size->high : FILE_ARENA / 2;

	if (strcmp(path, "-") == 0 || f->name[0] == '\0')
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "file",
			       "name a file: standard input has no name to keep it under");
	ST_TRY(file_read(path, most, mem, &f->content, err));
	if (f->content.len == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "EMPTY_FILE", "file", "the file is empty");
	return ST_OK;
}

/* Tells what is to come; the answer is the thing itself where its content is known. */
static enum st_code upload_begin(struct upload_file *f, struct st_err *err)
{
	struct upload *u = f->run;
	const struct rpc_method *m = u->a->m;
	const struct call_options o = invoke_options(u->cli, m);
	struct arena *mem = u->cli->mem;
	uint8_t digest[32];

	sha256(f->content.data, f->content.len, digest);
	ST_TRY(upload_set(u, u->a->request, "name", f->name, mem, err));
	ST_TRY(upload_set(u, u->a->request, "size", arena_printf(mem, "%zu", f->content.len), mem,
			  err));
	ST_TRY(upload_set(u, u->a->request, "sha256", digest_text(digest, mem), mem, err));
	return invoke_proved(u->cli, m, u->a->request, &o, &f->call);
}

/* A call of the rest. Its key is nobody's concern: the command given again finds out by itself what
 * has arrived. */
static enum st_code upload_call(struct upload_file *f, const struct rpc_method *m,
				const ProtobufCMessage *request, struct arena *mem)
{
	struct call_options o = invoke_options(f->run->cli, m);
	struct interrupt stop;

	f->inner = true;
	o.key = (struct uuid){ 0 };
	memset(&f->call, 0, sizeof(f->call));
	interrupt_start(&stop, f->run->cli, NULL);
	(void)client_call(f->run->cli->client, m, request, &o, mem, &f->call);
	interrupt_stop(&stop);
	return f->call.err.code;
}

/* Sends what stands at 'offset'; moves it on to what the server says has arrived. */
static enum st_code upload_part(struct upload_file *f, const char *id, int64_t *offset,
				struct arena *mem, struct st_err *err)
{
	const struct rpc_method *m = rpc_find(f->run->a->m->upload_part);
	ProtobufCMessage *rq = message_new(m->in->desc, mem);
	unsigned i;
	const struct field_rule *data = args_rule(m->in, "data", &i);
	size_t left = f->content.len - (size_t)*offset;
	int64_t before = *offset;

	if (rq == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	ST_TRY(upload_set(f->run, rq, "upload", id, mem, err));
	ST_TRY(upload_set(f->run, rq, "offset", arena_printf(mem, "%lld", (long long)*offset), mem,
			  err));
	ST_TRY(field_set_bytes(
		rq, &m->in->desc->fields[i],
		slice_of(f->content.data + *offset, left < data->max ? left : data->max), mem,
		err));
	ST_TRY(upload_call(f, m, rq, mem));
	*offset = transfer_number(f->call.reply, "offset");
	if (*offset <= before || *offset > (int64_t)f->content.len)
		return st_fail(err, ST_INTERNAL, "BAD_ANSWER", NULL,
			       "the server says that %lld bytes have arrived", (long long)*offset);
	return ST_OK;
}

static enum st_code upload_rest(struct upload_file *f, struct st_err *err)
{
	struct cli *cli = f->run->cli;
	const char *id = transfer_text(f->call.reply, "upload", cli->mem);
	int64_t offset = transfer_number(f->call.reply, "offset"), size = (int64_t)f->content.len;
	const struct rpc_method *end = rpc_find(f->run->a->m->upload_end);
	ProtobufCMessage *rq = message_new(end->in->desc, cli->mem);

	if (offset < 0 || offset > size || rq == NULL)
		return st_fail(err, ST_INTERNAL, "BAD_ANSWER", NULL, "the server's answer is odd");
	if (offset > 0)
		cli_say(cli, "%s: going on at %lld %%.", text_clean(f->name, false, cli->mem),
			(long long)(offset * 100 / size));
	while (offset < size) {
		struct arena mem;
		enum st_code code;

		progress_tell(&f->progress, offset, size);
		arena_init(&mem, PART_ARENA);
		code = upload_part(f, id, &offset, &mem, err);
		f->call.reply = NULL;
		f->call.violations = NULL;
		f->call.n_violations = 0;
		arena_fini(&mem);
		if (code != ST_OK)
			return code;
	}
	ST_TRY(upload_set(f->run, rq, "upload", id, cli->mem, err));
	return upload_call(f, end, rq, cli->mem);
}

static void upload_failed(struct upload_file *f, const struct st_err *own)
{
	struct upload *u = f->run;
	const struct st_err *why = own->code != ST_OK ? own : &f->call.err;
	struct problem p = { .err = *why, .trace = f->call.trace };
	bool broke = why->code == ST_UNAVAILABLE || why->code == ST_DEADLINE_EXCEEDED;
	int exit_code;

	(void)st_fail(&p.err, why->code, why->reason, f->inner ? NULL : why->field, "%s: %s",
		      f->name, why->message);
	if (broke)
		p.hint = "The same command again goes on where it broke off.";
	exit_code = report(u->cli, &p);
	if (u->failed++ == 0)
		u->first_exit = exit_code;
}

/* "leak.jpg: A-1001 attached." */
static enum st_code upload_tell(struct upload_file *f, struct st_err *err)
{
	struct cli *cli = f->run->cli;
	const char *name = text_clean(f->name, false, cli->mem), *text;

	if (cli->opt.format != OUT_TABLE || cli->opt.quiet)
		return ST_OK;
	if (f->call.dry_run)
		text = arena_printf(cli->mem, "Dry run, nothing was kept: %s could be sent.\n",
				    name);
	else
		text = arena_printf(cli->mem, "%s: %s\n", name,
				    outcome_sentence(f->run->a->m, NULL, &f->call, cli->mem));
	return text != NULL ? stdout_write(text, strlen(text), err) : ST_RESOURCE_EXHAUSTED;
}

/* Non-OK: the next one would fail the same way. */
static enum st_code upload_one(struct upload *u, const char *path)
{
	struct upload_file f = { .run = u, .name = file_name(path) };
	struct st_err err = { 0 };
	const ProtobufCMessage *thing = NULL;
	enum st_code code;
	struct arena mem;

	arena_init(&mem, FILE_ARENA);
	progress_start(&f.progress, u->cli, f.name);
	code = upload_read(&f, path, &mem, &err);
	if (code == ST_OK)
		code = upload_begin(&f, &err);
	if (code == ST_OK && !f.call.dry_run && transfer_thing(f.call.reply) == NULL)
		code = upload_rest(&f, &err);
	progress_stop(&f.progress);
	if (code == ST_OK)
		thing = transfer_thing(f.call.reply);
	if (thing != NULL)
		u->things[u->done] = thing;
	if (code == ST_OK)
		code = upload_tell(&f, &err);
	arena_fini(&mem);
	if (code == ST_OK) {
		u->done += thing != NULL || f.call.dry_run;
		return ST_OK;
	}
	upload_failed(&f, &err);
	return code == ST_UNAVAILABLE || code == ST_UNAUTHENTICATED ? code : ST_OK;
}

static enum st_code upload_show(struct upload *u, struct st_err *err)
{
	const struct result r = { .m = u->a->m,
				  .rules = result_rules(u->a->m),
				  .rows = u->things,
				  .n = u->done,
				  .many = u->a->file.n_files > 1 };

	if (u->cli->opt.format == OUT_TABLE)
		return ST_OK;
	if (u->cli->opt.dry_run) {
		cli_say(u->cli, "Dry run, nothing was kept.");
		return ST_OK;
	}
	return u->done > 0 || r.many ? result_show(u->cli, &r, err) : ST_OK;
}

int upload_run(struct cli *cli, struct args *a)
{
	struct upload u = { .cli = cli,
			    .a = a,
			    .things = arena_array(cli->mem, const ProtobufCMessage *,
						  a->file.n_files) };
	struct st_err err = { 0 };
	size_t left;

	if (u.things == NULL)
		return EXIT_FAULT;
	for (size_t i = 0; i < a->file.n_files; i++)
		if (upload_one(&u, a->file.files[i]) != ST_OK)
			break;
	if (upload_show(&u, &err) != ST_OK)
		return report_err(cli, &err);
	if (u.failed == 0)
		return EXIT_DONE;
	left = a->file.n_files - u.done - u.failed;
	if (a->file.n_files > 1)
		cli_say(cli, "%zu of %zu sent, %zu failed%s.", u.done, a->file.n_files, u.failed,
			left > 0 ? ", the rest was not tried" : "");
	return u.done > 0 ? EXIT_PARTLY : u.first_exit;
}
