#ifndef COWTOP_MODEL_WHY_FIELD_H
#define COWTOP_MODEL_WHY_FIELD_H

/*
 * Why pages were copied, as figures of the pool like those of model/field.h, of another table, as they are there only
 * where somebody asked: --fail-if has "pool.why.freeze_gain_bytes". Means of a worker, with their bounds.
 *
 * To add one: its row in why_field.c, its tag in cowtop(1), FIELDS.
 */
#include "model/field.h"

enum why_row {
	WHY_ROW_COPIED,
	WHY_ROW_INHERITED,
	WHY_ROW_IDENTICAL,
	WHY_ROW_GAIN,
	WHY_ROW_AT_RISK,
	WHY_ROW_CAUSES, /* one for each cause, from here on */
	WHY_ROWS = WHY_ROW_CAUSES + WHY_CAUSES,
};

/* The offset says nothing. */
extern const struct field why_fields[WHY_ROWS];

/* Is it a row of this table? */
bool why_has(const struct field *f);
/* Unknown: nobody asked (NULL), or it cannot be told. */
struct measure why_measure(const struct field *f, const struct why *w);

#endif
