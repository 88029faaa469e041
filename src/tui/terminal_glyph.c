#include "tui/terminal_glyph.h"

#include <string.h>

void terminal_widen(const struct cell *cell, bool wide, wchar_t out[static TERMINAL_GLYPH + 1])
{
	const char *s = cell->glyph;
	size_t n = 0, left = strnlen(s, GLYPH_MAX);
	mbstate_t state = { 0 };

	/* Nearly all of them. */
	if (left == 1 && !wide) {
		out[0] = (unsigned char)*s < 0x80 ? *s : L'?';
		out[1] = L'\0';
		return;
	}
	while (left && n < TERMINAL_GLYPH) {
		size_t used = mbrtowc(&out[n], s, left, &state);

		if (used == 0 || used > left)
			break;
		s += used;
		left -= used;
		n++;
	}
	/* A C library that is older or younger than our own table of widths. */
	if (n == 0 || wcwidth(out[0]) != (wide ? 2 : 1)) {
		out[0] = L'?';
		n = 1;
	}
	for (size_t i = 1; i < n; i++)
		if (wcwidth(out[i]) != 0)
			n = i;
	out[n] = L'\0';
}
