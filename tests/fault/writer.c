/*
 * A desk that opens cases without end and notes what it was told: one line "KEY NUMBER" for each
 * case that was acknowledged. A call that fails in passing is repeated under the same key until it
 * is answered, as a desk does.
 *
 *   writer PROFILE PROPERTY OUT    until the file OUT.stop appears
 */
#include <stdio.h>
#include <unistd.h>

#include <uv.h>

#include "client/lib/client.h"
#include "common/clock.h"

#define WRITER_PAUSE_US 100000u

struct writer {
	uv_loop_t loop;
	struct arena mem;
	struct profile profile;
	struct client *client;
	const struct rpc_method *open;
	ProtobufCMessage *request;
	const char *property;
	FILE *out;
	unsigned long acked, repeated, refused;
};

static bool writer_set(struct writer *w, const char *field, const char *text)
{
	struct st_err err = { 0 };

	return field_set_text(w->request, message_field(w->open->in->desc, field), text,
			      strlen(text), &w->mem, &err) == ST_OK;
}

static bool writer_init(struct writer *w, const char *profile, const char *property,
			const char *out)
{
	struct st_err err = { 0 };

	arena_init(&w->mem, 1u << 20);
	w->open = rpc_find("case.Open");
	w->property = property;
	w->request = message_new(w->open->in->desc, &w->mem);
	w->out = fopen(out, "w");
	if (w->out == NULL || uv_loop_init(&w->loop) != 0 || !writer_set(w, "kind", "repair") ||
	    !writer_set(w, "spot", "lobby") ||
	    !writer_set(w, "summary", "Opened while things break"))
		return false;
	if (profile_load(profile, &w->mem, &w->profile, &err) == ST_OK &&
	    client_new(&w->loop, &w->profile, &w->client, &err) == ST_OK)
		return true;
	(void)fprintf(stderr, "writer: %s\n", err.message);
	return false;
}

/* One case, however long it takes. False: it was refused for good, which must not happen. */
static bool writer_open_one(struct writer *w, const char *stop)
{
	struct call_options o = { .property = w->property,
				  .key = uuid_v7(clock_wall_us(&clock_system) / 1000) };
	char key[UUID_TEXT];

	for (;;) {
		struct arena mem;
		struct call_result r;
		const char *number = NULL;

		arena_init(&mem, 4u << 20);
		(void)client_call(w->client, w->open, w->request, &o, &mem, &r);
		if (r.err.code == ST_OK)
			number = field_text(r.reply, message_field(r.reply->descriptor, "number"),
					    0, &mem);
		if (number != NULL)
			(void)fprintf(w->out, "%s %s\n", uuid_format(&o.key, key), number);
		arena_fini(&mem);
		if (number != NULL) {
			(void)fflush(w->out);
			w->acked++;
			return true;
		}
		if (!st_code_retry(r.err.code)) {
			(void)fprintf(stderr, "writer: %s %s %s\n", st_code_name(r.err.code),
				      r.err.reason, r.err.message);
			w->refused++;
			return false;
		}
		w->repeated++;
		if (access(stop, F_OK) == 0)
			return true; /* outcome not known: neither counted nor promised */
		(void)usleep(WRITER_PAUSE_US);
	}
}

int main(int argc, char **argv)
{
	static struct writer w;
	char stop[500];

	if (argc != 4 || !writer_init(&w, argv[1], argv[2], argv[3]))
		return 2;
	(void)snprintf(stop, sizeof(stop), "%s.stop", argv[3]);
	while (access(stop, F_OK) != 0 && w.refused < 10)
		(void)writer_open_one(&w, stop);
	client_free(w.client);
	(void)fclose(w.out);
	(void)uv_loop_close(&w.loop);
	arena_fini(&w.mem);
	printf("%lu acknowledged, %lu repeated, %lu refused\n", w.acked, w.repeated, w.refused);
	return w.refused > 0;
}
