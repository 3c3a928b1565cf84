#pragma once
/* What every fuzz target has: libFuzzer's entry. It must return 0 and end the process only by a
 * fault. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
