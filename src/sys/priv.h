#ifndef COWTOP_SYS_PRIV_H
#define COWTOP_SYS_PRIV_H

/*
 * What this process is allowed to do, and how little of that it keeps: capabilities, through libcap-ng (the only
 * door to it). capabilities(7) has the words: a set is effective, permitted or bounding.
 *
 *	if (priv_begin(err) < 0)			// first of all: one thread, nothing read
 *		return -1;
 *	priv_keep(PRIV_EXACT, PRIV_DAC_OVERRIDE, false, err);
 *	...
 *	{
 *		cleanup(priv_return) struct priv_lent lent = priv_lend(PRIV_OWN);
 *		fd = open(a file that the user has named);
 *	}
 *
 * A thread that is started later has what its creator has. Who has no capability at all loses and gets none by this.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* The capabilities that matter to cowtop; sets of them are or'ed. */
enum priv {
	PRIV_SYS_PTRACE = 1 << 0,      /* other users' maps, smaps_rollup, the stack address in stat */
	PRIV_DAC_READ_SEARCH = 1 << 1, /* other users' pagemap (its mode is 0400), kpageflags */
	PRIV_SYS_ADMIN = 1 << 2,       /* frame numbers in pagemap */
	PRIV_DAC_OVERRIDE =
		1 << 3,        /* includes what DAC_READ_SEARCH gives for these files; other users' folders */
	PRIV_PERFMON = 1 << 4, /* faults of other users' processes; before Linux 5.8 SYS_ADMIN gives it */
	PRIV_SYSLOG = 1 << 5,  /* addresses in kallsyms */
	PRIV_IPC_LOCK = 1 << 6, /* rings larger than perf_event_mlock_kb */
	PRIV_SYS_NICE = 1 << 7, /* that who reads them comes first */
	PRIV_KILL = 1 << 8,     /* to end what was started and has become another user since */
};

/* Everything that the exact level needs on any process. */
#define PRIV_EXACT (PRIV_SYS_PTRACE | PRIV_DAC_READ_SEARCH | PRIV_SYS_ADMIN)
/* What call stacks need beside it. */
#define PRIV_STACKS (PRIV_PERFMON | PRIV_SYSLOG | PRIV_IPC_LOCK | PRIV_SYS_NICE)

/*
 * Refuses to run setuid or setgid (STATUS_DENIED). Where the kernel calls this start a secure one (file capabilities:
 * ld.so(8), secure-execution mode) the environment is not the libraries' any more: only the variables that cowtop
 * itself reads are left in it.
 */
int priv_begin(struct err *err);

/*
 * From now on `effective` is effective, as far as it is there, and `lent` can be had by priv_lend(). The rest is
 * given up for good, and no exec gives any of it back (prctl(2), PR_SET_NO_NEW_PRIVS); the bounding set is emptied,
 * but for `handed`, which a program that is started later may get as its user. Unless a program will be started that
 * is to have all that its user has (`starts`): then the rest stays permitted.
 *
 * A process may be looked at by those who have SYS_PTRACE, or all that it has itself (cap_ptrace_access_check(),
 * security/commoncap.c). So who does not have SYS_PTRACE and is to look keeps everything. For DAC_READ_SEARCH, where
 * it is not there, stands DAC_OVERRIDE. -1: the kernel refuses to take back what it gave.
 */
int priv_keep(unsigned effective, unsigned lent, unsigned handed, bool starts, struct err *err);
/*
 * Of what was kept or lent the command line needs no `surplus`: it is given up as the rest was, but what of it was
 * handed stays in the bounding set, of which nothing comes back. Nothing goes where priv_keep() kept everything.
 */
int priv_give_up(unsigned surplus, struct err *err);
/* Was anything to be effective? Then there are pools to be looked at. */
bool priv_looks(void);
/* Give up what is left, but what priv_hold_lent() holds. */
int priv_drop(struct err *err);
/* A file at a place where only lent rights could make it is to be put in its place later: they are held until then. */
void priv_hold_lent(void);

/* Files that the user names are the user's affair, and are opened with the rights that the user has without cowtop. */
enum priv_rights {
	PRIV_OWN,   /* those: of root all that is permitted; of a user of file capabilities none */
	PRIV_PLAIN, /* no capability */
};
struct priv_lent {
	uint64_t before;
	bool changed;
} __attribute__((unused)); /* of such a variable only its end matters */
/* Until priv_return() this thread has these rights and no other. */
struct priv_lent priv_lend(enum priv_rights rights);
void priv_return(struct priv_lent *lent);

/* The environment that cowtop was given, for a command. */
char **priv_environ(void);
/* In the child, before exec: all that is permitted, and the environment that cowtop was given. */
void priv_be_user(void);

/* The effective capabilities of this process. */
unsigned priv_effective(void);
/* What a program with file capabilities could get: the bounding set that cowtop began with. */
unsigned priv_bounding(void);
/* "cap_sys_ptrace"; NULL for anything but one single bit of enum priv. */
const char *priv_name(unsigned bit);

#endif
