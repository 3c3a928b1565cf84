/* stewardd: settings, then the daemon. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "server/app.h"

#define MAIN_ARENA (16u << 20) /* settings, certificates: what lives as long as the process */

static enum log_level main_log_level(const char *name)
{
	if (strcmp(name, "error") == 0)
		return LOG_LEVEL_ERROR;
	if (strcmp(name, "warn") == 0)
		return LOG_LEVEL_WARN;
	return strcmp(name, "debug") == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

int main(int argc, char **argv)
{
	struct arena mem;
	struct config config;
	struct st_err err = { 0 };
	enum st_code code;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	arena_init(&mem, MAIN_ARENA);
	code = config_read(argc, argv, &mem, &config, &err);
	if (code == ST_OK && config.print_config) {
		config_print(&config);
	} else if (code == ST_OK) {
		log_set_level(main_log_level(config.log_level));
		code = app_run(&config, &mem, &err);
	}
	if (code != ST_OK)
		(void)fprintf(stderr, "stewardd: %s\n", err.message);
	arena_fini(&mem);
	return code == ST_OK ? EXIT_SUCCESS : code == ST_INVALID_ARGUMENT ? 2 : EXIT_FAILURE;
}
