#ifndef COWTOP_TESTS_FUZZ_H
#define COWTOP_TESTS_FUZZ_H

/*
 * A fuzzer is one file with LLVMFuzzerTestOneInput(): hostile bytes in, and must() for what holds
 * whatever they are. Linked with fuzz_main.c it replays its corpus; linked by clang
 * -fsanitize=fuzzer without it, it searches.
 */
#include <stdbool.h>
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

/* Pieces with their lengths in front, of two bytes: the next one, of the last as much as there is. */
struct pieces {
	const uint8_t *data;
	size_t size; /* of what is left */
	const uint8_t *piece;
	size_t len;
};

static inline bool next_piece(struct pieces *p)
{
	if (p->size < 2)
		return false;
	p->len = p->data[0] | (size_t)p->data[1] << 8;
	p->piece = p->data + 2;
	p->size -= 2;
	p->len = p->len < p->size ? p->len : p->size;
	p->data = p->piece + p->len;
	p->size -= p->len;
	return true;
}

#endif
