#pragma once
/* What keys reach from everywhere, and the screen somebody's day begins with. */
#include "client/tui/screen.h"

extern const struct action places_actions[];
/* The first screen: of the role, or to log in. */
void places_home(struct app *app);
