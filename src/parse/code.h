#ifndef COWTOP_PARSE_CODE_H
#define COWTOP_PARSE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * x86-64 code: the address that a "movl $value, disp32(%rip)" among these bytes stores to
 * (c7 05 disp32 imm32; disp32 counts from the next instruction). `address` is that of code[0].
 * Instructions are not decoded one by one: the first place that looks like one counts.
 */
bool code_find_store(const unsigned char *code, size_t len, uint64_t address, uint32_t value,
		     uint64_t *ret);

#endif
