#include "client/lib/print.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/wire.h"

#define DOCUMENT_DEPTH 2 /* the reply, and its messages */

static bool print_to_stdout(const struct print_to *to)
{
	return strcmp(to->path, "-") == 0;
}

/* Where a file is made and takes its name at the end. */
static enum st_code print_check_folder(const struct print_to *to, struct st_err *err)
{
	const char *slash = strrchr(to->path, '/');
	char folder[4096] = ".";

	if (slash != NULL)
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - to->path + 1),
			       to->path);
	if (access(folder, W_OK | X_OK) == 0)
		return ST_OK;
	return st_fail(err, ST_FAILED_PRECONDITION, "FILE_ERROR", "file", "cannot write %s: %s",
		       to->path, strerror(errno));
}

enum st_code print_check(const struct print_to *to, struct st_err *err)
{
	struct stat st;
	bool there = stat(to->path, &st) == 0;

	if (print_to_stdout(to)) {
		if (isatty(STDOUT_FILENO))
			return st_fail(err, ST_INVALID_ARGUMENT, "NOT_A_FILE", "file",
				       "standard output is a terminal, which prints nothing: "
				       "redirect it, or name a file");
		return ST_OK;
	}
	if (to->printer && !there)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_PRINTER", "printer",
			       "cannot print on %s: %s", to->path, strerror(errno));
	if (there && S_ISDIR(st.st_mode))
		return st_fail(err, ST_INVALID_ARGUMENT, "NOT_A_FILE", "file",
			       "%s is a directory: name the file in it", to->path);
	if (to->printer && S_ISREG(st.st_mode))
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_PRINTER", "printer",
			       "%s is a file, not a printer: write to a file with --escpos",
			       to->path);
	if (there && !S_ISREG(st.st_mode)) {
		if (access(to->path, W_OK) == 0)
			return ST_OK;
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_PRINTER", "printer",
			       "cannot print on %s: %s", to->path, strerror(errno));
	}
	if (there && !to->force)
		return st_fail(err, ST_ALREADY_EXISTS, "FILE_EXISTS", "file",
			       "%s is there already; name another file, or write over it with "
			       "--force",
			       to->path);
	return print_check_folder(to, err);
}

/* Counts the documents of a message, and those of its messages, from '*n' on; 'list' NULL: only
 * counts. */
static void print_collect(const ProtobufCMessage *msg, unsigned depth,
			  Steward__PrintDocument **list, size_t *n)
{
	for (unsigned i = 0; depth > 0 && i < msg->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];

		for (size_t k = 0; f->type == PROTOBUF_C_TYPE_MESSAGE && k < field_count(msg, f);
		     k++) {
			ProtobufCMessage *sub = field_message(msg, f, k);

			if (sub->descriptor != &steward__print_document__descriptor)
				print_collect(sub, depth - 1, list, n);
			else if (list != NULL)
				list[(*n)++] = (Steward__PrintDocument *)sub;
			else
				(*n)++;
		}
	}
}

size_t print_count(const ProtobufCMessage *reply)
{
	size_t n = 0;

	print_collect(reply, DOCUMENT_DEPTH, NULL, &n);
	return n;
}

enum st_code print_request(const ProtobufCMessage *reply, const struct print_to *to,
			   struct arena *mem, Steward__PrintRequest *ret, struct st_err *err)
{
	size_t n = print_count(reply);

	steward__print_request__init(ret);
	ret->documents = arena_array(mem, Steward__PrintDocument *, n);
	if (ret->documents == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "there is no memory for the documents");
	print_collect(reply, DOCUMENT_DEPTH, ret->documents, &ret->n_documents);
	ret->has_form = ret->has_paper = ret->has_drawer = true;
	ret->form = to->form;
	ret->paper = to->paper;
	ret->drawer = to->drawer;
	ret->has_width = to->width != 0;
	ret->width = to->width;
	return ST_OK;
}

static enum st_code print_send(const struct print_to *to, int fd, struct slice bytes,
			       struct st_err *err)
{
	size_t done = 0;

	while (done < bytes.len) {
		ssize_t n = write(fd, bytes.data + done, bytes.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return st_fail(err, ST_FAILED_PRECONDITION, "FILE_ERROR", "file",
				       "cannot write to %s: %s",
				       print_to_stdout(to) ? "standard output" : to->path,
				       strerror(errno));
		done += (size_t)n;
	}
	return ST_OK;
}

enum st_code print_write(const struct print_to *to, struct slice bytes, struct st_err *err)
{
	struct stat st;
	enum st_code code;
	int fd;

	if (print_to_stdout(to))
		return print_send(to, STDOUT_FILENO, bytes, err);
	if (stat(to->path, &st) != 0 || S_ISREG(st.st_mode))
		return file_replace(to->path, bytes, err);
	fd = open(to->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return st_fail(err, ST_FAILED_PRECONDITION, "NO_PRINTER", "printer",
			       "cannot print on %s: %s", to->path, strerror(errno));
	code = print_send(to, fd, bytes, err);
	(void)close(fd);
	return code;
}

enum st_code print_reply(struct renderer *r, const ProtobufCMessage *reply,
			 const struct print_to *to, struct arena *mem, unsigned *ret_pages,
			 struct st_err *err)
{
	Steward__PrintRequest request;
	struct render_result drawn;

	ST_TRY(print_request(reply, to, mem, &request, err));
	if (render_document(r, &request, mem, &drawn) != ST_OK) {
		*err = drawn.err;
		return err->code;
	}
	ST_TRY(print_write(to, drawn.bytes, err));
	*ret_pages = drawn.pages;
	return ST_OK;
}

/* Of the random part only: it stays a UUID of its version. */
struct uuid print_key(const struct uuid *call)
{
	struct uuid key = *call;

	for (size_t i = 9; i < sizeof(key.b); i++)
		key.b[i] ^= 0xa5;
	return key;
}
