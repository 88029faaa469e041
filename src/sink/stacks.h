#ifndef COWTOP_SINK_STACKS_H
#define COWTOP_SINK_STACKS_H

/*
 * A report of call stacks as bytes. Each of them appends to `out`; a file larger than the ceiling of
 * `out` is cut there (base/buf.h), which the caller has to look at. Pages are copied ones unless said
 * otherwise.
 */
#include "base/buf.h"
#include "model/stack_report.h"

/* What was gathered, roles, processes, and the `top` stacks, innermost frame first. */
void stacks_text(struct buf *out, const struct stack_report *r, size_t top, size_t columns);
/* cowtop.stacks/1, with the `top` stacks; 0: all. */
void json_stacks(struct buf *out, const struct stack_report *r, size_t top, bool pretty);
/* "root;...;leaf PAGES", one line a stack; sorted, and no two alike. */
void stacks_folded(struct buf *out, const struct stack_report *r);
/* A picture: root at the top, as wide as pages. */
void stacks_flamegraph(struct buf *out, const struct stack_report *r);
/* A profile of the pool and one of each process, in bytes. */
void json_speedscope(struct buf *out, const struct stack_report *r);
/*
 * pprof's profile.proto, gzipped. false: zlib has failed. Samples are labelled with the role of their stack. A file has
 * the pid as well; a server that keeps profiles makes a series of each combination of labels, so what it is sent has
 * none, and one sample of all processes.
 */
enum pprof_labels { PPROF_PIDS, PPROF_SERIES };
bool stacks_pprof(struct buf *out, const struct stack_report *r, enum pprof_labels labels);

#endif
