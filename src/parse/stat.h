#ifndef COWTOP_PARSE_STAT_H
#define COWTOP_PARSE_STAT_H

/*
 * /proc/PID/stat (proc(5); fs/proc/array.c do_task_stat, Linux 6.18). The name is between the first
 * '(' and the LAST ')': it may itself hold parentheses, blanks and newlines. The numbers after it
 * are separated by single blanks. Numbers in comments are those of proc(5).
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	pid_t pid;           /* (1) */
	char comm[65];       /* (2) TASK_COMM_LEN 16, 64 for kernel threads; NUL-terminated */
	char state;          /* (3) */
	pid_t ppid;          /* (4) */
	pid_t pgrp, session; /* (5) (6) */
	uint64_t flags;      /* (9) PF_... of include/linux/sched.h */
	uint64_t minflt, cminflt, majflt, cmajflt;  /* (10) (11) (12) (13) */
	uint64_t threads;                           /* (20) */
	uint64_t start_ticks;                       /* (22) */
	uint64_t rss_pages;                         /* (24) */
	uint64_t start_code, end_code, start_stack; /* (26) (27) (28); 0 without ptrace access */
	uint64_t start_brk, arg_start;              /* (47) (48); likewise */
};

/* PF_FORKNOEXEC: the process has not exec'ed since it was forked (include/linux/sched.h, Linux 2.6 to 6.18). */
#define STAT_FORKED_ONLY 0x40
/* PF_RANDOMIZE: its exec laid it out by chance. */
#define STAT_RANDOM 0x400000

/* 0, or -1 when the text is not a complete stat line; *ret is then unspecified. */
int parse_stat(const char *text, size_t len, struct proc_stat *ret);

#endif
