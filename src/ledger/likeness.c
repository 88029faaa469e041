#include "ledger/likeness.h"

#include <string.h>

#define LINE 64

static bool holds(const char *line)
{
	static const char zero[LINE];

	return memcmp(line, zero, LINE);
}

int page_likeness(const void *a, const void *b, size_t page_size)
{
	const char *x = a, *y = b;
	unsigned int equal = 0, unlike = 0, in_x = 0, in_y = 0;

	for (size_t at = 0; at < page_size; at += LINE) {
		bool hx = holds(x + at), hy = holds(y + at);

		in_x += hx;
		in_y += hy;
		if (memcmp(x + at, y + at, LINE))
			unlike++;
		else
			equal += hx;
	}
	if (!in_x || !in_y || (equal && unlike > equal && unlike < LIKENESS_LINES))
		return -1;
	return (int)(equal * 100 / (equal + unlike));
}
