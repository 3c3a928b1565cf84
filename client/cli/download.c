#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "client/cli/pager.h"
#include "client/cli/render.h"
#include "client/cli/transfer.h"
#include "client/look/text.h"
#include "common/file.h"
#include "common/pki.h"

#define CALL_ARENA (16u << 20)
#define RETRY_MS 1000u
#define RETRIES 5 /* in a row that bring nothing */

struct download {
	struct cli *cli;
	struct args *a;
	const ProtobufCFieldDescriptor *data;
	ProtobufCMessage *thing; /* what the file is; NULL until that was told */
	const char *name;        /* its own */
	const char *path, *temp; /* where it goes, and under which name until it is whole */
	int fd;                  /* -1: not open yet */
	int64_t got, size;
	struct digest *digest;
	struct progress progress;
	struct st_err err; /* of our own */
};

static enum st_code download_fail_file(struct download *d, const char *what, const char *path)
{
	return st_fail(&d->err, ST_FAILED_PRECONDITION, "FILE_ERROR", NULL, "cannot %s %s: %s",
		       what, path, strerror(errno));
}

static enum st_code download_exists(struct download *d)
{
	return st_fail(&d->err, ST_ALREADY_EXISTS, "FILE_EXISTS", "file",
		       "%s is there already; write elsewhere with --file, or over it with --force",
		       d->path);
}

static bool download_to_stdout(const struct download *d)
{
	return d->a->file.target != NULL && strcmp(d->a->file.target, "-") == 0;
}

/* Nobody else decides where it lands: a name is a name, no way to somewhere. */
static enum st_code download_check_name(struct download *d)
{
	const unsigned char *c = (const unsigned char *)d->name;

	while (*c >= ' ' && *c != 127 && *c != '/')
		c++;
	if (*c != '\0' || d->name[0] == '\0' || d->name[0] == '.')
		return st_fail(
			&d->err, ST_INTERNAL, "BAD_NAME", NULL,
			"the server's name for the file cannot be used; say one with --file");
	return ST_OK;
}

/* A directory takes it under its own name. */
static enum st_code download_choose(struct download *d)
{
	const char *target = d->a->file.target;
	struct arena *mem = d->cli->mem;
	struct stat st;

	d->path = target;
	if (target == NULL || (stat(target, &st) == 0 && S_ISDIR(st.st_mode))) {
		ST_TRY(download_check_name(d));
		d->path = target != NULL ? arena_printf(mem, "%s/%s", target, d->name) : d->name;
	}
	if (d->path == NULL)
		return st_fail(&d->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory left");
	if (!d->a->file.force && lstat(d->path, &st) == 0)
		return download_exists(d);
	return ST_OK;
}

/* Beside where it will be, so that it can take its place at once. */
static enum st_code download_open(struct download *d)
{
	mode_t mask = umask(0);
	const char *slash;
	char *temp;

	(void)umask(mask);
	if (download_to_stdout(d)) {
		d->fd = STDOUT_FILENO;
		return ST_OK;
	}
	ST_TRY(download_choose(d));
	slash = strrchr(d->path, '/');
	temp = arena_printf(d->cli->mem, "%.*s.steward.XXXXXX",
			    slash != NULL ? (int)(slash - d->path + 1) : 0, d->path);
	d->fd = temp != NULL ? mkostemp(temp, O_CLOEXEC) : -1;
	if (d->fd < 0)
		return download_fail_file(d, "write", d->path);
	d->temp = d->cli->leftover = temp;
	if (fchmod(d->fd, 0666 & ~mask) != 0)
		return download_fail_file(d, "write", d->path);
	return ST_OK;
}

/* The first message lives no longer than it takes to look at it. */
static enum st_code download_take_head(struct download *d, const ProtobufCMessage *head)
{
	struct slice packed;

