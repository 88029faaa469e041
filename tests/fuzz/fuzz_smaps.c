/* parse_smaps: no total is negative, and the same text twice is twice the total. */
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/smaps.h"

#define NTOTALS (sizeof(struct smaps_totals) / sizeof(fact))

union totals {
	struct smaps_totals named;
	fact each[NTOTALS];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf text = { 0 };
	union totals once, twice;
	size_t i;

	/* Where no mapping says that it may not, it may. */
	must(smaps_may_be_huge((const char *)data, size) || memmem(data, size, "THPeligible:", 12));
	if (parse_smaps((const char *)data, size, &once.named) < 0)
		return 0;

	must(once.named.rss != ABSENT);
	for (i = 0; i < NTOTALS; i++)
		must(once.each[i] == ABSENT || (once.each[i] >= 0 && once.each[i] % 1024 == 0));

	buf_add(&text, data, size);
	if (text.data[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	buf_add(&text, data, size);
	if (parse_smaps(text.data, text.len, &twice.named) < 0) {
		for (i = 0; i < NTOTALS && once.each[i] <= INT64_MAX / 2; i++)
			;
		must(i < NTOTALS);
		return 0;
	}
	for (i = 0; i < NTOTALS; i++)
		must(twice.each[i] == (once.each[i] == ABSENT ? ABSENT : 2 * once.each[i]));
	return 0;
}
