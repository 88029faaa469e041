/*
 * mkpool - a pre-forked pool with known page states, for tests
 *
 * One command a line on stdin, one line of JSON on stdout for each: what is now true of every page
 * in the arenas, or {"error": ...} and nothing was done. Process 0 is the master. Then all processes
 * stand still until the next line. At the end of input the pool goes away. `help` lists commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mkpool.h"

#define ARENA_BASE(a) (0x200000000000ull + ((uint64_t)(a) << 32))

/* clang-format off */
const struct command commands[] = {
	{ "map", "PAKN", 4, act_map, model_map, "new arena of a kind, untouched, N pages" },
	{ "fill", "PAONSH", 4, act_fill, model_touch, "write whole pages: own, pairs" },
	{ "write", "PAONSH", 4, act_write, model_touch, "write a word a page: store, same, read, mem, chain_a chain_b chain_reuse chain_first chain_read" },
	{ "read", "PAONS", 4, act_read, model_read, "read a byte a page" },
	{ "free", "PAONS", 4, act_free, model_free, "MADV_DONTNEED" },
	{ "lazyfree", "PAONS", 4, act_lazyfree, model_same, "MADV_FREE" },
	{ "refill", "PAONSH", 4, act_refill, model_refill, "MADV_DONTNEED, then fill, without a stop" },
	{ "protect", "PAON", 4, act_protect, model_same, "mprotect(PROT_NONE)" },
	{ "move", "PAOND", 5, act_move, model_move, "mremap to where arena D would be" },
	{ "collapse", "PAON", 4, act_collapse, model_collapse, "MADV_COLLAPSE" },
	{ "hint", "PAON", 4, act_hint, model_same, "MADV_HUGEPAGE: khugepaged may collapse it from now on" },
	{ "collapsed", "PAON", 4, act_same, model_collapse, "khugepaged has collapsed it" },
	{ "mergeable", "PAON", 4, act_mergeable, model_same, "MADV_MERGEABLE" },
	{ "pageout", "PAONS", 4, act_pageout, model_pageout, "MADV_PAGEOUT" },
	{ "poke", "PAONSV", 6, act_poke, model_poke, "write a word a page of process V from outside" },
	{ "hold", "P", 1, act_hold, model_hold, "a child in the same address space" },
	{ "spawn", "P", 1, act_spawn, model_spawn, "an exec'ed child" },
	{ "fork", "P", 1, act_fork, model_same, "a child in the next free slot" },
	{ "twice", "P", 1, act_twice, model_same, "the same by a fork of a fork that has ended: no child of P" },
	{ "reap", "P", 1, act_reap, model_same, "it waits for its children that end, as those that it forks from now on do" },
	{ "adopt", "P", 1, act_adopt, model_same, "children of descendants that end become its own" },
	{ "settle", "P", 1, act_settle, model_same, "write every page outside the arenas once" },
	{ "leave", "P", 1, act_leave, model_same, "another thread goes on, and this one ends" },
	{ "exit", "P", 1, act_exit, model_exit, "leave" },
	{0},
};
/* clang-format on */

static const char *const kinds[] = { "", "anon", "thp", "hugetlb", "file", "shm", "wipe", "brk", NULL };
static const char *const hows[] = { "own",     "pairs",   "store",       "same",        "read",       "mem",
				    "chain_a", "chain_b", "chain_reuse", "chain_first", "chain_read", NULL };

unsigned long page_size;

static int order_fds[MAX_PROCS];
static int ack_fd;

static int __attribute__((format(printf, 1, 2))) complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("{\"error\": \"", stdout);
	vprintf(fmt, ap);
	puts("\"}");
	va_end(ap);
	return -1;
}

static int await(struct ack *ret)
{
	struct pollfd p = { .fd = ack_fd, .events = POLLIN };

	if (poll(&p, 1, 30000) != 1 || read(ack_fd, ret, sizeof(*ret)) != sizeof(*ret))
		return complain("no answer");
	return ret->error ? complain("%s", strerror(ret->error)) : 0;
}

static int send_order(const struct order *o, struct ack *ret)
{
	if (write(order_fds[o->proc], o, sizeof(*o)) != sizeof(*o))
		return complain("process %d is gone", o->proc);
	return await(ret);
}

