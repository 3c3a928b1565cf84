#pragma once
/* Texts for people. _() translates now, N_() marks what is translated where it is shown. */
#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) (text)
