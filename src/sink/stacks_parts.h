#ifndef COWTOP_SINK_STACKS_PARTS_H
#define COWTOP_SINK_STACKS_PARTS_H

/* Sentences about a report of call stacks, for the files that show one. */
#include "base/buf.h"
#include "model/stack_report.h"

/* The name of a role in words: "kernel write". */
const char *stacks_role_words(enum stack_role role);
/* "gunicorn: master 812, 4 workers". Foreign: not cleaned. */
void stacks_headline(struct buf *out, const struct stack_report *r);
/* "35926 pages copied in 10s, 140.3 MiB" and how exact that is. */
void stacks_amount(struct buf *out, const struct stack_report *r);
/* How it was seen: "tracepoints, one fault in 10, 8192 bytes of each stack; 3571 samples, none lost". */
void stacks_method(struct buf *out, const struct stack_report *r);

#endif
