#pragma once
/*
 * From a frame to an op: what the daemon gives the listeners as their service. Hello and Welcome,
 * decoding, and whether this connection may call this method now.
 */
#include "server/net/conn.h"

struct app;

/* The service of the work port and of the enrolment port; the device's certificate tells them
 * apart. */
void dispatch_service(struct app *app, struct conn_service *ret);
