#ifndef COWTOP_SYS_CONFINE_H
#define COWTOP_SYS_CONFINE_H

/*
 * What this process may still do to the machine when the files that it needs are open: landlock(7), where the kernel
 * has it. Root without a capability is still user 0, to whom root's own files and processes belong; who reads what
 * strangers made has no use for them.
 *
 *	confine_allow("out.html", CONFINE_BESIDE);	// before: what is made, renamed or opened later
 *	confine();					// for good, and for threads that are started from then on
 *
 * After that nothing is written, made, renamed or removed but where it was allowed, and on the terminal; read are the
 * system's own files (terminals, time zones, locales, libraries) and /proc alone; no program is run, and nobody is
 * connected to or sent a signal (the last two from Linux 6.7 and 6.12 on). What is open stays as it is.
 */

enum confine_place {
	CONFINE_BESIDE, /* files in the folder of this file are made, renamed and removed */
	CONFINE_IN,     /* ... in this folder, of which files are read as well */
};

/* One that is not there when confine() is called allows nothing. */
void confine_allow(const char *path, enum confine_place place);
/* The command line has more opened later than can be said before: confine() does nothing. */
void confine_never(void);
/* A kernel without it lets the process go on as it is; so does one that fails, and more places than there is room for.
 * PR_SET_NO_NEW_PRIVS of prctl(2) is set before (priv_drop()). */
void confine(void);

#endif
