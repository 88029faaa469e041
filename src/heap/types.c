#include "heap/types.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/alloc.h"

void types_init(struct types *t, const struct reader *r)
{
	/* at 0 is none, wherever memory begins */
	*t = (struct types){ .r = r, .latest_number = SIZE_MAX };
	t->not = xcalloc(NOT_TYPES, sizeof(*t->not ));
}

void types_release(struct types *t)
{
	free(t->known);
	free(t->not );
	hash_release(&t->by_address);
	*t = (struct types){ 0 };
}

static size_t known_number(const struct types *t, uint64_t hash, uint64_t address)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(&t->by_address, hash, &step, &i))
		if (t->known[i] == address)
			return i;
	return SIZE_MAX;
}

static size_t add(struct types *t, uint64_t hash, uint64_t address)
{
	vec_room(&t->known, t->n, &t->cap);
	t->known[t->n] = address;
	hash_add(&t->by_address, hash, (uint32_t)t->n);
	return t->n++;
}

size_t types_find(struct types *t, uint64_t address)
{
	uint64_t hash, *not ;
	struct cpython_type type;
	size_t number;

	if (address == t->latest)
		return t->latest_number;
	hash = hash_mix(0, address);
	not = &t->not [hash_fold(hash) % NOT_TYPES];
	if (*not == address)
		return SIZE_MAX;
	number = known_number(t, hash, address);
	if (number == SIZE_MAX) {
		if (t->n == TYPES_MAX || t->tries == TYPES_TRIES)
			return SIZE_MAX;
		t->tries++;
		if (!cpython_type_read(t->r, address, &type)) {
			*not = address;
			return SIZE_MAX;
		}
		number = add(t, hash, address);
	}
	t->latest = address;
	t->latest_number = number;
	return number;
}

bool types_has(void *types, uint64_t address)
{
	return types_find(types, address) != SIZE_MAX;
}
