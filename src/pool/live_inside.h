#ifndef COWTOP_POOL_LIVE_INSIDE_H
#define COWTOP_POOL_LIVE_INSIDE_H

/*
 * What lies inside the processes of the last sample of a pool, for those who ask why its pages were copied: beside
 * the sample, as much as is needed.
 */
#include "heap/changes.h"
#include "model/page_entry.h"
#include "pool/live_opened.h"

/* The process that the pool was forked from, for those who read its objects; NULL, or why that cannot be: a static
 * string. `ret` borrows from `opened`, which is released by the caller either way. */
const char *live_open_python(struct live *l, struct live_opened *opened, struct inventory_target *ret);
/* What lies on the pages of the process that the pool was forked from. 0; -1: *why (a static string). `ret` is zeroed
 * or released before. */
int live_inventory(struct live *l, struct inventory *ret, const char **why);
/* What a process has written on pages that it inherited (heap/changes.h). False: it or the master cannot be read. */
bool live_changes(struct live *l, pid_t pid, const struct inventory *inv, const bool *wanted, uint8_t *ret);
/* As what each page of a block counts for a process (enum page_class); false: its pages were not walked. */
bool live_classes(const struct live *l, pid_t pid, uint64_t block, uint8_t classes[static BLOCK_PAGES]);
/* Were its pages read for the last sample? False: it stood still, or there was no time. */
bool live_walked(const struct live *l, pid_t pid);
/* The state of its main interpreter's collector as it is now; false: it cannot be read. */
bool live_collector(struct live *l, pid_t pid, struct gc_state *ret);

#endif
