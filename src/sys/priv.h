#ifndef COWTOP_SYS_PRIV_H
#define COWTOP_SYS_PRIV_H

/*
 * What this process is allowed to do: capabilities, through libcap-ng (the only door to it).
 */
#include <stdbool.h>
#include <stddef.h>

/* The capabilities that matter to cowtop; sets of them are or'ed. */
enum priv {
	PRIV_SYS_PTRACE = 1 << 0,      /* other users' maps, smaps_rollup, the stack address in stat */
	PRIV_DAC_READ_SEARCH = 1 << 1, /* other users' pagemap (its mode is 0400), kpageflags */
	PRIV_SYS_ADMIN = 1 << 2,       /* frame numbers in pagemap */
	PRIV_DAC_OVERRIDE = 1 << 3,    /* includes what DAC_READ_SEARCH gives for these files */
};

/* Everything that the exact level needs on any process. */
#define PRIV_EXACT (PRIV_SYS_PTRACE | PRIV_DAC_READ_SEARCH | PRIV_SYS_ADMIN)

/* The effective capabilities of this process. */
unsigned priv_effective(void);
/* What a program with file capabilities could get: the bounding set. */
unsigned priv_bounding(void);
/* "cap_sys_ptrace"; NULL for anything but one single bit of enum priv. */
const char *priv_name(unsigned bit);

#endif
