#ifndef COWTOP_MODEL_KINDS_H
#define COWTOP_MODEL_KINDS_H

/*
 * Which kinds of objects a master's memory holds that its workers inherited, and how much of each lies on pages that
 * they have copied, and on pages that they still share: means of the workers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kind {
	char *name;              /* of the type; not clean */
	bool tracked;            /* its objects have heads for the collector */
	uint64_t count;          /* objects */
	uint64_t in_lists;       /* of these, those that the collector tracks now, */
	uint64_t in_lists_bytes; /* and what they have */
	uint64_t bytes;          /* of the objects and of the blocks that are theirs: tables, items, values */
	uint64_t blocks;         /* of these, in such blocks */
	double copied_count, shared_count;
	double copied_bytes, shared_bytes;
	double copied_pages, shared_pages; /* that hold some of it; a page counts for each kind on it */
};

/* Objects that say of which module they are: instances of its classes, its classes, functions and code. */
struct kind_module {
	char *name; /* not clean; of code that no module is known of: its file */
	uint64_t count, bytes;
	double copied_bytes, shared_bytes;
};

struct kinds {
	const char *why; /* there are none: a static string; NULL: there are */
	struct kind *items;
	size_t n;
	struct kind_module *modules;
	size_t nmodules;
	size_t workers; /* whose pages these are means of; 0: what is copied and shared is not known */
	bool sampled;   /* not all was looked at, but a sample: all of it is estimates */
	bool cut;       /* there was more than is looked at: at least so much */
	double cost_s;  /* CPU time */
};

/* The code of a program that is written while it runs: of code objects, apart from them. */
#define KIND_CODE_CACHES "code caches"

/* Those that cost most in copied bytes first, then the largest. */
void kinds_sort(struct kinds *k);
/* What the kinds sum up to. */
void kinds_sum(const struct kinds *k, struct kind *ret);
void kinds_release(struct kinds *k); /* a zeroed one is fine */
void kinds_free(struct kinds *k);    /* NULL is fine */

#endif
