#ifndef COWTOP_TRIAL_FOLDER_H
#define COWTOP_TRIAL_FOLDER_H

/*
 * A folder that only its owner may read (0700), with small files in it, for what a program loads at its start.
 */
#include "base/err.h"

/* To be removed with folder_remove() and freed. Below $TMPDIR, or /tmp where that is not set or has a character that lists of paths are split at. */
int folder_make(char **ret, struct err *err);
/* A file in it, which only its owner may read; folders in `name` are made. */
int folder_write(const char *folder, const char *name, const char *text, struct err *err);
/* With all that is in it: 0, or -errno, and what cannot be removed stays. */
int folder_remove(const char *folder);

#endif
