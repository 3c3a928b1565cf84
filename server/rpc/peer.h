#pragma once
/*
 * What the daemon knows of a live connection beyond its bytes: who is logged in, which ops run for
 * it. Kept in conn_info(conn)->user from opened() to closed().
 */
#include "common/list.h"
#include "server/net/conn.h"

struct app;
struct caller;

struct peer {
	struct list link;       /* app's peers */
	struct list crowd_link; /* app's crowds: those of one device, among others */
	struct app *app;
	struct conn *conn;
	struct caller *caller; /* reference held; NULL: nobody is logged in */
	struct list ops;       /* running, by op->peer_link */
	unsigned n_ops;
};

static inline struct peer *peer_of(struct conn *c)
{
	return conn_info(c)->user;
}

/* Logs a caller in on this connection (takes over the reference) or out (NULL): frames and rights
 * follow. */
void peer_set_caller(struct peer *p, struct caller *caller);
