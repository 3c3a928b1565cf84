#include "client/cli/outcome_show.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/cli/out.h"
#include "client/cli/pager.h"
#include "client/look/outcome.h"

/* What the reply tells beyond the sentence. Entities of the change feed can be shown any time; what
 * came with them (who may be ringing, what became of each day of a file) is told now or never. */
static enum st_code outcome_rest(struct cli *cli, const struct rpc_method *m,
				 const ProtobufCMessage *reply, FILE *out, struct st_err *err)
{
	size_t width = cli->term.out_tty ? (size_t)cli->term.width : 0;

	return (m->feed != NULL ? out_lists : out_record)(out, m->out, reply, m->columns, width,
							  cli->term.out_color, cli->mem, err);
}

enum st_code outcome_show(struct cli *cli, const struct rpc_method *m,
			  const ProtobufCMessage *request, const struct call_result *r,
			  struct st_err *err)
{
	const char *sentence = outcome_sentence(m, request, r, cli->mem);
	const char *next = outcome_next(m, r, cli->opt.property, cli->mem);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum st_code code;

	if (out == NULL || sentence == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	if (!cli->opt.quiet)
		(void)fprintf(out, "%s\n", sentence);
	code = outcome_rest(cli, m, r->reply, out, err);
	if (fclose(out) == 0 && code == ST_OK)
		code = stdout_write(text, len, err);
	free(text);
	if (code == ST_OK && next != NULL && cli->term.err_tty)
		cli_say(cli, "Next: %s", next);
	return code;
}
