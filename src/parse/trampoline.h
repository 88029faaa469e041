#ifndef COWTOP_PARSE_TRAMPOLINE_H
#define COWTOP_PARSE_TRAMPOLINE_H

/*
 * Code that has no unwind table is known by its bytes, and a table is made here that says of each
 * instruction where the caller is:
 *
 * - The trampolines of CPython under -X perf (3.12 and later, Python/asm_trampoline.S): a copy of the
 *   same few instructions for each Python function, between the interpreter and its evaluation loop.
 * - The end of __do_global_dtors_aux(), which gcc links into every program and library
 *   (libgcc/crtstuff.c, built without tables): when a process ends, it runs in each of them, destroys
 *   what is static there, and writes to one byte.
 */
#include "parse/isa.h"

#define TRAMPOLINE_MAX ISA_SHAPE /* bytes of its code */
#define TRAMPOLINE_TABLE 64      /* bytes of its table */

/* In `code`, is there one around code[at]? Which, and its first byte; NULL: none. */
const struct isa_shape *trampoline_find(const struct isa *isa, const uint8_t *code, size_t len, size_t at,
					size_t *ret_start);

/*
 * A row of .eh_frame_hdr, a CIE and an FDE for one that was found, as if these bytes lay at `address`
 * rounded down to a multiple of 8, which is also what the row counts from. `address`: of its first byte.
 */
void trampoline_table(const struct isa *isa, const struct isa_shape *shape, uint64_t address,
		      uint8_t ret[TRAMPOLINE_TABLE]);

#endif