static int command_index(const char *name)
{
	for (int i = 0; commands[i].name; i++)
		if (!strcmp(commands[i].name, name))
			return i;
	return -1;
}

/* The forker's and the child's answers come in any order; then the forker settles. */
static int after_fork(const struct order *o, const struct ack *first)
{
	struct order settle = { .command = command_index("settle"), .proc = o->proc };
	struct ack second, done;

	if (await(&second))
		return -1;
	model_fork(o->proc, o->slot, first->slot == o->slot ? first->pid : second.pid);
	return send_order(&settle, &done);
}

/* Its parent reaps it, or ignores SIGCHLD: the pid goes away. The master's parent is this process. */
static int after_exit(pid_t pid)
{
	for (int i = 0; i < 10000; i++) {
		waitpid(pid, NULL, WNOHANG);
		if (kill(pid, 0) && errno == ESRCH)
			return 0;
		usleep(1000);
	}
	return complain("process %d does not end", (int)pid);
}

static int carry_out(const struct order *o)
{
	const struct command *c = &commands[o->command];
	pid_t pid = model_pid(o->proc);
	struct ack a;

	if (send_order(o, &a))
		return -1;
	c->model(o, &a);
	if (c->act == act_fork || c->act == act_twice)
		return after_fork(o, &a);
	if (c->act == act_exit)
		return after_exit(pid);
	return 0;
}

static int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static int parse_word(struct order *o, char what, const char *word)
{
	unsigned long number = strtoul(word, NULL, 0);
	int index;

	switch (what) {
	case 'P':
		o->proc = number;
		return model_pid(o->proc) ? 0 : complain("no process %s", word);
	case 'A':
		o->arena = number;
		return number < MAX_ARENAS ? 0 : complain("no arena %s", word);
	case 'K':
		index = word_index(kinds, word);
		o->kind = index < 0 ? KIND_NONE : index;
		return index > 0 ? 0 : complain("no kind %s", word);
	case 'H':
		index = word_index(hows, word);
		o->how = index < 0 ? HOW_OWN : index;
		return index >= 0 ? 0 : complain("no way %s", word);
	case 'V':
		o->slot = number;
		o->pid = model_pid(o->slot);
		return o->pid ? 0 : complain("no process %s", word);
	case 'D':
		o->to = ARENA_BASE(number);
		return number < MAX_ARENAS ? 0 : complain("no arena %s", word);
	default:
		*(what == 'O' ? &o->off : what == 'N' ? &o->n : &o->stride) = number;
		return number <= MAX_PAGES ? 0 : complain("more than %u pages", MAX_PAGES);
	}
}

/* What the words left open: where the arena is, and whether the pages are inside it. */
static int complete(struct order *o)
{
	const struct command *c = &commands[o->command];
	const struct arena *a = model_arena(o->proc, o->arena);

	if (c->act == act_fork || c->act == act_twice) {
		o->slot = model_free_slot();
		return o->slot < 0 ? complain("no free slot") : 0;
	}
	if (c->act == act_map) {
		o->base = ARENA_BASE(o->arena);
		return 0;
	}
	if (!strchr(c->args, 'A'))
		return 0;
	if (!a->kind)
		return complain("process %d has no arena %d", o->proc, o->arena);
	o->kind = a->kind;
	o->base = c->act == act_poke ? model_arena(o->slot, o->arena)->base : a->base;
	if (o->n == 0 || o->off + (uint64_t)(o->n - 1) * o->stride >= a->pages)
		return complain("arena %d has %u pages", o->arena, a->pages);
	return 0;
}

static int parse_order(char *line, struct order *o)
{
	char *word = strtok(line, " \n");
	const struct command *c;
	int n = 0;

	*o = (struct order){ .stride = 1, .how = HOW_OWN };
	o->command = word ? command_index(word) : -1;
	if (o->command < 0)
		return complain("no such command");
	c = &commands[o->command];
	if (c->act == act_write)
		o->how = HOW_STORE;
	for (; (word = strtok(NULL, " \n")); n++)
		if (!c->args[n] || parse_word(o, c->args[n], word))
			return c->args[n] ? -1 : complain("%s takes %zu words", c->name, strlen(c->args));
	if (n < c->needed)
		return complain("%s needs %d words", c->name, c->needed);
	return complete(o);
}

