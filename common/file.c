#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum st_code file_fail(struct st_err *err, const char *what, const char *path)
{
	int e = errno;

	return st_fail(err, e == ENOENT ? ST_NOT_FOUND : ST_FAILED_PRECONDITION,
		       e == ENOENT ? "NO_FILE" : "FILE_ERROR", NULL, "cannot %s %s: %s", what, path,
		       strerror(e));
}

/* Grows by doubling, so that a pipe of unknown length is copied a few times at most. */
static enum st_code file_slurp(int fd, size_t max, struct arena *mem, struct slice *ret,
			       const char *path, struct st_err *err)
{
	struct stat st;
	size_t cap = 64 << 10, len = 0;
	uint8_t *data;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		cap = (size_t)st.st_size + 1;
	data = arena_alloc(mem, cap + 1);
	while (data != NULL && len <= max) {
		ssize_t n = read(fd, data + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_fail(err, "read", path);
		if (n == 0) {
			data[len] = 0;
			*ret = slice_of(data, len);
			return ST_OK;
		}
		len += (size_t)n;
		if (len == cap) {
			uint8_t *wider = arena_alloc(mem, cap * 2 + 1);

			if (wider != NULL)
				memcpy(wider, data, len);
			data = wider;
			cap *= 2;
		}
	}
	if (data == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory to read %s",
			       path);
	return st_fail(err, ST_OUT_OF_RANGE, "FILE_TOO_LARGE", NULL, "%s is longer than %zu bytes",
		       path, max);
}

enum st_code file_read(const char *path, size_t max, struct arena *mem, struct slice *ret,
		       struct st_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	enum st_code code;
	int fd;

	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return file_fail(err, "open", path);
	code = file_slurp(fd, max, mem, ret, is_stdin ? "standard input" : path, err);
	if (!is_stdin)
		(void)close(fd);
	return code;
}

static bool file_write_all(int fd, struct slice text)
{
	size_t done = 0;

	while (done < text.len) {
		ssize_t n = write(fd, text.data + done, text.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* The directory entry must be on the disk too, or the old name could come back after a power cut.
 */
static void file_sync_dir(const char *path)
{
	char copy[600];
	int fd;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

enum st_code file_replace(const char *path, struct slice text, struct st_err *err)
{
	char temp[600];
	bool good;
	int fd;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", NULL,
			       "the path %s is too long", path);
	fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return file_fail(err, "write", path);
	good = file_write_all(fd, text) && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(temp, path) != 0) {
		enum st_code code = file_fail(err, "write", path);

		(void)unlink(temp);
		return code;
	}
	file_sync_dir(path);
	return ST_OK;
}

enum st_code file_make_dirs(const char *path, struct st_err *err)
{
	char part[600];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LONG", NULL,
			       "the path %s is too long", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return file_fail(err, "make the directory", part);
	}
	return ST_OK;
}
