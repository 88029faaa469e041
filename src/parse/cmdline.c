#include "parse/cmdline.h"

uint64_t cmdline_join(struct buf *b)
{
	unsigned int blanks = 0;
	uint64_t inner = 0;

	if (b->len > CMDLINE_MAX)
		b->len = CMDLINE_MAX;
	while (b->len && !b->data[b->len - 1])
		b->len--;
	if (b->data)
		b->data[b->len] = '\0';
	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] && b->data[i] != ' ')
			continue;
		if (b->data[i] && blanks < 64)
			inner |= UINT64_C(1) << blanks;
		b->data[i] = ' ';
		blanks++;
	}
	return inner;
}
