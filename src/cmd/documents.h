#ifndef COWTOP_CMD_DOCUMENTS_H
#define COWTOP_CMD_DOCUMENTS_H

/*
 * Snapshots as documents on stdout: a table, JSON or CSV. What comes between two of them, and in
 * front of the first, is decided here, so that a live run and a replay write the same bytes.
 *
 *	struct documents docs = { .form = DOCUMENT_JSON, .series = true };
 *	while (...)
 *		documents_write(&docs, &snap, &err);
 */
#include "base/err.h"
#include "model/snapshot.h"

enum document_form {
	DOCUMENT_TABLE, /* tables are parted by an empty line */
	DOCUMENT_JSON,  /* cowtop.sample/1: alone over many lines, in a series one a line */
	DOCUMENT_CSV,   /* the names of the columns once */
};

struct documents {
	enum document_form form;
	bool series;             /* there may be more than one */
	const struct zone *zone; /* of a table's times; NULL: UTC */
	int64_t written;         /* so far */
};

/* What is said to who asks for two forms. */
#define DOCUMENTS_ONE_FORM "--json or --csv, not both"
/* The option that asks for a form which a program reads, or NULL. */
const char *documents_option(enum document_form form);

/* The next document to stdout, at once. */
int documents_write(struct documents *d, const struct snapshot *snap, struct err *err);

#endif
