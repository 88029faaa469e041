#ifndef COWTOP_PARSE_CPYTHON_TOGGLE_H
#define COWTOP_PARSE_CPYTHON_TOGGLE_H

#include "parse/elf.h"

/*
 * 2.7 and 3.6 keep "enabled" in a static variable that a stripped build has no name for. The gc module's
 * table of methods lists "enable", "disable" and "isenabled" in a row; the first two functions store 1
 * and 0 into the variable. Its address, when both agree.
 */
bool cpython_find_enabled(const struct reader *r, const struct elf_object *o, uint64_t *ret);

#endif
