/* Runs a fuzz target under afl-fuzz: many inputs in one process, handed over in shared memory. */
#include <unistd.h>

#include "tests/fuzz/target.h"

#define INPUTS 20000 /* then a new process, so that what leaks does not add up */

__AFL_FUZZ_INIT();

int main(void)
{
	const unsigned char *data;

	__AFL_INIT();
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0); /* what is made once */
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(INPUTS))
		(void)LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}
