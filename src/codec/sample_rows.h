#ifndef COWTOP_CODEC_SAMPLE_ROWS_H
#define COWTOP_CODEC_SAMPLE_ROWS_H

/* Which member of a sample has which tag. Private to codec/sample*.c. */
#include "codec/columns.h"
#include "model/sample.h"

/* Sections that are no columns. */
enum {
	SAMPLE_PROCESSES = 1, /* who is in the sample; in front of all others */
	SAMPLE_HOST_TEXTS = 2,
	SAMPLE_TEXTS = 3,
	SAMPLE_GAPS = 4,
	SAMPLE_SETTINGS = 5,
	SAMPLE_INTERPRETERS = 6, /* how many each process has; in front of their columns */
	/* sample_why.h */
	SAMPLE_WHY = 139,
	SAMPLE_WHY_WORKERS = 140, /* which processes are watched; in front of their columns */
	SAMPLE_WHY_NEWS = 146,
	SAMPLE_WHY_HISTORY = 147,
	SAMPLE_WHY_WROTE = 148,
};

struct columns {
	const struct column *items;
	size_t n;
};

/* Where the columns of a sample go, looked up once: by their tags, and as long as the rows are the same. */
struct sample_rows {
	struct {
		const struct column *column; /* NULL: no column has this tag */
		enum { OF_SAMPLE, OF_PROCESS, OF_INTERPRETER, OF_WHY } of;
	} by_tag[UINT8_MAX + 1];
	bool known; /* these: */
	void **processes, **interpreters, **why;
	size_t nprocesses, ninterpreters, nwhy, processes_cap, interpreters_cap, why_cap;
};

void sample_rows_init(struct sample_rows *r);
/* Unless they are known. */
void sample_rows_find(struct sample_rows *r, struct sample *s);
void sample_rows_release(struct sample_rows *r);

#define SAMPLE_PAGE_SIZE_MAX (INT64_C(1) << 30)

static inline bool sample_page_size_valid(int64_t size)
{
	return size > 0 && size <= SAMPLE_PAGE_SIZE_MAX && !(size & (size - 1));
}

/* Of struct sample, of struct proc_sample, of struct gc_state, of struct why_worker_facts. */
struct columns columns_of_sample(void);
struct columns columns_of_process(void);
struct columns columns_of_interpreter(void);
struct columns columns_of_why(void);

#endif
