#ifndef COWTOP_TESTS_SNAPSHOT_H
#define COWTOP_TESTS_SNAPSHOT_H

/*
 * A snapshot of this very process, as the kernel takes one at a fault: snapshot_fault() writes to a page
 * that cannot be written, and the handler keeps the registers and the stack of that moment.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include "processor.h"
#include "sys/arch.h"
#include "unwind/unwinder.h"

#define SNAPSHOT_BYTES 65528

static struct {
	char *page;
	uint64_t registers[ARCH_REGISTERS];
	uint8_t stack[SNAPSHOT_BYTES];
	size_t bytes, want;
	uintptr_t top; /* of this thread's stack */
} snapshot = { .want = SNAPSHOT_BYTES };

__attribute__((no_sanitize("address"))) static void snapshot_copy(const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snapshot.stack[i] = ((const volatile uint8_t *)from)[i];
	snapshot.bytes = n;
}

static void snapshot_take(int number, siginfo_t *info, void *context)
{
	size_t left;

	if ((char *)info->si_addr < snapshot.page ||
	    (char *)info->si_addr >= snapshot.page + sysconf(_SC_PAGESIZE)) {
		signal(number, SIG_DFL); /* a real one */
		return;
	}
	registers_of(context, snapshot.registers);
	left = snapshot.top - snapshot.registers[arch.sp];
	snapshot_copy((const uint8_t *)(uintptr_t)snapshot.registers[arch.sp],
		      left < snapshot.want ? left : snapshot.want);
	mprotect(snapshot.page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE);
}

/* The next write to the page is to be caught. cmocka catches such signals itself, anew for each test. */
static void snapshot_arm(void)
{
	struct sigaction act = { .sa_sigaction = snapshot_take, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaction(SIGSEGV, &act, NULL);
	mprotect(snapshot.page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ);
}

/* The write is this function's, so it is the leaf. */
__attribute__((noinline)) static void snapshot_fault(void)
{
	snapshot_arm();
	*(volatile char *)snapshot.page = 1;
}

/* The handler has a stack of its own, so that it does not write over what it copies. */
static void snapshot_begin(void)
{
	static uint8_t own[65536];
	stack_t other = { .ss_sp = own, .ss_size = sizeof(own) };

	/* The name that was executed is the last thing on it. */
	snapshot.top = (uintptr_t)getauxval(AT_EXECFN);
	snapshot.page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
	sigaltstack(&other, NULL);
}

static struct unwind_snapshot snapshot_get(void)
{
	return (struct unwind_snapshot){ .pid = getpid(),
					 .tid = getpid(),
					 .registers = snapshot.registers,
					 .stack = snapshot.stack,
					 .stack_bytes = snapshot.bytes };
}

#endif
