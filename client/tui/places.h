#pragma once
/* What keys reach from everywhere, and the screen somebody's day begins with. */
#include "client/tui/screen.h"
#include "common/rules.h"

extern const struct action places_actions[];
/* The first screen: of the role, or to log in. */
void places_home(struct app *app);
/* Methods that have a screen made by hand instead of the declared one. True: it is shown. */
bool places_by_hand(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given);
