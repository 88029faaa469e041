#include "model/region.h"

#include <stdlib.h>

void address_space_release(struct address_space *a)
{
	for (size_t i = 0; i < a->nregions; i++)
		free(a->regions[i].name);
	free(a->regions);
	free(a->stretches);
	*a = (struct address_space){ 0 };
}

const char *region_kind_name(enum region_kind kind)
{
	static const char *const names[REGION_KINDS] = {
		[REGION_HEAP] = "heap",   [REGION_ANON] = "anon",   [REGION_FILE_DATA] = "data",
		[REGION_FILE] = "file",   [REGION_STACK] = "stack", [REGION_SHMEM] = "shmem",
	};

	return names[kind];
}

const char *page_class_name(enum page_class class)
{
	static const char *const names[PAGE_CLASSES] = {
		[PAGE_CLASS_NONE] = "none",         [PAGE_CLASS_SHARED] = "shared",
		[PAGE_CLASS_ORPHANED] = "orphaned", [PAGE_CLASS_COW_BROKEN] = "cow_broken",
		[PAGE_CLASS_COW_FILE] = "cow_file", [PAGE_CLASS_NEW] = "new",
		[PAGE_CLASS_FILE] = "file",         [PAGE_CLASS_SWAPPED] = "swapped",
	};

	return names[class];
}
