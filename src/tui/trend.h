#ifndef COWTOP_TUI_TREND_H
#define COWTOP_TUI_TREND_H

/*
 * Figures of the pool over time, from the timeline: columns of a trend line or of a chart, each the mean
 * over 1 << span instants. A column begins at a multiple of that, so the last one, which has the instant
 * shown, may be of fewer.
 */
#include "tui/spark.h"
#include "tui/ui.h"

#define TREND_MAX 1000 /* columns */

typedef figure trend_fn(const struct figures *pool);

trend_fn trend_copied;                      /* by workers, master and forked helpers, in bytes */
trend_fn trend_minor;                       /* minor faults per second */
extern trend_fn *const trend_split[SPLITS]; /* what they were for */

/* `n` columns to `ret`; UNKNOWN where nothing is remembered. */
void trend_fill(const struct ui_model *m, int span, trend_fn *of, figure *ret, int n);
/* The largest of them; 0 when none is known. */
figure trend_most(const figure *values, int n);
/* The seconds that `n` columns go back, as far as it is remembered. */
figure trend_seconds(const struct ui_model *m, int span, int n);

#endif
