/* What a terminal reports of its mouse: a place on a screen, or nothing, and it ends. The first byte says how. */
#include "fuzz.h"
#include "tui/terminal_mouse.h"

static const uint8_t *left, *end;

static int next(void)
{
	return left < end ? *left++ : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int row = -1, column = -1;

	if (!size)
		return 0;
	left = data + 1;
	end = data + size;
	while (left < end)
		if (terminal_mouse(*data & 1, next, &row, &column))
			must(row >= 0 && row < 10000 && column >= 0 && column < 10000);
	return 0;
}
