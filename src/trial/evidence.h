#ifndef COWTOP_TRIAL_EVIDENCE_H
#define COWTOP_TRIAL_EVIDENCE_H

/*
 * Did a variant take? Asked of the processes of a pool while they live, from outside: the collector's state as a sample
 * has it, what is mapped, the environment that they were started with, what the kernel says of huge pages.
 */
#include "base/buf.h"
#include "model/sample.h"
#include "model/trial.h"
#include "sys/proc.h"
#include "trial/setup.h"

/*
 * Of a sample taken at the end of a run, of processes that still live. `ret_text` gets a sentence that names what was
 * seen: "frozen objects 271449 in 4 of 4 workers", "libjemalloc.so.2 is mapped in 5 of 5 processes". Of a variant of
 * several parts it applied when each part did.
 */
enum trial_applied evidence_look(const struct setup *setup, const struct procfs *fs, const struct sample *s,
				 struct buf *ret_text);

#endif
