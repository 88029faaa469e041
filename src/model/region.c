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
		[REGION_HEAP] = "heap", [REGION_ANON] = "anon",   [REGION_FILE_DATA] = "data",
		[REGION_FILE] = "file", [REGION_STACK] = "stack", [REGION_SHMEM] = "shmem",
	};

	return names[kind];
}
