#ifndef COWTOP_TUI_THRESHOLDS_H
#define COWTOP_TUI_THRESHOLDS_H

/*
 * From which figure on something is worth a colour. The thresholds of the whole screen are here.
 */
#include "model/snapshot.h"
#include "tui/cell.h"

/* Of what was inherited, how much is copied: below a tenth all is well, above half sharing is lost. */
static inline enum paint ratio_paint(figure ratio)
{
	if (!known(ratio))
		return PAINT_DIM;
	return ratio >= 0.5 ? PAINT_BAD : ratio >= 0.25 ? PAINT_WARN : ratio < 0.1 ? PAINT_GOOD : PAINT_PLAIN;
}

/* A major fault waits for a disk. */
static inline enum paint major_paint(figure per_s)
{
	return !known(per_s) ? PAINT_DIM : per_s >= 10 ? PAINT_BAD : per_s > 0 ? PAINT_WARN : PAINT_PLAIN;
}

/* What is left of what there is. */
static inline enum paint left_paint(figure left, figure whole)
{
	if (!known(left) || !known(whole))
		return PAINT_DIM;
	return left < whole * 0.05 ? PAINT_BAD : left < whole * 0.1 ? PAINT_WARN : PAINT_PLAIN;
}

/* Share of the time that somebody waited for memory. */
static inline enum paint pressure_paint(figure ratio)
{
	return !known(ratio) ? PAINT_DIM :
	       ratio >= 0.1  ? PAINT_BAD :
	       ratio >= 0.01 ? PAINT_WARN :
			       PAINT_PLAIN;
}

/* What cowtop takes of a CPU, beside what it may take. */
#define OWN_CPU_MUCH 0.05 /* where it was told no budget */

static inline enum paint own_cpu_paint(figure own, figure most)
{
	return !known(own) ? PAINT_DIM : own > most ? PAINT_WARN : PAINT_PLAIN;
}

static inline enum paint known_paint(figure f)
{
	return known(f) ? PAINT_PLAIN : PAINT_DIM;
}

#endif
