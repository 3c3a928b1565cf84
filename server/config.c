#include "server/config.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/conf.h"

enum option_type { OPTION_TEXT, OPTION_NUMBER, OPTION_BOOL };

struct option_def {
	const char *name; /* as on the command line; with _ for - in files and the environment */
	enum option_type type;
	size_t offset;
	const char *initial; /* NULL: none */
	unsigned low, high;  /* of a number */
	const char *help;
};

#define TEXT(member, initial, help)                                                        \
	{                                                                                  \
#member, OPTION_TEXT, offsetof(struct config, member), initial, 0, 0, help \
	}
#define NUMBER(member, initial, low, high, help)                                                  \
	{                                                                                         \
#member, OPTION_NUMBER, offsetof(struct config, member), initial, low, high, help \
	}
#define SWITCH(member, initial, help)                                                      \
	{                                                                                  \
#member, OPTION_BOOL, offsetof(struct config, member), initial, 0, 1, help \
	}

static const struct option_def options[] = {
	TEXT(data, NULL,
	     "directory of the embedded default: private PostgreSQL, certificates, local desk"),
	TEXT(config, NULL, "settings file, for a PostgreSQL that is given"),
	TEXT(listen, "127.0.0.1", "numeric address to serve on; 0.0.0.0 or :: for all"),
	NUMBER(port, "7433", 0, 65535, "work port; 0 takes any free one"),
	NUMBER(enrol_port, "7434", 0, 65535, "enrolment port; 0 takes any free one"),
	TEXT(names, "localhost,127.0.0.1", "names and addresses in the server's certificate"),
	NUMBER(max_connections, "12000", 1, 100000, "desks connected at once"),
	NUMBER(max_memory, "256", 16, 1000000, "MiB that the requests being worked on may take"),
	NUMBER(max_connections_device, "512", 1, 100000, "connections of one device at once"),
	NUMBER(max_ops, "4096", 1, 100000, "calls running at once"),
	NUMBER(max_ops_connection, "32", 1, 64, "calls running at once for one desk"),
	NUMBER(op_timeout_ms, "10000", 100, 60000, "deadline of a call that names none"),
	NUMBER(drain_ms, "5000", 0, 60000, "how long a stop waits for running calls"),
	NUMBER(write_connections, "2", 1, 64, "database connections for changes"),
	NUMBER(read_connections, "2", 1, 64, "database connections for reads"),
	NUMBER(slow_connections, "1", 1, 64, "database connections for slow calls"),
	NUMBER(queue, "4096", 1, 100000, "calls waiting for the database"),
	TEXT(db_host, NULL,
	     "PostgreSQL: socket directory or numeric address; several, with commas, of a "
	     "primary and its standbys"),
	NUMBER(db_port, "5432", 1, 65535, "PostgreSQL: port"),
	TEXT(db_name, "steward", "PostgreSQL: database"),
	TEXT(db_user, "steward_app", "PostgreSQL: role the daemon works as"),
	TEXT(db_sslmode, "prefer", "PostgreSQL: sslmode, verify-full across a network"),
	TEXT(db_passfile, NULL, "PostgreSQL: password file (see libpq)"),
	TEXT(migrate_user, "steward_migrate", "PostgreSQL: role that applies migrations"),
	TEXT(state, NULL, "directory of authority, certificates and secrets; default DATA/state"),
	TEXT(cluster_account, NULL,
	     "account that runs the private PostgreSQL when started as root"),
	TEXT(cluster_bindir, NULL, "where PostgreSQL's programs are"),
	SWITCH(cluster_durable, "true",
	       "false: the private PostgreSQL does not wait for the disk (tests only)"),
	TEXT(log_level, "info", "error, warn, info or debug"),
	SWITCH(print_config, "false", "print the settings in effect and end"),
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

struct config_reader {
	struct config *c;
	struct arena *mem;
	struct st_err *err;
	enum st_code code;
};

static enum st_code config_set(struct config_reader *r, const struct option_def *o,
			       const char *value, struct st_err *err)
{
	void *at = (char *)r->c + o->offset;
	char *end;
	unsigned long number;

	switch (o->type) {
	case OPTION_TEXT:
		*(const char **)at = NULL;
		if (value[0] == '\0' && o->initial == NULL)
			return ST_OK; /* taken back */
		*(const char **)at = arena_strdup(r->mem, value);
		return *(const char **)at != NULL
			       ? ST_OK
			       : st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	case OPTION_NUMBER:
		errno = 0;
		number = strtoul(value, &end, 10);
		if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 ||
		    number < o->low || number > o->high)
			return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", o->name,
				       "%s must be a whole number from %u to %u, not '%s'", o->name,
				       o->low, o->high, value);
		*(unsigned *)at = (unsigned)number;
		return ST_OK;
	case OPTION_BOOL:
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", o->name,
				       "%s must be true or false, not '%s'", o->name, value);
		*(bool *)at = strcmp(value, "true") == 0;
		return ST_OK;
	}
	return ST_OK;
}

/* All but what is about the reading itself. */
static bool config_may_be_in_file(const char *name)
{
	return strcmp(name, "config") != 0 && strcmp(name, "print_config") != 0;
}

static enum st_code config_from_file(void *arg, const char *section, const char *name,
				     const char *value, struct st_err *err)
{
	struct config_reader *r = arg;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(options[i].name, name) == 0 && config_may_be_in_file(name))
			return config_set(r, &options[i], value, err);
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_SETTING", NULL,
		       "there is no setting '%s' (section '%s')", name, section);
}

