#include "client/tui/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

static const struct {
	const char *name;
	enum key_code code;
} key_names[] = {
	{ "Enter", K_ENTER },
	{ "Tab", K_TAB },
	{ "Shift-Tab", K_BACKTAB },
	{ "Esc", K_ESCAPE },
	{ "Backspace", K_BACKSPACE },
	{ "Del", K_DELETE },
	{ "Ins", K_INSERT },
	{ "Up", K_UP },
	{ "Down", K_DOWN },
	{ "Left", K_LEFT },
	{ "Right", K_RIGHT },
	{ "PgUp", K_PAGE_UP },
	{ "PgDn", K_PAGE_DOWN },
	{ "Home", K_HOME },
	{ "End", K_END },
};

struct key key_named(const char *name)
{
	struct key k = { 0 };
	mbstate_t state = { 0 };

	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (strcmp(key_names[i].name, name) == 0)
			return (struct key){ .code = key_names[i].code };
	if (strcmp(name, "Space") == 0)
		return (struct key){ .code = K_TEXT, .wc = L' ' };
	if (name[0] == 'F' && name[1] >= '1' && name[1] <= '9')
		return (struct key){ .code = K_FUNCTION,
				     .wc = (wchar_t)strtol(name + 1, NULL, 10) };
	if (strncmp(name, "Ctrl-", 5) == 0 && name[5] != '\0')
		return (struct key){ .code = K_CONTROL, .wc = (wchar_t)name[5] };
	if (mbrtowc(&k.wc, name, strlen(name), &state) > 0 && k.wc != L'\0')
		k.code = K_TEXT;
	return k;
}

char *key_label(const struct key *k, char out[32])
{
	(void)snprintf(out, 32, "%s", "");
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (key_names[i].code == k->code)
			(void)snprintf(out, 32, "%s", key_names[i].name);
	if (k->code == K_FUNCTION)
		(void)snprintf(out, 32, "F%d", (int)k->wc);
	else if (k->code == K_CONTROL)
		(void)snprintf(out, 32, "Ctrl-%c", (char)k->wc);
	else if (k->code == K_TEXT && k->wc == L' ')
		(void)snprintf(out, 32, "Space");
	else if (k->code == K_TEXT)
		(void)snprintf(out, 32, "%lc", (wint_t)k->wc);
	return out;
}

bool key_is(const struct key *k, const char *names)
{
	while (names != NULL && *names != '\0') {
		/* A bar alone is the key of that name. */
		size_t len = names[0] == '|' ? 1 : strcspn(names, "|");
		char one[32];
		struct key want;

		(void)snprintf(one, sizeof(one), "%.*s", (int)len, names);
		want = key_named(one);
		if (want.code == k->code && want.wc == k->wc && want.code != K_NOTHING)
			return true;
		names += len;
		names += *names == '|' ? 1 : 0;
	}
	return false;
}

bool key_is_text(const struct key *k)
{
	return k->code == K_TEXT && iswprint((wint_t)k->wc) != 0;
}
