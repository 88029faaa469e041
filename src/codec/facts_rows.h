#ifndef COWTOP_CODEC_FACTS_ROWS_H
#define COWTOP_CODEC_FACTS_ROWS_H

/* Which member of a sample has which tag. Private to codec/facts*.c. */
#include "codec/columns.h"
#include "model/sample.h"

/* Sections that are no columns. */
enum {
	FACTS_PROCESSES = 1,    /* who is in the sample; in front of all others */
	FACTS_HOST_TEXTS = 2,
	FACTS_TEXTS = 3,
	FACTS_GAPS = 4,
	FACTS_SETTINGS = 5,
	FACTS_INTERPRETERS = 6, /* how many each process has; in front of their columns */
};

struct columns {
	const struct column *items;
	size_t n;
};

/* Where the columns of a sample go, looked up once: by their tags, and as long as the rows are the same. */
struct facts_rows {
	struct {
		const struct column *column; /* NULL: no column has this tag */
		enum { OF_SAMPLE, OF_PROCESS, OF_INTERPRETER } of;
	} by_tag[UINT8_MAX + 1];
	bool known; /* these: */
	void **processes, **interpreters;
	size_t nprocesses, ninterpreters, processes_cap, interpreters_cap;
};

void facts_rows_init(struct facts_rows *r);
/* Unless they are known. */
void facts_rows_find(struct facts_rows *r, struct sample *s);
void facts_rows_release(struct facts_rows *r);

#define FACTS_PAGE_SIZE_MAX (INT64_C(1) << 30)

static inline bool facts_page_size_valid(int64_t size)
{
	return size > 0 && size <= FACTS_PAGE_SIZE_MAX && !(size & (size - 1));
}

/* Of struct sample, of struct proc_sample, of struct gc_state. */
struct columns facts_sample_columns(void);
struct columns facts_process_columns(void);
struct columns facts_interpreter_columns(void);

#endif
