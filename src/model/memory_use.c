#include "model/memory_use.h"

#include <stdlib.h>

void memory_uses_release(struct memory_uses *u)
{
	free(u->items);
	hash_release(&u->by_name);
	*u = (struct memory_uses){ 0 };
}

const char *memory_use_name(enum memory_use_kind kind)
{
	static const char *const names[MEMORY_USE_KINDS] = {
		[MEMORY_HEAP] = "heap",         [MEMORY_ARENA] = "arena", [MEMORY_MAPPED] = "mapped",
		[MEMORY_PYMALLOC] = "pymalloc", [MEMORY_PHP] = "php",     [MEMORY_RUBY] = "ruby",
		[MEMORY_ANON] = "anon",         [MEMORY_STACK] = "stack", [MEMORY_DATA] = "data",
		[MEMORY_FILE] = "file",         [MEMORY_SHMEM] = "shmem",
	};

	return names[kind];
}

fact memory_use_copied(const struct memory_use *u)
{
	return u->pages.cow_broken + u->pages.cow_file;
}
