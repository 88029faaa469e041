#ifndef COWTOP_TESTS_FUZZ_H
#define COWTOP_TESTS_FUZZ_H

/*
 * A fuzzer is one file with LLVMFuzzerTestOneInput(): hostile bytes in, and must() for what holds
 * whatever they are. Linked with fuzz_main.c it replays its corpus; linked by clang
 * -fsanitize=fuzzer without it, it searches.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
