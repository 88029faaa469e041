#include "model/standing.h"

#include <string.h>

static const struct {
	const char *key; /* the same in both tables */
	bool of_worker;
} sources[] = {
	{ "shared_bytes", true },  { "cow_broken_bytes", true },         { "cow_broken_ratio", false },
	{ "private_bytes", true }, { "footprint_bytes", false },         { "saved_bytes", false },
	{ "copied_bytes", false }, { "master_cow_broken_bytes", false },
};

void standing_clear(struct standing *s)
{
	*s = (struct standing){ .workers = UNKNOWN };
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		s->means[i] = measure_make(UNKNOWN, UNKNOWN, false);
		s->errors[i] = s->freedoms[i] = UNKNOWN;
	}
}

static const struct field *find_pool(const char *key)
{
	size_t i = 0;

	while (!fields[i].pool_key || strcmp(fields[i].pool_key, key) != 0)
		i++;
	return &fields[i];
}

bool standing_source(size_t i, struct standing_source *ret)
{
	if (i >= sizeof(sources) / sizeof(*sources))
		return false;
	*ret = (struct standing_source){
		.row = compare_find(sources[i].key),
		.pool = find_pool(sources[i].key),
		.of_worker = sources[i].of_worker,
	};
	return true;
}

bool standing_is_level(const struct field *row)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		if (!strcmp(sources[i].key, row->process_key))
			return true;
	}
	return false;
}
