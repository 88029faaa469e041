/* parse_perf_record: bounded by the record, whatever it says; the first byte picks the layout. */
#include "fuzz.h"
#include "parse/perf_record.h"

static void within(const uint8_t *part, size_t len, const uint8_t *data, size_t size)
{
	must(!part || (part >= data && len <= size && part + len <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_layout layout = { .registers = 20 };
	struct perf_record r;

	if (!size)
		return 0;
	layout.address = *data & 1;
	layout.chain = *data & 2;
	layout.stack = *data & 4;
	layout.stream = *data & 8;
	data++;
	size--;
	must(perf_record_size(data, size) <= UINT16_MAX);
	if (parse_perf_record(data, size, &layout, &r) < 0)
		return 0;
	must(perf_record_size(data, size) == size);
	within(r.chain, r.nchain * 8, data, size);
	within(r.registers, 20 * 8, data, size);
	within(r.stack, r.stack_bytes, data, size);
	must(r.comm[sizeof(r.comm) - 1] == '\0');
	return 0;
}
