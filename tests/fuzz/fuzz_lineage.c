/* parse/lineage.h over any two images: two that are the same for one are so for the other, and nobody is forked from
 * whom nothing is known of. */
#include <string.h>
#include "fuzz.h"
#include "parse/lineage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct image_facts none;
	struct image_facts two[2] = { none, none };

	memcpy(two, data, size < sizeof(two) ? size : sizeof(two));
	must(lineage_same_image(&two[0], &two[1]) == lineage_same_image(&two[1], &two[0]));
	must(lineage_of(&two[0], &two[1]) <= LINEAGE_ADOPTED);
	must(lineage_of(&two[0], &none) != LINEAGE_FORKED);
	return 0;
}
