#ifndef COWTOP_SINK_TEXT_GRID_H
#define COWTOP_SINK_TEXT_GRID_H

/*
 * An aligned table: each column as wide as its widest cell, two blanks between them where the line
 * has room for it, else one. Where that is not enough, whole columns are left out, those of the
 * highest rank together and first. A figure is never cut: what is too wide makes the line longer.
 * The tail, foreign text behind the last column, takes what is left and is cut to it; for some of it columns are
 * left out as well.
 */
#include "base/buf.h"
#include "model/snapshot.h"

#define GRID_MAX 16

struct grid_row {
	char cell[GRID_MAX][32];
	char before[64];  /* in front of the tail, clean; "" nothing */
	const char *tail; /* borrowed, not cleaned; NULL: none */
	size_t tail_len;  /* bytes of it; 0: to its end */
};

struct grid {
	/* As wide as GRID_MAX or NULL-terminated. A head that begins with '<' is flush left. */
	const char *heads[GRID_MAX + 1];
	unsigned char rank[GRID_MAX]; /* of a column; 0: never left out */
	const char *tail_head;
	size_t tail_min;  /* columns of the tail in any case; 0: left out when there is no room */
	size_t tail_room; /* columns of the tail for which others are left out */
	struct grid_row *rows;
	size_t n, cap;
};

/* A new empty row, valid until the next one. */
struct grid_row *grid_add(struct grid *g);
void grid_print(const struct grid *g, struct buf *out, size_t columns);
void grid_release(struct grid *g);

/* Hundredths with one decimal into `out`, returned; a dash when it is not known. */
char *text_percent(char out[static 16], figure ratio);
/* The same with its mark in front. */
char *text_marked_percent(char out[static 20], struct measure ratio);

/* Cleaned and, where it is wider than `columns`, cut with a '+' at the end. */
void text_cut(struct buf *out, const char *foreign, size_t columns);

#endif
