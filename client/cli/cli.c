#include "client/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/look/text.h"

uv_loop_t *cli_loop(struct cli *cli)
{
	if (!cli->loop_open) {
		must(uv_loop_init(&cli->loop) == 0);
		cli->loop_open = true;
	}
	return &cli->loop;
}

enum st_code cli_dir(struct cli *cli, struct st_err *err)
{
	if (cli->dir[0] != '\0')
		return ST_OK;
	return profile_dir(cli->opt.profile, cli->dir, sizeof(cli->dir), err);
}

enum st_code cli_profile(struct cli *cli, struct st_err *err)
{
	if (cli->profile_loaded)
		return ST_OK;
	ST_TRY(cli_dir(cli, err));
	ST_TRY(profile_load(cli->dir, cli->mem, &cli->profile, err));
	cli->profile_loaded = true;
	return ST_OK;
}

enum st_code cli_client(struct cli *cli, struct st_err *err)
{
	if (cli->client != NULL)
		return ST_OK;
	ST_TRY(cli_profile(cli, err));
	return client_new(cli_loop(cli), &cli->profile, &cli->client, err);
}

void cli_close(struct cli *cli)
{
	client_free(cli->client);
	cli->client = NULL;
	if (cli->loop_open)
		(void)uv_loop_close(&cli->loop);
	cli->loop_open = false;
}

bool cli_is_json(const struct cli *cli)
{
	return cli->opt.format == OUT_JSON || cli->opt.format == OUT_JSONL;
}

void cli_say(const struct cli *cli, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (cli->opt.quiet)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(cli->mem, fmt, ap);
	va_end(ap);
	text_put(stderr, text != NULL ? text : fmt);
	(void)fputc('\n', stderr);
}
