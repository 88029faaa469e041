#ifndef COWTOP_MODEL_KERNEL_H
#define COWTOP_MODEL_KERNEL_H

/*
 * What this kernel tells about pages, found by trying it on pages of one's own (sys/kernel.h), never
 * from its version: distributions port changes back. Every rule of the ledger that needs a property
 * says so (ledger/ledger.h); without it there is another rule, or an estimate with its label.
 *
 * Each property is a question whose answer is yes, no, or not known: it could not be tried. A recording
 * keeps the answers as two words, so a property keeps its place; new ones go to the end.
 */
#include <stdbool.h>
#include <stdint.h>

enum kernel_property {
	KERNEL_FRAMES,         /* pagemap shows frame numbers (to this user) */
	KERNEL_EXCLUSIVE_BIT,  /* pagemap's bit 56 is set when a page is mapped once, clear when by two */
	KERNEL_EXCLUSIVE_EACH, /* within a huge page too it is each page's own, not the first one's */
	KERNEL_FLAG,           /* kpageflags' bit 34 tells an exclusive anonymous page (Linux 5.19) */
	KERNEL_FLAG_HEAD,      /* ... of the head of a huge page */
	KERNEL_FLAG_TAIL,      /* ... and its other pages show the same (6.1, 6.8: no; 6.12: yes) */
	KERNEL_FLAG_HUGETLB,   /* ... of the head of a hugetlb page */
	KERNEL_ZERO_PAGE,      /* untouched memory that is read maps one and the same zero page */
	KERNEL_SCAN,           /* PAGEMAP_SCAN finds what is populated (6.7) */
	KERNEL_SCAN_ZERO,      /* ... and tells the zero page apart */
	KERNEL_MAP_COUNT,      /* kpagecount says how often a frame is mapped */
	KERNEL_MAP_COUNT_EACH, /* within a huge page too it is each page's own, not an average */
	KERNEL_HUGE_COPY_ONE,  /* a write to a shared huge page copies one page of it, not 2 MiB (5.8) */
	KERNEL_REUSE,          /* the last owner's write keeps the frame (5.9 to 5.18: not always) */
	KERNEL_KSM,            /* kpageflags' bit 21 is set of pages that KSM merged alone (6.12: of all) */
	KERNEL_PROPERTIES,
};

struct kernel_facts {
	uint32_t known, yes; /* a bit a property; `yes` only where `known` is set */
};

enum kernel_answer { KERNEL_UNKNOWN, KERNEL_NO, KERNEL_YES };

/* What a property is called (a JSON key), and what it means in one line. */
const char *kernel_property_key(enum kernel_property p);
const char *kernel_property_help(enum kernel_property p);
/* What follows for cowtop where it is missing, in one line, and what would give it: "Linux 5.19", or
 * NULL, nothing that one could grant or install. */
const char *kernel_property_without(enum kernel_property p);
const char *kernel_property_needs(enum kernel_property p);

static inline void kernel_set(struct kernel_facts *k, enum kernel_property p, bool yes)
{
	k->known |= 1U << p;
	k->yes = yes ? k->yes | 1U << p : k->yes & ~(1U << p);
}

static inline enum kernel_answer kernel_answer(const struct kernel_facts *k, enum kernel_property p)
{
	return !(k->known >> p & 1) ? KERNEL_UNKNOWN : k->yes >> p & 1 ? KERNEL_YES : KERNEL_NO;
}

/* True only when it was tried, and is so. */
static inline bool kernel_has(const struct kernel_facts *k, enum kernel_property p)
{
	return kernel_answer(k, p) == KERNEL_YES;
}

/* True only when it was tried, and is not so. */
static inline bool kernel_lacks(const struct kernel_facts *k, enum kernel_property p)
{
	return kernel_answer(k, p) == KERNEL_NO;
}

/*
 * By what pages of a and b were counted differently: properties that are known of both, are not the
 * same and change a figure. Of each the answer of b; the rest is not known. Frame numbers are none of
 * them: without them the level is another one.
 */
struct kernel_facts kernel_differences(const struct kernel_facts *a, const struct kernel_facts *b);

#endif
