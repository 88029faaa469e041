/* parse_resident: an address is found or not, and a size is never negative. */
#include "fuzz.h"
#include "parse/resident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t start = size ? (uint64_t)data[0] << 12 : 0;
	fact bytes = parse_resident((const char *)data, size, start);

	must(bytes == ABSENT || (bytes >= 0 && bytes % 1024 == 0));
	return 0;
}
