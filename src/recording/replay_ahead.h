#ifndef COWTOP_RECORDING_REPLAY_AHEAD_H
#define COWTOP_RECORDING_REPLAY_AHEAD_H

/*
 * For who reads a recording from one end to the other: what its samples hold is read, checked and decompressed
 * ahead of him, by a thread of its own. Private to recording/replay*.c.
 */
#include "codec/zip.h"
#include "recording/replay_map.h"

struct ahead;

/*
 * From the key frame at `at` on, up to `end`. `unzip` is the thread's until ahead_stop(); if all was taken by then,
 * it stands where who goes on without the thread needs it. NULL: there can be no thread.
 */
struct ahead *ahead_start(const struct replay_file *file, uint64_t at, uint64_t end, struct unzip *unzip);
/*
 * What the sample at `at`, behind the one taken last, holds; *ret and *ret_len are valid until the next call. 1; 0: it is
 * damaged; -1: it is not there, the thread has come to its end.
 */
int ahead_take(struct ahead *a, uint64_t at, const char **ret, size_t *ret_len);
void ahead_stop(struct ahead *a); /* NULL is fine */

#endif
