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
 *		if (pace_is_due(&pace, pace_now()))
 *			pace_pause();
 *		read it
 *		pace_left(&pace, pace_now());
 *	}
 *
 * Where enough other address spaces are read in between, those reads are the breath, and no pause is due.
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

int64_t pace_now(void);
/* Before a read: is a pause due? If so it is taken to be made. */
bool pace_is_due(struct pace *p, int64_t now);
/* After it. */
void pace_left(struct pace *p, int64_t now);
void pace_pause(void);

#endif
