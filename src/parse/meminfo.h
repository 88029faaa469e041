#ifndef COWTOP_PARSE_MEMINFO_H
#define COWTOP_PARSE_MEMINFO_H

/*
 * /proc/meminfo (proc_meminfo(5); fs/proc/meminfo.c, Linux 6.18): "Key:   N kB" lines. In bytes here; a
 * line that is not there or makes no sense leaves its fact ABSENT.
 */
#include <stddef.h>
#include "model/fact.h"

struct meminfo {
	fact total, available, cached;
	fact swap_used; /* SwapTotal less SwapFree */
};

void parse_meminfo(const char *text, size_t len, struct meminfo *ret);

#endif
