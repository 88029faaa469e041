#ifndef COWTOP_MODEL_ACCESS_H
#define COWTOP_MODEL_ACCESS_H

/*
 * What this user may read, found by trying: the facts of cowtop doctor. Sinks show it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/sample.h"

/* One kernel interface, tried. */
struct access_row {
	const char *what; /* "pagemap" */
	bool readable;
	int error;         /* errno value; 0: it opened, but what it shows is blanked out */
	const char *gives; /* what cowtop has from it, one line */
	const char *needs; /* what would open it, one line */
};

/* A process that the interfaces were tried on. */
struct access_subject {
	pid_t pid;
	const char *why;   /* "cowtop itself", "the master", "a process of another user" */
	char *user, *comm; /* foreign bytes */
	enum level level;  /* what cowtop reaches on it */
	struct access_row *rows;
	size_t nrows, cap;
};

/* A setting of the host or of the place cowtop runs in. */
struct access_setting {
	const char *name;
	char value[96];
	char means[160]; /* one line; "" when there is nothing to say */
};

/* One way to get more: lines to copy, exactly as they are. */
struct access_fix {
	const char *title;
	char *lines; /* each ends with a newline */
};

struct access {
	struct kernel_facts kernel;
	struct access_subject subjects[2];
	size_t nsubjects;
	struct access_setting settings[12];
	size_t nsettings;
	struct access_fix fixes[6];
	size_t nfixes; /* 0: there is nothing more to get */
};

/* Has this kernel been found to lack something? */
static inline bool access_kernel_lacks(const struct access *a)
{
	return a->kernel.known & ~a->kernel.yes;
}

/* The lowest level of the subjects: what a pool with all of them is measured at. */
static inline enum level access_level(const struct access *a)
{
	enum level lowest = LEVEL_EXACT;
	size_t i;

	for (i = 0; i < a->nsubjects; i++)
		if (a->subjects[i].level < lowest)
			lowest = a->subjects[i].level;
	return a->nsubjects ? lowest : LEVEL_NONE;
}

void access_release(struct access *a);

#endif
