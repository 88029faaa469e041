#ifndef COWTOP_UNWIND_UNWIND_PROCESS_H
#define COWTOP_UNWIND_UNWIND_PROCESS_H

/*
 * The processes whose stacks are unwound: what each one runs, and from which it was forked. Samples of
 * a process come late, when it may be gone: the last ones that went are kept for a while, and those that
 * others were forked from as long as these live.
 */
#include "unwind/unwind_frames.h"
#include "unwind/unwind_live.h"

struct unwind_process {
	struct unwind_process *next; /* in its bucket */
	pid_t pid;
	struct unwind_process *base; /* forked from it without exec; NULL */
	unsigned int forks;          /* that have this one as base */
	struct unwind_image *image;  /* NULL: not known (yet) */
	struct unwind_jit *jit;      /* of one that generates code */
	struct unwind_live *live;    /* the Python functions that it was last seen in */
	bool stale;                  /* the image is to be read (again) */
	uint64_t gone;               /* 0, or when, counted in processes that went */
	int64_t looked_ns;           /* when the image was last read because code was missing in it */
};

#define UNWIND_BUCKETS 1024

struct unwind_processes {
	struct unwind_images images;
	struct unwind_process *buckets[UNWIND_BUCKETS];
	uint64_t went; /* processes, so far */
};

void unwind_processes_release(struct unwind_processes *all);

struct unwind_process *unwind_process_find(struct unwind_processes *all, pid_t pid);
/* A new one, also when there was one of that pid. `base`: a pid, or 0. */
struct unwind_process *unwind_process_add(struct unwind_processes *all, pid_t pid, pid_t base);
void unwind_process_gone(struct unwind_processes *all, pid_t pid);

/* What it runs, or NULL: it was gone before it could be read. */
struct unwind_image *unwind_process_image(struct unwind_processes *all, struct unwind_process *p);
/* Code was met that the image does not have: read it again, not too often. False: nothing new. */
bool unwind_process_look_again(struct unwind_processes *all, struct unwind_process *p);

/* Itself and those that it was forked from, as pids that end with 0; the maps of their code. */
#define UNWIND_BASES 8
void unwind_process_bases(const struct unwind_process *p, pid_t ret[UNWIND_BASES + 1],
			  struct unwind_maps *ret_maps);

#endif
