#pragma once
/*
 * An editor for one text, of one line or several: libform's, on a pad of its own that is copied
 * into a sheet. It exists while somebody types.
 *
 *   edit_open() -> edit_key() / edit_draw() ... edit_text() -> edit_close()
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"

struct edit;

/* 'max': characters it takes, 0: as many as fit. 'secret': what is typed is not shown. NULL: no
 * memory. */
struct edit *edit_open(const char *text, int lines, int width, uint32_t max, bool secret);
/* True: it was a key for an editor. */
bool edit_key(struct edit *e, const struct key *k);
void edit_draw(const struct edit *e, const struct area *a, int y, int x, enum style style);
/* What stands in it, without blanks at the end; lines that were broken because they were full are
 * put together again. In 'mem'; NULL: no memory. */
const char *edit_text(const struct edit *e, struct arena *mem);
/* Is it to be left by the keys Up and Down: is the cursor in the first, the last line? */
bool edit_at_edge(const struct edit *e, bool down);
void edit_close(struct edit *e);
