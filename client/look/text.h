#pragma once
/* Text from elsewhere on its way to a terminal: never a control character, measured in columns. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/arena.h"

/* Writes 's' with control characters spelled \xNN; line ends and tabs become blanks. */
void text_put(FILE *out, const char *s);
/* The same in 'mem', line ends kept if 'lines'. NULL: no memory. */
const char *text_clean(const char *s, bool lines, struct arena *mem);
/* Columns it takes. */
size_t text_width(const char *s);
/* At most 'width' columns of 's', with a ~ at the end where something was cut off. NULL: no memory.
 */
const char *text_cut(const char *s, size_t width, struct arena *mem);
/* Writes 's' broken between words (else anywhere) to at most 'width' columns; lines after the first
 * begin with 'indent' blanks. Width 0: not broken. */
void text_wrap(FILE *out, const char *s, size_t width, size_t indent);
/* ASCII letters as capitals, in 'mem'. NULL: no memory. */
char *text_upper(const char *s, struct arena *mem);
