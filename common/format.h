#pragma once
/* The formats a text field may be declared with (Steward__Format): what each looks like. */
#include <stdbool.h>

#include "proto/option_types.pb-c.h"

/* NULL: 'text' (valid UTF-8) has the format. Else a sentence that tells what is wanted. */
const char *format_check(Steward__Format format, const char *text);

/* "2026-02-28": a day of the calendar, years 0001 to 9999. */
bool format_is_date(const char *text);
