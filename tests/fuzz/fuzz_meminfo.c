/* parse_meminfo: bounded, no fact but ABSENT is negative. */
#include "fuzz.h"
#include "parse/meminfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meminfo m;

	parse_meminfo((const char *)data, size, &m);
	must(m.total >= ABSENT && m.available >= ABSENT && m.cached >= ABSENT);
	must(m.swap_used >= ABSENT);
	return 0;
}
