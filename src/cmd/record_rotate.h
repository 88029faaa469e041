#ifndef COWTOP_CMD_RECORD_ROTATE_H
#define COWTOP_CMD_RECORD_ROTATE_H

/*
 * Recordings that have been moved aside. FILE is the one being written; older ones are called after
 * the instant of their beginning, in UTC, in front of the suffix, so that they sort by time:
 *
 *	pool.ct  ->  pool-20261121T090000.123Z.ct
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "base/err.h"

/* What stays of them. Of neither: all of them. */
struct rotate_keep {
	int64_t files;  /* so many, the newest; 0: any number */
	int64_t age_ns; /* those that were last written to within that time; 0: of any age */
};

/* Where the suffix of a file's name begins: ".ct" of "a/pool.ct"; at its end when it has none. */
const char *record_suffix(const char *path);
/* The instant in such a name, without its path; NULL: it has none. */
const char *rotate_stamp(const char *name);
/* Give the recording `path` its name. */
int rotate_aside(const char *path, int64_t began_ns, struct err *err);
/*
 * The same for a recording that was there before; fine when there is none. STATUS_FAILED when it is no
 * recording, or another cowtop is writing it, STATUS_DENIED when it cannot be read: it then stays where it is.
 */
int rotate_former(const char *path, struct err *err);
/* Was this file last written to longer ago than is kept, by the clock of the day? */
bool rotate_is_old(const struct stat *st, const struct rotate_keep *keep);
/* Delete the recordings that were moved aside and are not kept: only regular files with such a name, and only
 * recordings. Says a line about one that cannot be deleted. */
void rotate_prune(const char *path, const struct rotate_keep *keep);

#endif
