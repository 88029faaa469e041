#ifndef COWTOP_PARSE_KALLSYMS_H
#define COWTOP_PARSE_KALLSYMS_H

/*
 * /proc/kallsyms (kernel/kallsyms.c, s_show): "ADDRESS TYPE NAME[\t[MODULE]]", the kernel's own in
 * the order of their addresses. All addresses are 0 for a reader who may not see them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_symbol {
	uint64_t start, end; /* end: where the next one begins */
	const char *name;    /* a slice of the text */
	size_t name_len;
};

/* From *at on, which starts at 0. False at the end, or when addresses are hidden. Data symbols and
 * modules are left out. */
bool parse_kallsyms(const char *text, size_t len, size_t *at, struct kernel_symbol *ret);

#endif
