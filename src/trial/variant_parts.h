#ifndef COWTOP_TRIAL_VARIANT_PARTS_H
#define COWTOP_TRIAL_VARIANT_PARTS_H

/*
 * What a variant is made of: the table of all kinds, and the parts of one. For this room only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "trial/variant.h"

enum part_kind {
	PART_FREEZE,
	PART_COLLECT_FREEZE,
	PART_DISABLE,
	PART_THRESHOLD,
	PART_GC_START,
	PART_GC_COMPACT,
	PART_WARMUP,
	PART_PRELOAD,
	PART_PYMALLOC,
	PART_MALLOC,
	PART_ARENAS,
	PART_MMAP,
	PART_TRIM,
	PART_TUNABLE,
	PART_THP,
	PART_ENV,
	PART_ARGS,
	PART_WARM,
};

#define PART_NUMBERS 3

struct variant_part {
	enum part_kind kind;
	char *text;                     /* as typed, for messages */
	char *name;                     /* of a tunable or a variable; NULL: it has none */
	char *value;                    /* behind the '='; NULL: there is none */
	uint64_t numbers[PART_NUMBERS]; /* of thresholds, of arenas, bytes of a size */
	size_t nnumbers;
};

struct variant {
	char *name;
	struct variant_part *parts;
	size_t n, cap;
};

/* The first part of a kind, or NULL. `v` may be NULL. */
const struct variant_part *variant_part(const struct variant *v, enum part_kind kind);

#endif
