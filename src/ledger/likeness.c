#include "ledger/likeness.h"

#include <string.h>

#define LINE 64

int page_likeness(const void *a, const void *b, size_t page_size)
{
	static const char zero[LINE];
	const char *x = a, *y = b;
	unsigned int with_content = 0, equal = 0;

	for (size_t at = 0; at < page_size; at += LINE) {
		if (!memcmp(x + at, y + at, LINE)) {
			if (memcmp(x + at, zero, LINE)) {
				with_content++;
				equal++;
			}
		} else {
			with_content++;
		}
	}
	return with_content ? (int)(equal * 100 / with_content) : -1;
}
