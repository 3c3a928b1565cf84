#include "client/cli/transfer.h"

#include <stdio.h>

#include "client/look/text.h"
#include "common/clock.h"

#define PROGRESS_MS 500u
#define PROGRESS_NAME 40u /* columns of the file's name */

void progress_start(struct progress *p, const struct cli *cli, const char *name)
{
	*p = (struct progress){ .cli = cli, .started_ms = clock_mono_ms(&clock_system) };
	p->name = text_cut(text_clean(name, false, cli->mem), PROGRESS_NAME, cli->mem);
}

void progress_tell(struct progress *p, int64_t done, int64_t size)
{
	uint64_t now = clock_mono_ms(&clock_system);

	if (!p->cli->term.err_tty || p->cli->opt.quiet || cli_is_json(p->cli) || size <= 0 ||
	    p->name == NULL || now - p->started_ms < PROGRESS_MS ||
	    now - p->told_ms < PROGRESS_MS / 5)
		return;
	(void)fprintf(stderr, "\r%s  %lld %%\033[K", p->name, (long long)(done * 100 / size));
	p->told_ms = now;
}

void progress_stop(struct progress *p)
{
	if (p->told_ms > 0)
		(void)fputs("\r\033[K", stderr);
	p->told_ms = 0;
}

const char *digest_text(const uint8_t digest[32], struct arena *mem)
{
	static const char hex[] = "0123456789abcdef";
	char text[65] = "";

	for (size_t i = 0; i < 32; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	return arena_strdup(mem, text);
}

const ProtobufCMessage *transfer_thing(const ProtobufCMessage *reply)
{
	for (unsigned i = 0; i < reply->descriptor->n_fields; i++)
		if (reply->descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			return field_message(reply, &reply->descriptor->fields[i], 0);
	return NULL;
}

const char *transfer_text(const ProtobufCMessage *msg, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	const char *text = f != NULL ? field_text(msg, f, 0, mem) : NULL;

	return text != NULL ? text : "";
}

int64_t transfer_number(const ProtobufCMessage *msg, const char *name)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	int64_t n = 0;

	return f != NULL && field_number(msg, f, 0, &n) ? n : 0;
}
