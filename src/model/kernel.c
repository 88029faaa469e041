#include "model/kernel.h"

static const struct {
	const char *key, *help;
} properties[KERNEL_PROPERTIES] = {
	[KERNEL_FRAMES] = { "frame_numbers", "pagemap shows frame numbers" },
	[KERNEL_EXCLUSIVE_BIT] = { "exclusive_bit", "pagemap tells a page that is mapped once" },
	[KERNEL_EXCLUSIVE_EACH] = { "exclusive_bit_each",
				    "that bit is each page's own within a huge page too" },
	[KERNEL_FLAG] = { "exclusive_flag", "kpageflags tells who may write a page without a copy" },
	[KERNEL_FLAG_HEAD] = { "exclusive_flag_huge", "that flag is there for huge pages" },
	[KERNEL_FLAG_TAIL] = { "exclusive_flag_tail", "every page of a huge page shows its flag" },
	[KERNEL_FLAG_HUGETLB] = { "exclusive_flag_hugetlb", "that flag is there for hugetlb pages" },
	[KERNEL_ZERO_PAGE] = { "zero_page", "untouched memory maps one zero page" },
	[KERNEL_SCAN] = { "pagemap_scan", "PAGEMAP_SCAN finds what is populated" },
	[KERNEL_SCAN_ZERO] = { "pagemap_scan_zero", "PAGEMAP_SCAN tells the zero page" },
	[KERNEL_MAP_COUNT] = { "map_count", "kpagecount says how often a frame is mapped" },
	[KERNEL_MAP_COUNT_EACH] = { "map_count_each",
				    "that count is each page's own within a huge page too" },
	[KERNEL_HUGE_COPY_ONE] = { "huge_copy_one",
				   "a write to a shared huge page copies one page, not all of it" },
	[KERNEL_REUSE] = { "last_owner_reuses", "the last owner of a page writes it without a copy" },
};

const char *kernel_property_key(enum kernel_property p)
{
	return properties[p].key;
}

const char *kernel_property_help(enum kernel_property p)
{
	return properties[p].help;
}
