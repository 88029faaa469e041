#ifndef COWTOP_CODEC_COLUMNS_H
#define COWTOP_CODEC_COLUMNS_H

/*
 * Facts by columns: one member of a struct, for all rows (processes, interpreters, or the one sample),
 * is one section. A column holds what changed since the rows before; a column in which nothing did
 * is left out. A new member is a new tag, which an older reader steps over.
 */
#include <stdint.h>
#include "codec/bytes.h"

enum column_kind {
	COLUMN_FACT,    /* int64_t, ABSENT or 0 to `most` (0: 2^53): a difference */
	COLUMN_FOREIGN, /* int64_t, ABSENT or not negative: from a target's memory */
	COLUMN_TIME,    /* int64_t within 146 years of the epoch: a difference */
	COLUMN_WORD,    /* uint64_t: a difference modulo 2^64 */
	COLUMN_ID,      /* up to 2^31 - 1: a pid, a page size; with `most` a uid, 2^32 - 1: a difference */
	COLUMN_CODE,    /* bool, char or enum up to `most`: itself; a value above is read as 0 */
};

struct column {
	uint8_t tag, kind, size;
	uint8_t most;
	uint16_t offset;
};

#define COLUMN(tag_, type, member, kind_, most_) \
	{ \
		.tag = (tag_), .kind = (kind_), .size = sizeof(((type *)0)->member), .most = (most_), \
		.offset = offsetof(type, member), \
	}

/* `now` and `before` are `nrows` pointers to structs. */
void columns_put(struct buf *out, const struct column *columns, size_t ncolumns, const void *const *now,
		 const void *const *before, size_t nrows);
/* Apply a section to the rows. false: it is damaged; the rows are then anything. */
bool column_take(const struct column *c, struct intake *body, void *const *rows, size_t nrows);
/* Is every value what its kind allows? */
bool columns_valid(const struct column *columns, size_t ncolumns, const void *row);

#endif
