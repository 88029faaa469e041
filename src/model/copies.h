#ifndef COWTOP_MODEL_COPIES_H
#define COWTOP_MODEL_COPIES_H

/*
 * How the copies that a process has made of inherited pages compare with the pages of the process that it inherited
 * them from, byte by byte: what is the same was copied for nothing. Of one process, or of several added up.
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/label.h"

struct copies {
	uint64_t page_size; /* 0: nobody has looked */
	uint64_t pages;     /* that were copied */
	uint64_t wanted;    /* of them: all, or a sample where they are more than were to be read */
	uint64_t compared;  /* of those: both could be read */
	uint64_t identical; /* ... and are the same */
	uint64_t bytes;     /* that differ on all of them */
	uint32_t *
		by_bytes; /* how many pages differ in so many bytes: 0 to page_size; NULL: none was compared */
};

void copies_release(struct copies *c); /* a zeroed one is fine */
/* One more page that was compared. */
void copies_count(struct copies *c, uint64_t bytes);
void copies_add(struct copies *to, const struct copies *more);
/* Was all of them looked at, and not a sample? */
bool copies_are_whole(const struct copies *c);
/* Pages that are the same, of all that were copied: foretold from the sample, where it is one. NaN: none was compared. */
figure copies_identical(const struct copies *c);
/* Bytes that differ on a page, mean and median, of those that differ in `least` bytes or more. NaN: there is none. */
figure copies_bytes_mean(const struct copies *c, uint64_t least);
figure copies_bytes_median(const struct copies *c, uint64_t least);

#endif
