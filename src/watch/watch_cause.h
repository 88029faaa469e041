#ifndef COWTOP_WATCH_WATCH_CAUSE_H
#define COWTOP_WATCH_WATCH_CAUSE_H

/*
 * Why the kernel allocated a page, told by the kernel functions that were under way. A page for a
 * copy has the same flags as one for shared memory and one for what comes back from swap; these
 * two are known by their functions. What is neither is a copy.
 */
#include "sys/proc.h"

struct watch_causes {
	struct cause_range {
		uint64_t start, end;
		bool copy;
	} * ranges; /* sorted; only functions that decide */
	size_t n, cap;
};

/* From /proc/kallsyms. 0 or -errno; -EPERM: this user sees no addresses there. */
int watch_causes_read(const struct procfs *fs, struct watch_causes *ret);
void watch_causes_release(struct watch_causes *c);
/* `chain`: n unaligned words, the innermost function first. */
bool watch_causes_copy(const struct watch_causes *c, const uint8_t *chain, size_t n);

#endif
