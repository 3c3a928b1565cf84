#pragma once
/* TLS that is none, for the fuzz target of the daemon: bytes go through as they are. */
#include <stdbool.h>

#define PLAIN_DEVICE "0190aaaa-0000-7000-8000-00000000000d"

/* Has the peer's certificate expired? */
extern bool plain_expired;
