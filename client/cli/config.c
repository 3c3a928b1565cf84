#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "client/cli/builtin.h"
#include "client/cli/errors.h"

static void config_json(const struct profile_setting *set, const char *dir, bool origin)
{
	json_t *j = json_object();
	char *text;

	for (size_t i = 0; i < PROFILE_KEYS; i++)
		(void)json_object_set_new(j, set[i].name,
					  origin ? json_pack("{s:s, s:s}", "value", set[i].value,
							     "origin", set[i].origin)
						 : json_string(set[i].value));
	(void)json_object_set_new(j, "profile", json_string(dir));
	text = json_dumps(j, JSON_COMPACT);
	(void)printf("%s\n", text != NULL ? text : "{}");
	free(text);
	json_decref(j);
}

int config_show_run(struct cli *cli, const struct builtin_args *a)
{
	struct profile_setting set[PROFILE_KEYS];
	bool origin = a->flags[CONFIG_ORIGIN] != NULL;
	struct st_err err = { 0 };

	if (cli_dir(cli, &err) != ST_OK || profile_settings(cli->dir, cli->mem, set, &err) != ST_OK)
		return report_err(cli, &err);
	if (cli->opt.property != NULL) {
		set[PROFILE_PROPERTY].value = cli->opt.property;
		set[PROFILE_PROPERTY].origin = "-p on the command line";
	}
	if (cli_is_json(cli)) {
		config_json(set, cli->dir, origin);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < PROFILE_KEYS; i++)
		if (origin)
			(void)printf("%-10s = %-24s # %s\n", set[i].name, set[i].value,
				     set[i].origin);
		else
			(void)printf("%-10s = %s\n", set[i].name, set[i].value);
	if (origin)
		(void)printf("%-10s = %s\n", "profile", cli->dir);
	return EXIT_DONE;
}
