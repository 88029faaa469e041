#ifndef COWTOP_TESTS_MKPOOL_H
#define COWTOP_TESTS_MKPOOL_H

/*
 * mkpool: a pool whose page states are known. The controller reads commands on stdin, hands each to
 * one process of the pool as a `struct order`, plays the same step in its own model of who holds
 * which version of which page, and prints the model's truth. The controller is no part of the pool:
 * it starts the master by exec, so the master's memory is only what the orders made of it.
 *
 *	mkpool.c        the controller: command table, pipes, JSON
 *	mkpool_act.c    what a process of the pool does with an order
 *	mkpool_thread.c what it does in another thread
 *	mkpool_chain.c  named functions that write
 *	mkpool_model.c  what that means for every page
 *	mkpool_kernel.c what kernels do differently
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE page_size
#define PAGE_MOST 65536ul
#define HUGE_PAGES ((uint32_t)(PAGE / 8)) /* small pages in a huge one: below one page of page table */
#define MAX_PROCS 16
#define MAX_ARENAS 8
#define MAX_PAGES 16384u

enum kind { KIND_NONE, KIND_ANON, KIND_THP, KIND_HUGETLB, KIND_FILE, KIND_SHM, KIND_WIPE, KIND_BRK };

/* How a page is written or filled. */
enum how {
	HOW_OWN,     /* fill: content that no other process and no other page has */
	HOW_PAIRS,   /* fill: pages 2i and 2i+1 are alike, and alike in every process */
	HOW_STORE,   /* write: one word, by a store */
	HOW_SAME,    /* write: by a store that changes nothing */
	HOW_READ,    /* write: by read(2) */
	HOW_MEM,     /* write: by pwrite(2) to /proc/self/mem */
	HOW_CHAIN_A, /* write: by a store at the end of the named chain of calls, */
	HOW_CHAIN_B,
	HOW_CHAIN_REUSE,
	HOW_CHAIN_FIRST,
	HOW_CHAIN_READ, /* or by read(2) */
	HOWS,
};

struct order {
	int command; /* row of the command table */
	int proc;    /* slot of the process that obeys */
	int arena;
	uint32_t off, n, stride; /* in small pages, of a hugetlb arena as well */
	uint64_t base;           /* of the arena in that process */
	uint64_t to;             /* move: the new base */
	enum kind kind;
	enum how how;
	int slot;  /* fork: of the new process; poke: of the one that is written */
	pid_t pid; /* poke: likewise */
};

struct ack {
	int slot;
	int error;     /* errno value */
	pid_t pid;     /* hold, spawn: of the new process; else of the one that answers */
	uint64_t base; /* map: where the arena is */
};

struct command {
	const char *name;
	const char *args; /* one letter a word: Proc Arena Kind Off N Stride How Slot */
	int needed;       /* words that must be there */
	int (*act)(const struct order *o, struct ack *ret); /* in the process; 0 or errno */
	void (*model)(const struct order *o, const struct ack *a);
	const char *help;
};

extern const struct command commands[];
extern unsigned long page_size; /* of this machine */

/* mkpool_act.c */
#define ORDER_FD(slot) (20 + (slot)) /* where a process of the pool reads its orders */
#define ACK_FD 19                    /* where all of them answer */
void act_master(void) __attribute__((noreturn));
void obey(int slot) __attribute__((noreturn));
int answer(struct ack *a);
int act_map(const struct order *o, struct ack *ret);
int act_fill(const struct order *o, struct ack *ret);
int act_write(const struct order *o, struct ack *ret);
int act_read(const struct order *o, struct ack *ret);
int act_free(const struct order *o, struct ack *ret);
int act_lazyfree(const struct order *o, struct ack *ret);
int act_refill(const struct order *o, struct ack *ret);
int act_protect(const struct order *o, struct ack *ret);
int act_move(const struct order *o, struct ack *ret);
int act_collapse(const struct order *o, struct ack *ret);
int act_hint(const struct order *o, struct ack *ret);
int act_same(const struct order *o, struct ack *ret);
int act_mergeable(const struct order *o, struct ack *ret);
int act_pageout(const struct order *o, struct ack *ret);
int act_poke(const struct order *o, struct ack *ret);
int act_fork(const struct order *o, struct ack *ret);
int act_twice(const struct order *o, struct ack *ret);
int act_reap(const struct order *o, struct ack *ret);
int act_adopt(const struct order *o, struct ack *ret);
int act_settle(const struct order *o, struct ack *ret);
int act_hold(const struct order *o, struct ack *ret);
int act_spawn(const struct order *o, struct ack *ret);
int act_leave(const struct order *o, struct ack *ret);
int act_exit(const struct order *o, struct ack *ret);

/* mkpool_chain.c: 0 or errno */
int chain_write(enum how how, volatile uint64_t *at, uint64_t word, int fd);

/* mkpool_kernel.c */
bool kernel_copies_huge_pages_whole(void);
bool kernel_has_zero_page(void);

/* mkpool_model.c */
struct truth {
	unsigned shared, orphaned, cow_broken, cow_file, fresh, file, swapped;
	const unsigned *copies; /* HOWS of them: pages the kernel copied for this process so far */
};

struct arena {
	enum kind kind;
	uint64_t base;
	uint32_t pages;
};

void model_start(pid_t master, bool huge_whole, bool zero_page);
void model_map(const struct order *o, const struct ack *a);
void model_touch(const struct order *o, const struct ack *a);
void model_read(const struct order *o, const struct ack *a);
void model_free(const struct order *o, const struct ack *a);
void model_refill(const struct order *o, const struct ack *a);
void model_same(const struct order *o, const struct ack *a);
void model_move(const struct order *o, const struct ack *a);
void model_collapse(const struct order *o, const struct ack *a);
void model_pageout(const struct order *o, const struct ack *a);
void model_poke(const struct order *o, const struct ack *a);
void model_hold(const struct order *o, const struct ack *a);
void model_spawn(const struct order *o, const struct ack *a);
void model_exit(const struct order *o, const struct ack *a);
void model_fork(int parent, int slot, pid_t pid);

int model_free_slot(void);     /* -1: all are taken */
pid_t model_pid(int slot);     /* 0: no such process */
int model_parent(int slot);    /* who forked it, -1: nobody who is there */
pid_t model_held(int slot);    /* of the CLONE_VM child, 0: none */
pid_t model_spawned(int slot); /* of the exec'ed child, 0: none */
const struct arena *model_arena(int slot, int arena);
struct truth model_truth(int slot);

#endif
