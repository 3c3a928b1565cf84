#pragma once
/* Who has how much work: open orders by person, department and firm, as bars. */
#include <protobuf-c/protobuf-c.h>

#include "client/tui/canvas.h"

/* 'orders': an answer of order.List with those that are open, NULL: not yet. In a frame. */
void load_draw(const ProtobufCMessage *orders, const struct area *a);
