/* First byte: the phase. The rest: frames. */
#include "common/frame.h"

#include <string.h>

#include "tests/fuzz/target.h"

static void check_frame(enum frame_phase phase, struct slice in, const struct frame *f, size_t used)
{
	const struct frame_rule *rule = frame_rule(f->type);
	uint8_t header[FRAME_HEADER];
	struct frame again;
	size_t used_again;

	must(used == FRAME_HEADER + f->payload.len && used <= in.len && used == frame_need(in));
	must(f->payload.len <= frame_cap(phase) && f->payload.data == in.data + FRAME_HEADER);
	must(rule != NULL || f->type >= 0x80);
	frame_header(header, f->type, f->flags, (uint32_t)f->payload.len, f->stream);
	must(memcmp(header, in.data, sizeof header) == 0);
	/* One byte less is not a frame, and never an offence. */
	must(frame_parse(phase, slice_of(in.data, used - 1), &again, &used_again, NULL) == ST_OK);
	must(used_again == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct st_err err = { 0 };
	enum frame_phase phase;
	struct slice in;

	if (size == 0)
		return 0;
	phase = (enum frame_phase)(data[0] % 3);
	in = slice_of(data + 1, size - 1);
	while (in.len > 0) {
		struct frame f;
		size_t used;

		if (frame_parse(phase, in, &f, &used, &err) != ST_OK) {
			must(err.message[0] != 0);
			break;
		}
		if (used == 0)
			break;
		check_frame(phase, in, &f, used);
		in.data += used;
		in.len -= used;
	}
	return 0;
}
