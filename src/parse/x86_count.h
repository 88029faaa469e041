#ifndef COWTOP_PARSE_X86_COUNT_H
#define COWTOP_PARSE_X86_COUNT_H

/*
 * Does an instruction of x86-64 count by one in memory? In place, or by storing what was loaded from there and
 * counted since, in a register or in a place on the stack, with whatever else the compiler has put in between.
 * Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum x86_count {
	X86_NO_COUNT,
	X86_COUNT,
	X86_ELSEWHERE, /* a store that is jumped to, from where these bytes do not reach */
};

/*
 * Up or down, 32 bits, or 64 when `wide`, at `displacement` from where a pointer points. Counters that are static or on the stack
 * are none, nor is that of the pool that an object is in (Objects/obmalloc.c, struct pool_header), whose second word
 * is written with it. Where code[at] is jumped to from within the code, what stands before that jump counts as well.
 */
enum x86_count x86_counts(const uint8_t *code, size_t len, size_t at, int32_t displacement, bool wide);

#endif
