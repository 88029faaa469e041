#ifndef COWTOP_PARSE_DEBUG_FRAME_H
#define COWTOP_PARSE_DEBUG_FRAME_H

/*
 * .debug_frame, the unwind tables of a program that was built to have none in memory (-g with
 * -fno-asynchronous-unwind-tables): what .eh_frame has, in DWARF's own form (DWARF 5, 6.4.1). It is made
 * into the other one, for which there are readers (parse/eh_frame.h): an FDE's address counts from where it
 * stands, so that the object may lie anywhere. All of it is hostile.
 */
#include <stddef.h>
#include <stdint.h>

/*
 * The section as .eh_frame at `address`; to be freed. NULL: none of it is of a form that is known (32-bit DWARF of
 * versions 1 to 4, for 64-bit addresses, without augmentation).
 */
uint8_t *debug_frame_convert(const uint8_t *section, size_t size, uint64_t address, size_t *ret_size);

#endif
