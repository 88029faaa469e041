#include "heap/types.h"

#include <stdlib.h>
#include "base/alloc.h"

void types_init(struct types *t, const struct reader *r)
{
	*t = (struct types){ .r = r };
	t->not = xcalloc(NOT_TYPES, sizeof(*t->not ));
}

void types_release(struct types *t)
{
	free(t->known);
	free(t->not );
	hash_release(&t->by_address);
	*t = (struct types){ 0 };
}

static bool is_known(const struct types *t, uint64_t hash, uint64_t address)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(&t->by_address, hash, &step, &i))
		if (t->known[i] == address)
			return true;
	return false;
}

bool types_has(void *types, uint64_t address)
{
	struct types *t = types;
	uint64_t hash, *not ;
	struct cpython_type type;

	if (address == t->latest)
		return true;
	hash = hash_mix(0, address);
	not = &t->not [hash_fold(hash) % NOT_TYPES];
	if (*not == address)
		return false;
	if (is_known(t, hash, address)) {
		t->latest = address;
		return true;
	}
	if (t->n == TYPES_MAX || t->tries == TYPES_TRIES)
		return false;
	t->tries++;
	if (!cpython_type_read(t->r, address, &type)) {
		*not = address;
		return false;
	}
	vec_room(&t->known, t->n, &t->cap);
	t->known[t->n] = address;
	hash_add(&t->by_address, hash, (uint32_t)t->n++);
	t->latest = address;
	return true;
}