	if (d->thing != NULL)
		return ST_OK; /* told again, after the line broke */
	ST_TRY(wire_pack(head, d->cli->mem, &packed, &d->err));
	ST_TRY(wire_unpack(result_rules(d->a->m), packed, d->cli->mem, &d->thing, &d->err));
	d->name = transfer_text(d->thing, "name", d->cli->mem);
	d->size = transfer_number(d->thing, "size");
	progress_start(&d->progress, d->cli, d->name);
	return download_open(d);
}

static enum st_code download_write(struct download *d, struct slice data)
{
	size_t done = 0;

	while (done < data.len) {
		ssize_t n = write(d->fd, data.data + done, data.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return download_fail_file(
				d, "write", download_to_stdout(d) ? "standard output" : d->path);
		done += (size_t)n;
	}
	digest_add(d->digest, data.data, data.len);
	d->got += (int64_t)data.len;
	progress_tell(&d->progress, d->got, d->size);
	return ST_OK;
}

static bool download_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct download *d = arg;
	const ProtobufCMessage *head = transfer_thing(msg);
	struct slice data = field_slice(msg, d->data, 0);

	if (head != NULL && download_take_head(d, head) != ST_OK)
		return false;
	if (data.len == 0)
		return true;
	if (d->thing == NULL || transfer_number(msg, "offset") != d->got ||
	    (int64_t)data.len > d->size - d->got)
		return st_fail(&d->err, ST_INTERNAL, "BAD_ANSWER", NULL,
			       "the server's parts of the file do not fit together") == ST_OK;
	return download_write(d, data) == ST_OK;
}

static enum st_code download_once(struct download *d, struct call_result *call)
{
	const struct call_options o = invoke_options(d->cli, d->a->m);
	const ProtobufCFieldDescriptor *from = message_field(d->a->m->in->desc, "offset");
	struct interrupt stop;
	struct arena mem;
	char at[24];

	memset(call, 0, sizeof(*call));
	arena_init(&mem, CALL_ARENA);
	(void)snprintf(at, sizeof(at), "%lld", (long long)d->got);
	if (field_set_text(d->a->request, from, at, strlen(at), &mem, &call->err) == ST_OK) {
		interrupt_start(&stop, d->cli, NULL);
		(void)client_stream(d->cli->client, d->a->m, d->a->request, &o, &mem,
				    download_on_message, d, call);
		interrupt_stop(&stop);
	}
	call->reply = NULL;
	call->violations = NULL;
	call->n_violations = 0;
	arena_fini(&mem);
	return call->err.code;
}

static enum st_code download_prove(struct download *d)
{
	uint8_t digest[32];

	digest_end(d->digest, digest);
	d->digest = NULL;
	if (d->thing == NULL || d->got != d->size ||
	    strcmp(digest_text(digest, d->cli->mem),
		   transfer_text(d->thing, "sha256", d->cli->mem)) != 0)
		return st_fail(&d->err, ST_INTERNAL, "CONTENT_DIFFERS", NULL,
			       "what arrived is not what the server keeps; nothing was written");
	return ST_OK;
}

/* It takes its name, and that of nothing else unless told so. */
static enum st_code download_place(struct download *d)
{
	struct stat st;

