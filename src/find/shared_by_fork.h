#ifndef COWTOP_FIND_SHARED_BY_FORK_H
#define COWTOP_FIND_SHARED_BY_FORK_H

/*
 * Do two processes share memory as only fork makes them: a page of anonymous memory, at one address, in
 * one frame? Pages that KSM has merged prove nothing, nor do zero pages and files.
 */
#include <stdbool.h>
#include "sys/proc.h"

/* 1; 0: none of those that were looked at (of each mapping the first 1024 pages, 65536 in all); -1: this user
 * may not see frames, a process is gone, or nothing tells whether KSM has merged what they share. */
int shared_by_fork(const struct procfs *fs, pid_t a, pid_t b);
/*
 * Was `child`, which did not exec since it was forked, forked from `parent` as it runs now? Where frames do not tell:
 * has it the parent's [vdso] at the same address? An exec draws that by chance for those with IMAGE_RANDOM, `random`
 * (fs/binfmt_elf.c, load_elf_binary()), fork copies it, and prctl(PR_SET_MM) does not move it.
 */
bool forked_from(const struct procfs *fs, pid_t parent, pid_t child, bool random);

#endif