static void print_arenas(int slot)
{
	const char *comma = "";

	for (int i = 0; i < MAX_ARENAS; i++) {
		const struct arena *a = model_arena(slot, i);

		if (!a->kind)
			continue;
		printf("%s{\"arena\": %d, \"kind\": \"%s\", \"base\": %llu, \"pages\": %u}", comma, i,
		       kinds[a->kind], (unsigned long long)a->base, a->pages);
		comma = ", ";
	}
}

static void print_copies(const unsigned *copies)
{
	const char *comma = "";

	for (int i = 0; i < HOWS; i++) {
		if (!copies[i])
			continue;
		printf("%s\"%s\": %u", comma, hows[i], copies[i]);
		comma = ", ";
	}
}

static void print_truth(void)
{
	const char *comma = "";

	printf("{\"processes\": [");
	for (int i = 0; i < MAX_PROCS; i++) {
		struct truth t;

		if (!model_pid(i))
			continue;
		t = model_truth(i);
		printf("%s{\"slot\": %d, \"pid\": %d, \"parent\": %d, \"held\": %d, \"spawned\": %d, "
		       "\"pages\": {\"shared\": %u, \"orphaned\": %u, \"cow_broken\": %u, "
		       "\"cow_file\": %u, \"new\": %u, \"file\": %u, \"swapped\": %u}, \"copies\": {",
		       comma, i, (int)model_pid(i), model_parent(i), (int)model_held(i),
		       (int)model_spawned(i), t.shared, t.orphaned, t.cow_broken, t.cow_file, t.fresh, t.file,
		       t.swapped);
		print_copies(t.copies);
		printf("}, \"arenas\": [");
		print_arenas(i);
		printf("]}");
		comma = ", ";
	}
	puts("]}");
}

/* The pool stays on one CPU: a page that waits in another CPU's LRU batch is copied, not re-used. */
static void pin(void)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static pid_t start_master(char *self)
{
	char role[] = "--master", *argv[] = { self, role, NULL };
	int read_fds[MAX_PROCS], pair[2], acks[2];
	struct ack a;

	if (pipe2(acks, O_CLOEXEC))
		return -1;
	ack_fd = acks[0];
	for (int i = 0; i < MAX_PROCS; i++) {
		if (pipe2(pair, O_CLOEXEC))
			return -1;
		/* Above the numbers that the pool uses. */
		read_fds[i] = fcntl(pair[0], F_DUPFD_CLOEXEC, ORDER_FD(MAX_PROCS));
		order_fds[i] = fcntl(pair[1], F_DUPFD_CLOEXEC, ORDER_FD(MAX_PROCS));
		close(pair[0]);
		close(pair[1]);
	}
	if (fork() == 0) {
		dup2(acks[1], ACK_FD);
		for (int i = 0; i < MAX_PROCS; i++)
			dup2(read_fds[i], ORDER_FD(i));
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	close(acks[1]);
	for (int i = 0; i < MAX_PROCS; i++)
		close(read_fds[i]);
	return await(&a) ? -1 : a.pid;
}

int main(int argc, char **argv)
{
	char line[256];
	bool huge_whole, zero_page;
	pid_t master;

	page_size = (unsigned long)sysconf(_SC_PAGESIZE);
	if (argc == 2 && !strcmp(argv[1], "--master"))
		act_master();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	pin();
	huge_whole = kernel_copies_huge_pages_whole();
	zero_page = kernel_has_zero_page();
	master = start_master(argv[0]);
	if (master < 0)
		return 1;
	model_start(master, huge_whole, zero_page);
	print_truth();
	while (fgets(line, sizeof(line), stdin)) {
		struct order o;

		if (!strcmp(line, "help\n")) {
			for (const struct command *c = commands; c->name; c++)
				printf("%-10s %-7s %s\n", c->name, c->args, c->help);
			continue;
		}
		if (!parse_order(line, &o) && !carry_out(&o))
			print_truth();
	}
	return 0;
}
