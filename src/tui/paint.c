#include "tui/paint.h"

#define BOLD PAINT_BOLD
#define FAINT PAINT_FAINT
#define LINE PAINT_UNDERLINE
#define REVERSE PAINT_REVERSE

/*
 * Of 256 colours (xterm's cube), of 16 and of 8; the weight with colours, and without.
 * Readable on black and on white: no pure yellow, no dark blue. Getting worse is warm, standing
 * still is violet: the two are told apart at a glance, and by weight where there is no colour.
 */
static const struct {
	short color[3];
	unsigned char weight, mono;
} looks[PAINTS] = {
	[PAINT_PLAIN] = { { -1, -1, -1 }, 0, 0 },
	[PAINT_DIM] = { { 245, 8, -1 }, 0, FAINT },
	[PAINT_LABEL] = { { 37, 6, 6 }, BOLD, BOLD },
	[PAINT_TITLE] = { { -1, -1, -1 }, BOLD, BOLD },
	[PAINT_HEAD] = { { -1, -1, -1 }, REVERSE, REVERSE },
	[PAINT_SORTED] = { { 37, 6, 6 }, REVERSE | BOLD, REVERSE | BOLD },
	[PAINT_GOOD] = { { 71, 2, 2 }, 0, 0 },
	[PAINT_WARN] = { { 172, 3, 3 }, 0, 0 },
	[PAINT_BAD] = { { 160, 9, 1 }, BOLD, BOLD },
	[PAINT_RISING] = { { 202, 9, 1 }, BOLD, BOLD },
	[PAINT_STILL] = { { 134, 5, 5 }, 0, 0 },
	[PAINT_BORN] = { { 71, 10, 2 }, BOLD, BOLD },
	[PAINT_GONE] = { { 245, 8, -1 }, LINE, LINE },
	[PAINT_TAGGED] = { { 172, 11, 3 }, BOLD, BOLD | LINE },
	[PAINT_MATCH] = { { 172, 3, 3 }, REVERSE, REVERSE },
	[PAINT_KEY] = { { 37, 14, 6 }, BOLD, BOLD },
	[PAINT_ASK] = { { -1, -1, -1 }, BOLD, BOLD },
	[PAINT_ALERT] = { { 160, 9, 1 }, REVERSE | BOLD, REVERSE | BOLD },
	[PAINT_SHARED] = { { 71, 2, 2 }, 0, 0 },
	[PAINT_ORPHANED] = { { 37, 6, 6 }, 0, 0 },
	[PAINT_COW] = { { 160, 1, 1 }, 0, BOLD },
	[PAINT_COW_FILE] = { { 134, 5, 5 }, 0, 0 },
	[PAINT_NEW] = { { 172, 3, 3 }, 0, 0 },
	[PAINT_FILE] = { { 68, 4, 4 }, 0, 0 },
	[PAINT_SWAPPED] = { { 245, 8, -1 }, 0, FAINT },
	[PAINT_OTHER] = { { 245, 8, -1 }, 0, FAINT },
};

int paint_color(enum paint paint, enum paint_depth depth)
{
	return looks[paint].color[PAINT_256 - depth];
}

unsigned int paint_weight(enum paint paint, enum paint_depth depth)
{
	return depth == PAINT_MONO ? looks[paint].mono : looks[paint].weight;
}
