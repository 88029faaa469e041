#ifndef COWTOP_PARSE_CALLS_H
#define COWTOP_PARSE_CALLS_H

#include "parse/eh_frame.h"

/*
 * x86-64 code: the functions that are called or jumped to directly (e8, e9 and a displacement of 32 bits)
 * from these bytes, each once. Instructions are not decoded one by one: what looks like a call counts
 * when it leads to the start of a function, which chance does not. Up to `max`; `address`: of code[0].
 */
size_t calls_find(const uint8_t *code, size_t len, uint64_t address, const struct eh_frame *frames,
		  uint64_t *ret, size_t max);

#endif
