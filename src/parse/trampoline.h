#ifndef COWTOP_PARSE_TRAMPOLINE_H
#define COWTOP_PARSE_TRAMPOLINE_H

/*
 * The trampolines of CPython under -X perf (3.12 and later, Python/asm_trampoline.S): a copy of the
 * same few instructions for each Python function, between the interpreter and its evaluation loop. They
 * are generated without unwind tables; they are known by their bytes, and a table is made here that says
 * of each instruction where the caller is.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAMPOLINE_MAX 16   /* bytes of its code */
#define TRAMPOLINE_TABLE 64 /* bytes of its table */

/* In `code`, is there one around code[at]? Its first byte and its length. */
bool trampoline_find(const uint8_t *code, size_t len, size_t at, size_t *ret_start, size_t *ret_len);

/*
 * A row of .eh_frame_hdr, a CIE and an FDE for one that was found, as if these bytes lay at `address`
 * rounded down to a multiple of 8, which is also what the row counts from. `len`: as found; `address`: of
 * its first byte.
 */
void trampoline_table(size_t len, uint64_t address, uint8_t ret[TRAMPOLINE_TABLE]);

#endif