	if (fsync(d->fd) != 0 || close(d->fd) != 0) {
		d->fd = -1;
		return download_fail_file(d, "write", d->path);
	}
	d->fd = -1;
	if (!d->a->file.force) {
		if (renameat2(AT_FDCWD, d->temp, AT_FDCWD, d->path, RENAME_NOREPLACE) == 0)
			return ST_OK;
		if (errno != EEXIST && errno != EINVAL)
			return download_fail_file(d, "write", d->path);
		/* EINVAL: a file system that cannot rename like that. */
		if (lstat(d->path, &st) == 0)
			return download_exists(d);
	}
	return rename(d->temp, d->path) == 0 ? ST_OK : download_fail_file(d, "write", d->path);
}

/* Whatever became of it, nothing half is left. */
static void download_clean(struct download *d, bool placed)
{
	progress_stop(&d->progress);
	digest_end(d->digest, NULL);
	if (d->fd >= 0 && d->fd != STDOUT_FILENO)
		(void)close(d->fd);
	if (d->temp != NULL && !placed)
		(void)unlink(d->temp);
	d->cli->leftover = NULL;
}

static int download_show(struct download *d)
{
	struct cli *cli = d->cli;
	const ProtobufCMessage *rows[1] = { d->thing };
	const struct result r = {
		.m = d->a->m, .rules = result_rules(d->a->m), .rows = rows, .n = 1
	};
	struct st_err err = { 0 };
	const char *text;

	if (download_to_stdout(d))
		return EXIT_DONE;
	if (cli->opt.format != OUT_TABLE)
		return result_show(cli, &r, &err) == ST_OK ? EXIT_DONE : report_err(cli, &err);
	text = arena_printf(cli->mem, "%s written to %s (%lld bytes).\n",
			    transfer_text(d->thing, "number", cli->mem),
			    text_clean(d->path, false, cli->mem), (long long)d->size);
	if (cli->opt.quiet || text == NULL)
		return EXIT_DONE;
	return stdout_write(text, strlen(text), &err) == ST_OK ? EXIT_DONE : report_err(cli, &err);
}

/* Before anything is asked for. */
static enum st_code download_check(struct download *d)
{
	struct stat st;

	if (download_to_stdout(d)) {
		if (d->cli->term.out_tty)
			return st_fail(
				&d->err, ST_INVALID_ARGUMENT, "NOT_A_FILE", "file",
				"standard output is a terminal, which is no place for a file: "
				"redirect it, or leave --file - away");
		return ST_OK;
	}
	d->path = d->a->file.target;
	if (d->path != NULL && !d->a->file.force && lstat(d->path, &st) == 0 &&
	    !S_ISDIR(st.st_mode) && !(stat(d->path, &st) == 0 && S_ISDIR(st.st_mode)))
		return download_exists(d);
	return ST_OK;
}

static void download_on_timer(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

static void download_wait(struct cli *cli)
{
	struct interrupt stop;
	uv_timer_t timer;

	interrupt_start(&stop, cli, NULL);
	must(uv_timer_init(cli_loop(cli), &timer) == 0);
	uv_update_time(cli_loop(cli));
	(void)uv_timer_start(&timer, download_on_timer, RETRY_MS, 0);
	while (!uv_is_closing((uv_handle_t *)&timer))
		(void)uv_run(cli_loop(cli), UV_RUN_ONCE);
	(void)uv_run(cli_loop(cli), UV_RUN_NOWAIT); /* the close itself */
	interrupt_stop(&stop);
}

int download_run(struct cli *cli, struct args *a)
{
	struct download d = { .cli = cli,
			      .a = a,
			      .data = message_field(a->m->out->desc, a->m->download),
			      .fd = -1,
			      .digest = digest_new() };
	struct call_result call = { 0 };
	bool placed = false;
	int tries = 0;

	if (d.digest == NULL)
		return EXIT_FAULT;
	if (download_check(&d) != ST_OK) {
		download_clean(&d, false);
		return report_err(cli, &d.err);
	}
	while (tries < RETRIES) {
		int64_t before = d.got;

		if (download_once(&d, &call) != ST_UNAVAILABLE || d.err.code != ST_OK ||
		    strcmp(call.err.reason, "TURNED_AWAY") == 0 || d.thing == NULL)
			break;
		tries = d.got > before ? 0 : tries + 1;
		cli_say(cli, "%s; going on.", call.err.message);
		download_wait(cli);
	}
	if (d.err.code == ST_OK && call.err.code == ST_OK && download_prove(&d) == ST_OK)
		placed = download_to_stdout(&d) || download_place(&d) == ST_OK;
	download_clean(&d, placed);
	if (d.err.code != ST_OK)
		return report_err(cli, &d.err);
	return call.err.code != ST_OK ? invoke_report(cli, &call) : download_show(&d);
}
