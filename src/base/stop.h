#ifndef COWTOP_BASE_STOP_H
#define COWTOP_BASE_STOP_H

/*
 * The signals that ask to stop (SIGINT, SIGTERM, SIGHUP), for a run that finishes what it has begun: they are blocked,
 * counted where the run looks or waits, and obeyed without it where it does neither. That is when one has come and the
 * thread that asked for this has done nothing for a second, which is how a file system or a reader that does not answer
 * looks from here, or has been busy for five: then the signal has its default action. So has SIGQUIT, at once.
 */
#include <signal.h>

/*
 * Called once, by the thread that runs, before it starts others (they inherit what is blocked). `leave`: puts the
 * terminal back, in a thread of its own, before the process ends without the run; NULL: there is nothing to do. A
 * SIGHUP that was ignored from the start stays so (nohup). SIGINT does not: a shell without job control starts
 * everything behind a '&' so, and a script ends it with `kill -INT`.
 */
void stop_guard(void (*leave)(void));
/* How many have come so far: those that this looks for now, and those that came in a wait with an empty mask
 * (ppoll(2)). Two of one kind that come at once are one. */
unsigned int stop_asked(void);

#endif
