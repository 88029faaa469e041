#include "heap/kinds_owners.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

uint32_t owners_name(struct owners *o, const char *name)
{
	uint64_t hash = hash_bytes(0, name, strlen(name));
	size_t step = 0;
	uint32_t i;

	if (!*name)
		return NO_OWNER;
	while (hash_next(&o->by_name, hash, &step, &i))
		if (!strcmp(o->items[i].name, name))
			return i;
	if (o->n == OWNERS_MAX)
		return NO_OWNER;
	vec_room(&o->items, o->n, &o->cap);
	o->items[o->n] = (struct owner){ .name = xstrdup(name), .belongs = NO_OWNER };
	hash_add(&o->by_name, hash, (uint32_t)o->n);
	return (uint32_t)o->n++;
}

uint32_t owners_text(struct owners *o, uint64_t address)
{
	uint64_t hash = hash_mix(0, address);
	char text[CPYTHON_TEXT] = "";
	size_t step = 0;
	uint32_t i;

	while (hash_next(&o->by_address, hash, &step, &i))
		if (o->addresses[i] == address)
			return o->of[i];
	if (o->naddresses == OWNERS_MAX || !cpython_text_read(o->r, o->minor, address, text))
		return NO_OWNER;
	vec_room(&o->addresses, o->naddresses, &o->addresses_cap);
	vec_room(&o->of, o->naddresses, &o->of_cap);
	o->addresses[o->naddresses] = address;
	o->of[o->naddresses] = owners_name(o, text);
	hash_add(&o->by_address, hash, (uint32_t)o->naddresses);
	return o->of[o->naddresses++];
}

void owner_add(struct owners *o, uint32_t owner, uint64_t count, const struct piece_sum *sum)
{
	struct owner *to = owner == NO_OWNER ? NULL : &o->items[owner];

	if (!to)
		return;
	to->count += count;
	to->sum.bytes += sum->bytes;
	to->sum.copied += sum->copied;
	to->sum.shared += sum->shared;
}

bool owners_file_fits(const char *file, const char *module)
{
	const char *dot = strrchr(module, '.'), *last = dot ? dot + 1 : module, *end = strrchr(file, '.');
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	size_t len = strlen(last);

	if (!end || end < name)
		end = name + strlen(name);
	if (slash && end - name == 8 && !memcmp(name, "__init__", 8)) {
		end = slash;
		for (name = slash; name > file && name[-1] != '/'; name--)
			;
	}
	return (size_t)(end - name) == len && !memcmp(name, last, len);
}

void owners_release(struct owners *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->items[i].name);
	free(o->items);
	free(o->addresses);
	free(o->of);
	hash_release(&o->by_name);
	hash_release(&o->by_address);
	*o = (struct owners){ 0 };
}
