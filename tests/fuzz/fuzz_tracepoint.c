/* Format files of tracepoints and kernel symbols: bounded, and slices stay inside the text. */
#include <string.h>
#include "fuzz.h"
#include "parse/kallsyms.h"
#include "parse/tracepoint.h"

static void symbols(const char *text, size_t size)
{
	struct kernel_symbol s;
	size_t at = 0, before = 0;

	while (parse_kallsyms(text, size, &at, &s)) {
		must(at > before && at <= size);
		must(s.start < s.end);
		must(s.name >= text && s.name + s.name_len <= text + size);
		before = at;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	uint64_t value = 42;

	if (!parse_tracepoint_id(text, size, &value))
		must(value == 42);
	parse_tracepoint_field(text, size, "order");
	value = 42;
	if (!parse_tracepoint_flag(text, size, "__GFP_ZERO", &value))
		must(value == 42);
	parse_tracepoint_flag(text, size, "GFP_HIGHUSER_MOVABLE", &value);
	symbols(text, size);
	return 0;
}