static enum st_code config_from_environment(struct config_reader *r)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char name[80] = "STEWARDD_";
		const char *value;

		for (size_t k = 0, n = strlen(name);
		     options[i].name[k] != '\0' && n + 1 < sizeof(name); k++)
			name[n++] = (char)toupper((unsigned char)options[i].name[k]);
		value = getenv(name);
		if (value != NULL)
			ST_TRY(config_set(r, &options[i], value, r->err));
	}
	return ST_OK;
}

#define OPTION_KEY 0x100

static error_t config_on_option(int key, char *arg, struct argp_state *state)
{
	struct config_reader *r = state->input;

	if (key >= OPTION_KEY && key < OPTION_KEY + (int)OPTION_COUNT) {
		const struct option_def *o = &options[key - OPTION_KEY];

		if (r->code == ST_OK)
			r->code = config_set(r, o, arg != NULL ? arg : "true", r->err);
		return 0;
	}
	if (key == ARGP_KEY_ARG)
		argp_error(state, "unexpected word '%s'", arg);
	return ARGP_ERR_UNKNOWN;
}

/* The table as argp wants it: names with hyphens, help with the default. */
static struct argp_option *config_argp_options(struct arena *mem)
{
	struct argp_option *rows = arena_array(mem, struct argp_option, OPTION_COUNT + 1);

	for (size_t i = 0; rows != NULL && i < OPTION_COUNT; i++) {
		const struct option_def *o = &options[i];
		char *name = arena_strdup(mem, o->name);

		if (name == NULL)
			return NULL;
		for (char *p = name; *p != '\0'; p++)
			*p = *p == '_' ? '-' : *p;
		rows[i].name = name;
		rows[i].key = OPTION_KEY + (int)i;
		rows[i].arg = o->type == OPTION_NUMBER ? "N"
			      : o->type == OPTION_TEXT ? "TEXT"
						       : "true|false";
		rows[i].flags = o->type == OPTION_BOOL ? OPTION_ARG_OPTIONAL : 0;
		rows[i].doc = o->initial != NULL ? arena_printf(mem, "%s [%s]", o->help, o->initial)
						 : o->help;
	}
	return rows;
}

static void config_print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	(void)fprintf(stream, "stewardd %s\n", STEWARD_VERSION);
}

void (*argp_program_version_hook)(FILE *stream, struct argp_state *state) = config_print_version;

static enum st_code config_parse(struct config_reader *r, int argc, char **argv)
{
	struct argp argp = {
		.options = config_argp_options(r->mem),
		.parser = config_on_option,
		.doc = "The daemon of Steward: serves desks over steward/1 and owns one PostgreSQL "
		       "database.\v"
		       "stewardd --data DIR needs nothing else: it makes and runs a private "
		       "PostgreSQL in DIR, and enrols "
		       "the local desk in DIR/desk. Every option may also stand in the settings "
		       "file (with _ for -) or in "
		       "the environment as STEWARDD_NAME.",
	};

	argp_err_exit_status = 2;
	if (argp.options == NULL)
		return st_fail(r->err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	(void)argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, r);
	return r->code;
}

static enum st_code config_check(const struct config *c, struct st_err *err)
{
	if (c->data == NULL && c->db_host == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_DATABASE", NULL,
			       "say where the data is: --data DIR for the embedded default, or "
			       "db_host in --config FILE");
	if (c->data != NULL && c->data[0] != '/')
		return st_fail(err, ST_INVALID_ARGUMENT, "NOT_ABSOLUTE", "data",
			       "data must be an absolute path, not '%s'", c->data);
	if (strcmp(c->log_level, "error") != 0 && strcmp(c->log_level, "warn") != 0 &&
	    strcmp(c->log_level, "info") != 0 && strcmp(c->log_level, "debug") != 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "log_level",
			       "log_level must be error, warn, info or debug, not '%s'",
			       c->log_level);
	if (c->data == NULL && c->state == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "NO_STATE", "state",
			       "state must name a directory for the authority and certificates");
	return ST_OK;
}

enum st_code config_read(int argc, char **argv, struct arena *mem, struct config *ret,
			 struct st_err *err)
{
	struct config_reader r = { .c = ret, .mem = mem, .err = err };
	const char *file;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].initial != NULL)
			ST_TRY(config_set(&r, &options[i], options[i].initial, err));
	ST_TRY(config_parse(&r, argc, argv)); /* first look: which file, and mistakes at once */
	file = ret->config != NULL ? ret->config : getenv("STEWARDD_CONFIG");
	if (file != NULL) {
		ST_TRY(conf_read(file, config_from_file, &r, err));
		ret->config = file;
	}
	ST_TRY(config_from_environment(&r));
	ST_TRY(config_parse(&r, argc, argv)); /* the command line wins */
	if (ret->state == NULL && ret->data != NULL)
		ret->state = arena_printf(mem, "%s/state", ret->data);
	if (mem->refused)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	return ret->print_config ? ST_OK : config_check(ret, err);
}

void config_print(const struct config *c)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_def *o = &options[i];
		const void *at = (const char *)c + o->offset;

		if (!config_may_be_in_file(o->name))
			continue;
		printf("# %s\n", o->help);
		if (o->type == OPTION_NUMBER)
			printf("%s = %u\n", o->name, *(const unsigned *)at);
		else if (o->type == OPTION_BOOL)
			printf("%s = %s\n", o->name, *(const bool *)at ? "true" : "false");
		else if (*(const char *const *)at != NULL)
			printf("%s = %s\n", o->name, *(const char *const *)at);
		else
			printf("# %s =\n", o->name);
	}
}
