#pragma once
/* Lists: pages are put together until --limit is reached, and it is told when there is more. */
#include "client/cli/args.h"
#include "client/cli/render.h"

#define LIST_LIMIT 100 /* rows if --limit does not say */

/* Calls as often as needed. *ret_more: there are further rows. Non-OK: 'call' tells why. */
enum st_code list_fetch(struct cli *cli, struct args *a, struct result *ret, bool *ret_more,
			struct call_result *call) ST_MUSTCHECK;
/* Does the reply hold, beside other things, a list that comes in pages? */
bool list_within(const struct rpc_method *m);
/* Its reply, 'call->reply', with all rows of that list that are wanted; *ret: these rows. */
enum st_code list_fetch_within(struct cli *cli, struct args *a, struct result *ret, bool *ret_more,
			       struct call_result *call) ST_MUSTCHECK;
/* The cursor of the last row shown; NULL: the list has none. */
const char *list_cursor(const struct result *r, struct arena *mem);
