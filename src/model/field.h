#ifndef COWTOP_MODEL_FIELD_H
#define COWTOP_MODEL_FIELD_H

/*
 * The one table of figures: key, unit, help, place, and whether it rests on the ledger's classes. JSON, the
 * text table, --fail-if and the manual are all fed from it, and so is the label of every figure.
 *
 * To add a figure: a member in struct figures (model/snapshot.h), a row here in field.c, its
 * computation in analysis/. The tests compare every row with the JSON and with cowtop(1), section
 * FIELDS, and complain when one is missing.
 */
#include "model/snapshot.h"

enum unit {
	UNIT_BYTES,
	UNIT_PAGES,
	UNIT_COUNT,
	UNIT_PER_SECOND,
	UNIT_RATIO,
	UNIT_SECONDS,
	UNIT_FLAG, /* 0 or 1 */
};

/* Where a figure can lie. Nothing is counted below zero. */
enum range {
	RANGE_OF_UNIT,     /* 0 to 1 of a ratio and a flag, from 0 on of all others */
	RANGE_SIGNED,      /* it may be negative as well */
	RANGE_CORRELATION, /* -1 to 1 */
};

struct field {
	const char *process_key; /* path in a process object, "faults.minor"; NULL: not in it */
	const char *pool_key;    /* path in the pool object; NULL: not in it */
	enum unit unit;
	const char *help; /* one line, no full stop */
	size_t offset;    /* in struct figures */
	bool ledger;      /* rests on what class a page is of: an estimate where the ledger is one */
	bool all;         /* ... of the master and forked helpers as well as of the workers */
	unsigned doubts;  /* of the memory: an estimate where one of these is there (enum memory_doubt) */
	enum range range;
};

extern const struct field fields[];
extern const size_t nfields;

static inline figure field_get(const struct field *f, const struct figures *from)
{
	return *(const figure *)((const char *)from + f->offset);
}

/* The least and the most that it can be; infinite where there is no end. */
double field_least(const struct field *f);
double field_most(const struct field *f);

/* The row of a member of struct figures. */
#define FIELD(member) field_at(offsetof(struct figures, member))
const struct field *field_at(size_t offset);

/* A figure with its label and its bounds. */
struct measure field_of_process(const struct field *f, const struct proc_snapshot *p);
struct measure field_of_pool(const struct field *f, const struct snapshot *s);

/* The same by its member: PROCESS_MEASURE(p, cow_broken_bytes). */
#define PROCESS_MEASURE(p, member) field_of_process(FIELD(member), p)
#define POOL_MEASURE(s, member) field_of_pool(FIELD(member), s)

/* The row with this key in a process, or NULL. */
const struct field *field_find_process(const char *key);

/* One word, which a rule takes behind a number of bytes, pages, seconds and rates as well. */
const char *unit_name(enum unit unit);

#endif
