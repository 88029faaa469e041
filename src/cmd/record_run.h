#ifndef COWTOP_CMD_RECORD_RUN_H
#define COWTOP_CMD_RECORD_RUN_H

/*
 * A run of `cowtop record`: samples of a pool into files, until it ends.
 */
#include "cmd/common_options.h"
#include "cmd/gate.h"
#include "cmd/on_event.h"
#include "cmd/record_rotate.h"
#include "cmd/run.h"

/* A recording that is a part of something larger: nothing is said of it, and a pool that is gone before the run ends has
 * failed. */
struct record_part {
	const char *head; /* in front of its line of progress */
	int load_output;  /* where to what the load says goes: a descriptor */
};

struct record_settings {
	struct common_settings common;
	const char *output; /* FILE or "-" */
	const char *all;    /* every pool, into this folder; NULL: one, into `output` */
	bool force;         /* FILE is replaced */
	bool fixed;         /* the interval is not adapted */
	bool no_maps;
	bool stacks;                    /* call stacks too */
	int64_t every;                  /* one copy in so many; 0: not given */
	uint64_t max_size;              /* 0: no limit */
	int64_t rotate_ns;              /* 0: one file */
	struct rotate_keep keep;        /* older files */
	int64_t runs;                   /* of a command, each into a file of its own; 0: one, into FILE */
	int64_t requests;               /* that the load makes; 0: not given */
	const struct record_part *part; /* NULL: it is all there is */
	const char *on_event;           /* a command; NULL: none */
	struct on_event *events;        /* what runs it; borrowed; NULL: nobody is told */
	struct gate_settings gate;
	struct gate *judge; /* is shown each sample; borrowed; NULL: nobody is */
};

/*
 * Block SIGUSR1, which puts a mark into the recording: a signal that comes too early is not lost. Ignore SIGXFSZ:
 * a file that may not grow is a failed write.
 */
void record_guard(void);
/* Record until the run ends (cowtop-record(1)), and say in a line what was recorded. `asked`: what was asked for,
 * for the head of the file; NULL: nothing. */
int record_run(struct record_settings *set, struct run *run, const char *asked, struct err *err);

#endif
