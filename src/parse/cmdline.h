#ifndef COWTOP_PARSE_CMDLINE_H
#define COWTOP_PARSE_CMDLINE_H

/*
 * /proc/PID/cmdline (proc_pid_cmdline(5)): arguments, each with a NUL behind it. As text they are joined by blanks;
 * which blanks are an argument's own is a bit each, the first 64 of them (struct proc_sample, inner_blanks). Pure.
 */
#include "base/buf.h"
#include "model/sample.h"

#define CMDLINE_MAX 4096
/* In place: at most CMDLINE_MAX bytes are left. */
uint64_t cmdline_join(struct buf *b);

#endif
