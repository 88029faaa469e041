#ifndef COWTOP_PARSE_PERF_RECORD_H
#define COWTOP_PARSE_PERF_RECORD_H

/*
 * One record of a perf ring (perf_event_open(2), MMAP LAYOUT; include/uapi/linux/perf_event.h,
 * enum perf_event_type). Its layout is what the event was opened with, struct perf_layout; every
 * record of it begins (samples) or ends (all others: sample_id_all) with the same identity.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a sample has, in the order of the record. */
struct perf_layout {
	bool address;       /* PERF_SAMPLE_ADDR */
	bool stream;        /* PERF_SAMPLE_STREAM_ID: all records have it */
	bool chain;         /* PERF_SAMPLE_CALLCHAIN */
	bool stack;         /* PERF_SAMPLE_REGS_USER and STACK_USER */
	uint32_t registers; /* how many: bits of sample_regs_user */
};
/* Always: PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_TID and PERF_SAMPLE_TIME. */

enum perf_record_kind {
	PERF_SAMPLED,
	PERF_FORKED,  /* a process or a thread begins */
	PERF_EXITED,  /* a thread ends */
	PERF_MAPPED,  /* executable memory was mapped */
	PERF_NAMED,   /* a name was set; `exec`: by an exec */
	PERF_DROPPED, /* `lost` records found no room */
	PERF_OTHER,
};

struct perf_record {
	enum perf_record_kind kind;
	pid_t pid, tid;   /* of whom it tells: the new one, the ended one; lost: who ran then */
	pid_t ppid, ptid; /* forked: by whom */
	uint64_t id, time;
	uint64_t stream; /* the number of the very event, also where another inherited it; 0 without */
	bool exec;
	char comm[16]; /* named; terminated */
	uint64_t lost;
	/* sampled; arrays point into the record */
	uint64_t address;
	const uint8_t *chain; /* nchain words, unaligned */
	size_t nchain;
	uint64_t abi;             /* of the registers: 0 none (a kernel thread), 1 32 bits, 2 64 bits */
	const uint8_t *registers; /* words, as many as the layout says; NULL without */
	const uint8_t *stack;
	size_t stack_bytes; /* valid ones */
};

/* The length in a record's header; 0: not even a header fits. */
size_t perf_record_size(const uint8_t *bytes, size_t len);
/* `len` bytes are one whole record. 0, or -1: it is not as the layout says. */
int parse_perf_record(const uint8_t *bytes, size_t len, const struct perf_layout *layout,
		      struct perf_record *ret);

#endif
