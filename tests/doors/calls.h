#ifndef TESTS_DOORS_CALLS_H
#define TESTS_DOORS_CALLS_H

/*
 * System calls: their names, what of their arguments says which file they are about, and the registers
 * of a thread that stands in one.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where a call says what it is about. */
enum about {
	ABOUT_NOTHING, /* the caller's own memory, threads and signals, or the machine as such */
	ABOUT_FD,      /* a descriptor, the first argument */
	ABOUT_PATH,    /* a path, the first argument */
	ABOUT_AT,      /* a folder's descriptor and a path, the first two */
	ABOUT_MAPPED,  /* a descriptor, the fifth: mmap */
	ABOUT_PROCESS, /* a pid or a pidfd */
	ABOUT_EVENT,   /* a new perf event */
};

struct call {
	const char *name;
	long number;
	enum about about;
	int length; /* which argument is how many bytes are to be read or written; 0: none */
};

/* The call of this number; its name is NULL where the table has none. */
struct call call_of(long number);
/* The number of a call by its name, or of ioctl by a name with its request; -1: not in the table. */
long call_number(const char *name);
/* ioctl(2) by its request, as ioctl:PAGEMAP_SCAN; an unknown one as ioctl:0x1234. */
void call_request(uint64_t request, char *to, size_t room);

/* Of a thread that a filter has stopped at the entry of a call: the call is not made and gives this back. */
bool call_skip(pid_t thread, long result);
/* ... or it is made with another argument. */
bool call_argument(pid_t thread, int which, uint64_t value);

#endif
