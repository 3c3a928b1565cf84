#include "client/tui/inputs.h"

#include <stdio.h>
#include <string.h>

#define CHARACTERS 200 /* of one, unless it says otherwise */
#define NUMBER_CHARACTERS 20

void inputs_init(struct inputs *in, struct input *of, size_t n)
{
	*in = (struct inputs){ .of = of, .n = n, .at = INPUT_NONE };
}

void inputs_free(struct inputs *in)
{
	edit_close(in->edit);
	in->edit = NULL;
}

static void inputs_keep(struct inputs *in)
{
	struct arena mem;
	const char *text;

	if (in->edit == NULL || in->at < 0)
		return;
	arena_init(&mem, 1u << 20);
	text = edit_text(in->edit, &mem);
	if (text != NULL)
		(void)snprintf(in->of[in->at].text, INPUT_BYTES, "%s", text);
	arena_fini(&mem);
}

void inputs_go(struct inputs *in, int at)
{
	if (at == in->at)
		return;
	inputs_keep(in);
	inputs_free(in);
	in->at = at;
	in->fresh = true;
}

const char *inputs_text(struct inputs *in, size_t i)
{
	if (in->at == (int)i)
		inputs_keep(in);
	return in->of[i].text;
}

void inputs_set(struct inputs *in, size_t i, const char *text)
{
	if (in->at == (int)i)
		inputs_free(in);
	(void)snprintf(in->of[i].text, INPUT_BYTES, "%s", text);
}

static unsigned input_max(const struct input *input)
{
	if (input->max > 0)
		return input->max;
	return input->number ? NUMBER_CHARACTERS : CHARACTERS;
}

/* It is drawn before anybody can type into it; a test may not draw. */
static bool inputs_open(struct inputs *in, int width)
{
	if (in->at < 0)
		return false;
	if (in->edit != NULL && in->edit_width == width)
		return true;
	inputs_keep(in);
	inputs_free(in);
	in->edit = edit_open(in->of[in->at].text, 1, width, input_max(&in->of[in->at]), false);
	in->edit_width = width;
	return in->edit != NULL;
}

bool inputs_key(struct inputs *in, const struct key *k)
{
	if (in->at < 0 || !inputs_open(in, in->edit != NULL ? in->edit_width : NUMBER_CHARACTERS))
		return false;
	if (in->of[in->at].number && key_is_text(k)) {
		if (wcschr(L"0123456789.,", k->wc) == NULL)
			return true;
		if (in->fresh)
			(void)edit_key(in->edit, &(struct key){ .code = K_CONTROL, .wc = L'U' });
	}
	if (!edit_key(in->edit, k))
		return false;
	in->fresh = false;
	return true;
}

void inputs_draw(struct inputs *in, size_t i, const struct area *a, int y, int x, int width)
{
	area_put(a, y, x, 1, STYLE_FRAME, "[");
	area_put(a, y, x + width + 1, 1, STYLE_FRAME, "]");
	if (in->at == (int)i && inputs_open(in, width)) {
		edit_draw(in->edit, a, y, x + 1, STYLE_EDIT);
		return;
	}
	area_fill(a, y, x + 1, width, STYLE_FIELD);
	area_put(a, y, x + 1, width, STYLE_FIELD, in->of[i].text);
}
