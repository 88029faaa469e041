#ifndef COWTOP_HEAP_KINDS_OWNERS_H
#define COWTOP_HEAP_KINDS_OWNERS_H

/*
 * Names that memory belongs to, modules and files of code, by the address of the str that says them, and what lies in
 * memory of each.
 */
#include "base/hash.h"
#include "heap/kinds_pages.h"
#include "parse/cpython_text.h"

#define OWNERS_MAX 16384
#define NO_OWNER UINT32_MAX

struct owner {
	char *name;
	uint64_t count;
	struct piece_sum sum;
	uint32_t belongs; /* a file: to which module, or NO_OWNER */
};

struct owners {
	const struct reader *r; /* borrowed */
	uint32_t minor;
	struct owner *items;
	size_t n, cap;
	struct hash by_name;
	uint64_t *addresses; /* of texts, */
	uint32_t *of;        /* and whose each is */
	size_t naddresses, addresses_cap, of_cap;
	struct hash by_address;
};

/* By the name; NO_OWNER: it is empty, or there are too many. */
uint32_t owners_name(struct owners *o, const char *name);
/* By the address of a str. NO_OWNER: it is none. */
uint32_t owners_text(struct owners *o, uint64_t address);
void owner_add(struct owners *o, uint32_t owner, uint64_t count, const struct piece_sum *sum);
/* Is that the file of that module? "app/models.py" and "app/models/__init__.py" are app.models'. */
bool owners_file_fits(const char *file, const char *module);
void owners_release(struct owners *o);

#endif
