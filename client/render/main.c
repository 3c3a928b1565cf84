/* steward-render: draws documents. It opens no connection and reads nothing but its input and the
 * fonts. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/render/args.h"
#include "client/render/input.h"
#include "client/render/job.h"
#include "client/render/serve.h"
#include "common/file.h"

/* Of the published exit codes (steward help exit-codes) those that can happen here. */
#define EXIT_USAGE 2
#define EXIT_REFUSED 7
#define EXIT_FAULT 12

static int render_report(const struct st_err *err)
{
	int rc = EXIT_FAULT;

	if (strcmp(err->reason, "USAGE") == 0)
		rc = EXIT_USAGE;
	else if (err->code == ST_INVALID_ARGUMENT || err->code == ST_OUT_OF_RANGE)
		rc = EXIT_REFUSED;
	if (err->field[0] != 0 && rc != EXIT_USAGE)
		fprintf(stderr, "steward-render: %s: %s\n", err->field, err->message);
	else
		fprintf(stderr, "steward-render: %s\n", err->message);
	if (rc == EXIT_USAGE)
		fprintf(stderr, "try: steward-render --help\n");
	return rc;
}

static enum st_code render_write_all(int fd, const char *name, struct slice bytes,
				     struct st_err *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return st_fail(err, ST_DATA_LOSS, "FILE_ERROR", NULL, "cannot write %s: %s",
				       name, strerror(errno));
		bytes = slice_of(bytes.data + n, bytes.len - (size_t)n);
	}
	return ST_OK;
}

/* A file is replaced as a whole; a printer's device or a pipe is written to. */
static enum st_code render_write(const char *path, struct slice bytes, struct st_err *err)
{
	enum st_code code;
	struct stat st;
	int fd;

	if (strcmp(path, "-") == 0)
		return render_write_all(STDOUT_FILENO, "the output", bytes, err);
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return file_replace(path, bytes, err);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return st_fail(err, ST_DATA_LOSS, "FILE_ERROR", NULL, "cannot open %s: %s", path,
			       strerror(errno));
	code = render_write_all(fd, path, bytes, err);
	if (close(fd) != 0 && code == ST_OK)
		code = st_fail(err, ST_DATA_LOSS, "FILE_ERROR", NULL, "cannot write %s: %s", path,
			       strerror(errno));
	return code;
}

static enum st_code render_read(struct render_args *a, struct arena *mem, struct st_err *err)
{
	Steward__PrintRequest *given;
	struct slice text;
	enum st_code code = file_read("-", INPUT_BYTES_MAX, mem, &text, err);

	if (code == ST_OUT_OF_RANGE)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LARGE", NULL,
			       "the input has more than %u bytes", INPUT_BYTES_MAX);
	ST_TRY(code);
	if (!a->protobuf)
		return input_json(text, &a->request, mem, err);
	ST_TRY(input_request(text, mem, &given, err));
	a->request.documents = given->documents;
	a->request.n_documents = given->n_documents;
	return ST_OK;
}

static enum st_code render_file(struct render_args *a, struct type *type, struct st_err *err)
{
	struct arena mem;
	struct buf out;
	unsigned pages;
	enum st_code code;

	arena_init(&mem, INPUT_ARENA + INPUT_BYTES_MAX);
	buf_init(&out, JOB_BYTES_MAX);
	code = render_read(a, &mem, err);
	if (code == ST_OK)
		code = job_run(type, &a->request, &out, &pages, err);
	if (code == ST_OK)
		code = render_write(a->file, buf_peek(&out), err);
	buf_fini(&out);
	arena_fini(&mem);
	return code;
}

int main(int argc, char **argv)
{
	struct render_args args;
	struct st_err err = { 0 };
	struct type *type = NULL;
	enum st_code code;

	(void)signal(SIGPIPE, SIG_IGN);
	if (render_args_read(argc, argv, &args, &err) != ST_OK)
		return render_report(&err);
	if (args.mode == RENDER_HELP || args.mode == RENDER_VERSION) {
		fputs(args.mode == RENDER_HELP ? render_usage
					       : "steward-render " STEWARD_VERSION "\n",
		      stdout);
		return fflush(stdout) == 0 ? 0 : EXIT_FAULT;
	}
	code = type_new(&type, &err);
	if (code == ST_OK)
		code = args.mode == RENDER_SERVE ? serve(type, STDIN_FILENO, STDOUT_FILENO, &err)
						 : render_file(&args, type, &err);
	type_free(type);
	return code == ST_OK ? 0 : render_report(&err);
}
