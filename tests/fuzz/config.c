/*
 * A settings file of the daemon, and after a 0 byte the value of one option of the command line.
 * What is accepted lies in its range, and --print-config writes it as a file that gives the same
 * settings.
 */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/slice.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (4u << 20)
#define PATH_MAX_FD 40

/* A file in memory, and the path by which it is opened. */
static int make_file(struct slice text, char path[PATH_MAX_FD])
{
	int fd = memfd_create("settings", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len);
	(void)snprintf(path, PATH_MAX_FD, "/proc/self/fd/%d", fd);
	return fd;
}

static enum st_code read_settings(struct slice text, const char *option, struct arena *mem,
				  struct config *ret, struct st_err *err)
{
	char path[PATH_MAX_FD], name[] = "stewardd", config[] = "--config";
	char *argv[5] = { name, config, path };
	int argc = 3, fd = make_file(text, path);
	enum st_code code;

	if (option != NULL)
		argv[argc++] = arena_strdup(mem, option);
	code = config_read(argc, argv, mem, ret, err);
	(void)close(fd);
	return code;
}

static void check_text(const char *a, const char *b)
{
	must((a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0));
}

static void check_ranges(const struct config *c)
{
	must(c->data != NULL || c->db_host != NULL);
	must(c->data == NULL || c->data[0] == '/');
	must(c->state != NULL && c->listen != NULL && c->log_level != NULL);
	must(c->port <= 65535 && c->enrol_port <= 65535 && c->db_port >= 1 && c->db_port <= 65535);
	must(c->max_connections >= 1 && c->max_connections_device >= 1 && c->max_ops >= 1 &&
	     c->max_ops_connection <= 64);
	must(c->op_timeout_ms >= 100 && c->drain_ms <= 60000 && c->queue >= 1);
	must(c->write_connections >= 1 && c->read_connections >= 1 && c->slow_connections >= 1);
}

static void check_same(const struct config *a, const struct config *b)
{
	check_text(a->data, b->data);
	check_text(a->listen, b->listen);
	check_text(a->names, b->names);
	check_text(a->db_host, b->db_host);
	check_text(a->db_name, b->db_name);
	check_text(a->db_user, b->db_user);
	check_text(a->db_sslmode, b->db_sslmode);
	check_text(a->db_passfile, b->db_passfile);
	check_text(a->migrate_user, b->migrate_user);
	check_text(a->state, b->state);
	check_text(a->cluster_account, b->cluster_account);
	check_text(a->cluster_bindir, b->cluster_bindir);
	check_text(a->log_level, b->log_level);
	must(a->port == b->port && a->enrol_port == b->enrol_port && a->db_port == b->db_port);
	must(a->max_connections == b->max_connections &&
	     a->max_connections_device == b->max_connections_device && a->max_ops == b->max_ops &&
	     a->max_ops_connection == b->max_ops_connection && a->queue == b->queue);
	must(a->op_timeout_ms == b->op_timeout_ms && a->drain_ms == b->drain_ms);
	must(a->write_connections == b->write_connections &&
	     a->read_connections == b->read_connections &&
	     a->slow_connections == b->slow_connections);
	must(a->cluster_durable == b->cluster_durable);
}

static void check_printed(const struct config *c, struct arena *mem)
{
	FILE *out = stdout;
	struct config again;
	struct st_err err = { 0 };
	char *text = NULL;
	size_t len = 0;

	stdout = open_memstream(&text, &len);
	must(stdout != NULL);
	config_print(c);
	(void)fclose(stdout);
	stdout = out;
	/* "name = value" may be too long by the blanks that were added. */
	if (read_settings(slice_of(text, len), NULL, mem, &again, &err) == ST_OK)
		check_same(c, &again);
	else
		must(strcmp(err.reason, "LINE_TOO_LONG") == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const options[] = { "port", "data", "log-level", "drain-ms", "db-host" };
	const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
	size_t len = zero != NULL ? (size_t)(zero - data) : size;
	const char *option = NULL;
	struct st_err err = { 0 };
	struct config c;
	struct arena mem;

	arena_init(&mem, ARENA_MAX);
	if (len + 1 < size)
		option = arena_printf(&mem, "--%s=%.*s", options[data[len + 1] % 5],
				      (int)(size - len - 2), (const char *)data + len + 2);
	if (read_settings(slice_of(data, len), option, &mem, &c, &err) == ST_OK) {
		if (!c.print_config)
			check_ranges(&c);
		if (option == NULL)
			check_printed(&c, &mem);
	} else {
		must(err.message[0] != '\0');
	}
	arena_fini(&mem);
	return 0;
}
