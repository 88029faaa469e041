#ifndef COWTOP_MODEL_WHY_FIELD_H
#define COWTOP_MODEL_WHY_FIELD_H

/*
 * Why pages were copied, as figures of the pool like those of model/field.h, of another table, as they are there only
 * where somebody asked: --fail-if has "pool.why.freeze_gain_bytes". Means of a worker, with their bounds.
 *
 * To add one: its row in why_field.c, its tag in cowtop(1), FIELDS.
 */
#include "model/field.h"

enum why_figure {
	WHY_FIGURE_COPIED,
	WHY_FIGURE_INHERITED,
	WHY_FIGURE_IDENTICAL,
	WHY_FIGURE_GAIN,
	WHY_FIGURE_AT_RISK,
	WHY_FIGURE_CAUSES, /* one for each cause, from here on */
	WHY_FIGURES = WHY_FIGURE_CAUSES + WHY_CAUSES,
};

/* The offset says nothing. */
extern const struct field why_fields[WHY_FIGURES];

/* Is it a row of this table? */
bool why_has(const struct field *f);
/* Unknown: nobody asked (NULL), or it cannot be told. */
struct measure why_measure(const struct field *f, const struct why *w);

#endif
