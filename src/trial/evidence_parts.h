#ifndef COWTOP_TRIAL_EVIDENCE_PARTS_H
#define COWTOP_TRIAL_EVIDENCE_PARTS_H

/*
 * What evidence_look() (evidence.c) asks of each part of a variant: of collectors (evidence_gc.c), of what an
 * interpreter was told to load (evidence_shim.c), of mappings and allocators (evidence_memory.c), of huge pages
 * (evidence_huge.c), of variables and words (evidence_words.c). For this room only.
 */
#include "parse/maps.h"
#include "sys/mem_run.h"
#include "trial/evidence.h"
#include "trial/variant_parts.h"

struct look {
	const struct setup *setup;
	const struct procfs *fs;
	const struct sample *s;
};

/* How many of those that were asked show it. */
struct shown {
	size_t yes, no;
	size_t untold; /* could not be read, or does not say */
};

/* Whose pages count; and those of them that were forked from another process of the pool. */
bool evidence_member(const struct proc_sample *p);
bool evidence_worker(const struct look *l, const struct proc_sample *p);
/* At least half of those that say. TRIAL_UNKNOWN: nobody does. */
enum trial_applied evidence_judge(const struct shown *n);
/* The maps of a process. `text` has the names. False: they cannot be read. */
bool evidence_maps(const struct look *l, const struct proc_sample *p, struct buf *text,
		   struct vma_list *maps);
/* The last part of a mapping's path, "" where it has none; at most 255 bytes. */
void evidence_file(const struct vma *v, const char *text, char ret[256]);
/* Is NAME=VALUE in the environment that they were started with? `value` NULL: is NAME in none of them? */
struct shown evidence_variable(const struct look *l, const char *name, const char *value);
/*
 * Is the leader what was started, by the path that it was exec'ed by (getauxval(3), AT_EXECFN), and no other program that
 * a wrapper has run? Then it has begun with the words and the environment of the setup, whatever stands there now.
 */
bool evidence_started(const struct look *l);
/* Do these bytes, fewer than a page, lie in what is present of a mapping? Until mem->spent. */
bool evidence_holds(struct mem_run *mem, const struct vma *v, const char *bytes, size_t len);
/* Does the leader keep NAME=VALUE in [heap]? Who writes a title over its environment moves that there before. */
bool evidence_kept(const struct look *l, const char *name, const char *value);

/* Each adds a sentence without its full stop. */
enum trial_applied evidence_freeze(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_disable(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_threshold(const struct look *l, const struct variant_part *part,
				      struct buf *text);
/* Ruby's, by what the hook left in the folder; and PHP's preloaded script. */
enum trial_applied evidence_ruby(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_preload(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_malloc(const struct look *l, const struct variant_part *part, struct buf *text);
/* Of glibc's settings, and of pymalloc. */
enum trial_applied evidence_setting(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_pymalloc(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_huge(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_env(const struct look *l, const struct variant_part *part, struct buf *text);
enum trial_applied evidence_args(const struct look *l, const struct variant_part *part, struct buf *text);

#endif
