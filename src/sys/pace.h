#ifndef COWTOP_SYS_PACE_H
#define COWTOP_SYS_PACE_H

/*
 * A breath between reads of one address space. Each piece of pagemap, maps, smaps or mem that is read takes
 * the lock of the whole address space for as long (mmap_lock, as a reader). Who waits for it to map or unmap
 * looks out for some 15 us, and then sleeps (rwsem_optimistic_spin(), kernel/locking/rwsem.c); until it has
 * woken, a reader that comes again at once takes the lock again, so often that the kernel hands the lock
 * over only after 4 ms (RWSEM_WAIT_TIMEOUT). So those who read in a row pause now and then, for long enough
 * that a sleeper wakes.
 *
 *	struct pace pace = { 0 };
 *	for (each piece) {
 *		if (pace_is_due(&pace, clock_now()))
 *			pace_pause();
 *		read it
 *		pace_left(&pace, clock_now());
 *	}
 *
 * Where enough other address spaces are read in between, those reads are the breath, and no pause is due.
 *
 * Nothing here helps against the rest: a read that comes while the target itself holds the lock falls
 * asleep, and is handed it before it has woken (rwsem_mark_wake()); what the target maps meanwhile waits for
 * that, some 60 us on a virtual machine whose CPU was idle, and longer where others want that CPU. Each read
 * may hit that: many small ones are worse than a few. Two processes of 512 MiB read by turns at 10 Hz,
 * pieces of 512, 256, 128 and 64 entries: 19, 128, 162 and 235 of 13 500 pairs of mmap and munmap took over
 * 33 us, 3 and 8 when nothing was read; pieces of 8192, which the kernel reads 512 at a time with next to
 * nothing in between: p99.9 541 us, of 512: 63.
 */
#include <stdbool.h>
#include <stdint.h>

/*
 * Longer from the end of a read to the next is a breath: waking takes 50 us or so. After less a sleeper finds the
 * lock held again, and where two processes are read by turns it may do so at every turn, for milliseconds.
 */
#define PACE_BREATH_NS 60000
/* So long nobody waits, beside what it takes to wake. */
#define PACE_STINT_NS 400000

/* Reads of one address space. */
struct pace {
	int64_t since; /* the first one that had no breath after it */
	int64_t left;  /* when the last one was over */
};

/* `now` is clock_now(). Before a read: is a pause due? If so it is taken to be made. */
bool pace_is_due(struct pace *p, int64_t now);
/* After it. */
void pace_left(struct pace *p, int64_t now);
void pace_pause(void);
/* For so long, less than a second. */
void pace_rest(long ns);

#endif
