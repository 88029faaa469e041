#include "model/kernel.h"

#include <stddef.h>

/* Whether counts of pages mean something else without it. */
enum counts {
	COUNTS_ALIKE,  /* no: speed only, or there is another way to the same */
	COUNTS_BLIND,  /* where frame numbers are hidden */
	COUNTS_OTHERS, /* yes */
};

#define FOR_FRAMES "CAP_SYS_ADMIN in the initial user namespace"

/* `help`: what it means. `without`: what follows where it is missing, in words that go on a sentence
 * which begins with that, and without a semicolon. `needs`: what would give it, or NULL. */
static const struct {
	const char *key, *help, *without, *needs;
	enum counts counts;
} properties[KERNEL_PROPERTIES] = {
	[KERNEL_FRAMES] = {
		"frame_numbers", "pagemap shows frame numbers",
		"all is an estimate, and there is no footprint", FOR_FRAMES,
		COUNTS_ALIKE, /* the level says it */
	},
	[KERNEL_EXCLUSIVE_BIT] = {
		"exclusive_bit", "pagemap tells a page that is mapped once",
		"copies cannot be told where frame numbers are hidden", "Linux 4.2", COUNTS_BLIND,
	},
	[KERNEL_EXCLUSIVE_EACH] = {
		"exclusive_bit_each", "that bit is each page's own within a huge page too",
		"huge pages are told apart by frame numbers, and where those are hidden all of one "
		"counts as its first page", NULL, COUNTS_BLIND,
	},
	[KERNEL_FLAG] = {
		"exclusive_flag", "kpageflags tells who may write a page without a copy",
		"late attach is an estimate, watched from the fork it is exact", "Linux 5.19",
		COUNTS_OTHERS,
	},
	[KERNEL_FLAG_HEAD] = {
		"exclusive_flag_huge", "that flag is there for huge pages",
		"huge pages are an estimate on late attach", "Linux 5.19", COUNTS_OTHERS,
	},
	[KERNEL_FLAG_TAIL] = {
		"exclusive_flag_tail", "every page of a huge page shows its flag",
		"it is looked up at the first page of the huge page", "Linux 6.12", COUNTS_ALIKE,
	},
	[KERNEL_FLAG_HUGETLB] = {
		"exclusive_flag_hugetlb", "that flag is there for hugetlb pages",
		"hugetlb pages are an estimate on late attach", "Linux 5.19", COUNTS_OTHERS,
	},
	[KERNEL_ZERO_PAGE] = {
		"zero_page", "untouched memory maps one zero page",
		"memory that was only read counts as if it had been written", NULL, COUNTS_OTHERS,
	},
	[KERNEL_SCAN] = {
		"pagemap_scan", "PAGEMAP_SCAN finds what is populated",
		"large sparse mappings take longer to walk", "Linux 6.7", COUNTS_ALIKE,
	},
	[KERNEL_SCAN_ZERO] = {
		"pagemap_scan_zero", "PAGEMAP_SCAN tells the zero page",
		"where frame numbers are hidden, memory that was only read counts as shared",
		"Linux 6.7", COUNTS_BLIND,
	},
	[KERNEL_MAP_COUNT] = {
		"map_count", "kpagecount says how often a frame is mapped",
		"PSS and USS are read of smaps_rollup, which holds a process up", NULL, COUNTS_ALIKE,
	},
	[KERNEL_MAP_COUNT_EACH] = {
		"map_count_each", "that count is each page's own within a huge page too",
		"PSS and USS of huge pages are an estimate", NULL, COUNTS_ALIKE,
	},
	[KERNEL_HUGE_COPY_ONE] = {
		"huge_copy_one", "a write to a shared huge page copies one page, not all of it",
		"one write copies all of a huge page, and all its pages count as copied", "Linux 5.8",
		COUNTS_OTHERS,
	},
	[KERNEL_REUSE] = {
		"last_owner_reuses", "the last owner of a page writes it without a copy",
		"a process left alone with a page may still copy it, and that counts as a copy",
		"Linux 5.19", COUNTS_OTHERS,
	},
	[KERNEL_KSM] = {
		"merged_flag", "kpageflags tells the pages that KSM has merged",
		"pages of processes that KSM merges are an estimate on late attach", NULL, COUNTS_OTHERS,
	},
};

const char *kernel_property_key(enum kernel_property p)
{
	return properties[p].key;
}

const char *kernel_property_help(enum kernel_property p)
{
	return properties[p].help;
}

const char *kernel_property_without(enum kernel_property p)
{
	return properties[p].without;
}

const char *kernel_property_needs(enum kernel_property p)
{
	return properties[p].needs;
}

struct kernel_facts kernel_differences(const struct kernel_facts *a, const struct kernel_facts *b)
{
	struct kernel_facts ret = { 0 };
	bool blind = !kernel_has(a, KERNEL_FRAMES) || !kernel_has(b, KERNEL_FRAMES);

	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++) {
		enum kernel_answer of_a = kernel_answer(a, p), of_b = kernel_answer(b, p);

		if (of_a == KERNEL_UNKNOWN || of_b == KERNEL_UNKNOWN || of_a == of_b)
			continue;
		if (properties[p].counts == COUNTS_OTHERS || (properties[p].counts == COUNTS_BLIND && blind))
			kernel_set(&ret, p, of_b == KERNEL_YES);
	}
	return ret;
}
