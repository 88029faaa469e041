#ifndef COWTOP_RUNTIME_GC_H
#define COWTOP_RUNTIME_GC_H

/*
 * The collector of a process, read from outside. Locating it (which runtime, which layout, where)
 * happens once a process image; a forked child takes over what was found for its base, after a
 * self-check. A tick then costs one or two reads of /proc/PID/mem. Only pages that pagemap calls
 * present are read, and never with process_vm_readv: that unshares what it reads.
 */
#include "model/gc.h"
#include "parse/maps.h"
#include "sys/proc.h"

struct gc_reader; /* what is known of one process image; owned by the process that holds it */

/* What the reader is given of a process at each tick; all borrowed. */
struct gc_target {
	const struct procfs *fs;
	pid_t pid;
	int pagemap, mem; /* open descriptors; mem may be -1 */
	const struct vma_list *maps;
	const char *
		maps_text; /* that vma names are slices of; NULL: they were not read anew, and it stood still since */
	const char *cmdline; /* blank-joined */
	uint64_t exe_dev, exe_ino;
};

/*
 * Read the collector's state into `ret` (released by the caller). `*reader` is NULL at first and
 * kept between ticks; `base`: the reader of the process it was forked from, or NULL.
 * `count_frozen`: also count the frozen objects (a walk: 21 to 70 ms for a million), unless nothing at all
 * moved in the collector since the last one. Otherwise the count is ABSENT when something moved, but for a
 * 0, which needs no walk: a frozen object can die without a trace elsewhere. It counts as gc.get_freeze_count() does, with
 * 3.12's immortal objects, which any_frozen leaves out.
 * Returns 0; or -1 when a runtime was recognised and its state could not be read: then ret holds
 * what is known, and *why (a static string or one in the reader) says what is missing. Runtimes other
 * than CPython are named, with their settings, and have no state: that is 0.
 */
int gc_read(const struct gc_target *t, struct gc_reader **reader, const struct gc_reader *base,
	    bool count_frozen, struct gc_facts *ret, const char **why);
void gc_reader_free(struct gc_reader *r); /* NULL is fine */

/* Where the CPython of a process is that was read, or NULL: there is none, or it was not found. */
struct cpython;
const struct cpython *gc_reader_python(const struct gc_reader *r);

#endif
