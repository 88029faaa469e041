#ifndef COWTOP_MODEL_WHY_FACTS_H
#define COWTOP_MODEL_WHY_FACTS_H

/*
 * What a sample holds for those who ask why pages were copied: what lies on the master's pages, told once, and of each
 * worker what is new since the sample before. Facts only, and few bytes; analysis/why_gather.h adds them up again.
 *
 * Pages are numbered as they lie in the inventory. What is said of them is said of pages in a row: rows follow one
 * another from page 0 on, and pages behind the last row have the value 0.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "model/fact.h"

/* So many pages of an inventory at most: 64 GiB of 4 KiB. */
#define WHY_PAGES_MAX (16U << 20)
/* Looks of a history. */
#define WHY_LOOKS_MAX 512

struct why_row {
	uint32_t n; /* pages */
	uint32_t value;
};

struct why_rows {
	struct why_row *items;
	size_t n;
};

/* Adjacent pages. `first`: the number of the first one. */
struct why_range {
	uint64_t start, end; /* addresses */
	uint32_t first;
};

/* The value of a page of the inventory: enum why_page (model/why_case.h), and its size class in the bits above. */
#define WHY_CLASS_SHIFT 2
#define WHY_PAGE_MASK 3

struct why_inventory {
	uint64_t page_size;
	struct why_range *ranges; /* ascending */
	size_t nranges;
	uint32_t npages;
	struct why_rows pages;
	fact objects; /* that the collector tracks */
};

/* Of a sample. */
struct why_facts {
	fact number; /* of the inventory that pages are numbered by: another one, another number; ABSENT: there is none */
	struct why_inventory *inventory; /* NULL: it was told with a sample before, or there is none */
	char reason[160];                /* why there is none */
};

/* What became of a page since the look before. */
enum why_news {
	WHY_NEWS_NONE,
	WHY_NEWS_COPIED,
	WHY_NEWS_AWAY, /* the worker has not inherited it, or does not have it any more */
	WHY_NEWS,
};

/* One look at a worker. */
struct why_look {
	fact switches; /* voluntary ones so far */
	fact age_ns;   /* how long it has lived */
	fact full;     /* full collections so far; ABSENT: not known */
	bool clean;    /* no full collection was under way while its pages were looked at */
};

/* All that was seen of a worker so far, once more, for those who begin to read with this sample. */
struct why_history {
	bool young;             /* no full collection before the first look */
	struct why_look *looks; /* those that matter (analysis/why_track.h), WHY_LOOKS_MAX at most */
	size_t nlooks;
	struct why_rows pages; /* when each was copied: WHY_ROW_WHOLE ..., or by which of the looks */
};

/* The value of a page in a history. */
enum {
	WHY_ROW_WHOLE,
	WHY_ROW_AWAY,
	WHY_ROW_COPIED, /* by the first look; by the next one more */
};

/* Of a worker of a sample. */
struct why_worker_facts {
	fact looks;    /* at its pages so far */
	bool looked;   /* once more for this sample: what follows is new */
	fact switches; /* as in a look, behind it */
	fact full, collecting;
	struct why_rows news;        /* enum why_news */
	struct why_history *history; /* NULL: not in this sample */
	struct why_rows
		wrote; /* WROTE_... (model/wrote.h) + 1 of each copied page; 0: it is not copied; empty: not read */
};

/* At the end; merged with the last row where that has the same value. */
void why_rows_add(struct why_rows *r, uint32_t n, uint32_t value);
void why_rows_copy(struct why_rows *to, const struct why_rows *from); /* `to` is overwritten */
void why_rows_release(struct why_rows *r);

/* NULL is fine, and gives NULL. */
struct why_facts *why_facts_copy(const struct why_facts *from);
struct why_worker_facts *why_worker_facts_copy(const struct why_worker_facts *from);
void why_inventory_free(struct why_inventory *i);
void why_history_free(struct why_history *h);
void why_facts_free(struct why_facts *f);
void why_worker_facts_free(struct why_worker_facts *f);

struct why_facts *why_facts_new(void);                  /* no inventory */
void why_worker_facts_init(struct why_worker_facts *f); /* everything ABSENT */
struct why_worker_facts *why_worker_facts_new(void);

#endif
