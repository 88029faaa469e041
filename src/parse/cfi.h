#ifndef COWTOP_PARSE_CFI_H
#define COWTOP_PARSE_CFI_H

/*
 * Call frame instructions of an unwind table (DWARF 5, 6.4.2), looked through before they are given to libunwind: that
 * takes the register in which another one is kept for one that there is, without a check (1.6 to 1.8, DW_CFA_register in
 * src/dwarf/Gparser.c), and reads whatever lies so far behind its array. What they mean is its business. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

/* Are these whole instructions that keep registers in none but the first `registers`? `pointer`: bytes of an address, as the
 * table stores it. */
bool cfi_fits(const uint8_t *at, const uint8_t *end, unsigned registers, unsigned pointer);

#endif
