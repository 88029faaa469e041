#ifndef COWTOP_POOL_LIVE_OPENED_H
#define COWTOP_POOL_LIVE_OPENED_H

/* Processes of the last sample, opened so that what lies inside them can be read. */
#include "base/buf.h"
#include "model/sample.h"
#include "parse/maps.h"
#include "pool/live.h"
#include "pool/member.h"

struct live_opened {
	struct member_proc *member; /* NULL: it could not be opened */
	int pagemap, mem;
	struct vma_list maps; /* where they were asked for, with their text */
	struct buf maps_text;
};

/* The number of a process that lives and was read on that level at the least, or SIZE_MAX. */
size_t live_member(const struct live *l, pid_t pid, enum level least);
/* NULL, or why it cannot be read: a static string. `ret` is released by the caller either way. */
const char *live_open_member(struct live *l, size_t member, bool maps, struct live_opened *ret);
/* The same of the process that the pool was forked from. */
const char *live_open_master(struct live *l, bool maps, struct live_opened *ret);
void live_opened_release(struct live_opened *o); /* a zeroed one is fine */

#endif
