#ifndef COWTOP_PARSE_CALLS_H
#define COWTOP_PARSE_CALLS_H

#include "parse/eh_frame.h"
#include "parse/isa.h"

/*
 * The functions that are called or jumped to directly from this code, each once. What looks like a call
 * counts when it leads to the start of a function, which chance does not. Up to `max`; `address`: of
 * code[0].
 */
size_t calls_find(const struct isa *isa, const uint8_t *code, size_t len, uint64_t address,
		  const struct eh_frame *frames, uint64_t *ret, size_t max);

#endif
