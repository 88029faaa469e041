#include "model/why_memory.h"

#include <stdlib.h>

void why_memory_free(struct why_memory *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		address_space_release(&m->workers[i].space);
		allocator_inventory_release(&m->workers[i].allocators);
		copies_release(&m->workers[i].copies);
	}
	free(m->workers);
	allocator_inventory_release(&m->allocators);
	allocator_inventory_release(&m->each);
	memory_uses_release(&m->regions);
	copies_release(&m->copies);
	free(m);
}

const struct why_memory_worker *why_memory_of(const struct why_memory *m, pid_t pid, uint64_t start_ticks)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (m->workers[i].pid == pid && m->workers[i].start_ticks == start_ticks)
			return &m->workers[i];
	return NULL;
}
