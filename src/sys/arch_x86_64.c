#include "sys/arch.h"

#include "sys/arch_calls.h"

/* enum perf_event_x86_regs without the segment registers but CS and SS: bits 0 to 11 and 16 to 23. */
enum { AX, BX, CX, DX, SI, DI, BP, SP, IP, FLAGS, CS, SS, R8, R9, R10, R11, R12, R13, R14, R15, REGISTERS };
#define SAMPLE 0xff0fffULL

/* Code segment selector of 64-bit programs: Linux has only this one. */
#define USER_CS 0x33

/* System V ABI for x86-64, figure 3.36. */
static const uint8_t of_dwarf[] = {
	AX, DX, CX, BX, SI, DI, BP, SP, R8, R9, R10, R11, R12, R13, R14, R15, IP
};

/* clang-format off */
static const struct arch_call calls[] = {
	ARCH_CALLS,
	{ SYS_poll, "poll" },           { SYS_select, "select" },
	{ SYS_epoll_wait, "epoll_wait" }, { SYS_stat, "stat" },
	{ SYS_lstat, "lstat" },         { SYS_readlink, "readlink" },
	{ SYS_fork, "fork" },           { SYS_vfork, "vfork" },
};
/* clang-format on */

static bool user_code(const uint64_t *r)
{
	return r[CS] == USER_CS;
}

/* The instruction leaves the return address in RCX and the flags in R11 (Intel SDM, SYSCALL). */
static bool in_call(const uint64_t *r)
{
	return r[CX] == r[IP] && r[R11] == r[FLAGS];
}

const struct arch arch = {
	.isa = &isa_x86,
	.sample = SAMPLE,
	.registers = REGISTERS,
	.ip = IP,
	.sp = SP,
	.of_dwarf = of_dwarf,
	.dwarf = sizeof(of_dwarf),
	.dwarf_sp = 7,
	.dwarf_ip = 16,
	.call = ARCH_NONE, /* AX has the result already */
	.code_bits = UINT64_MAX,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(*calls),
	.user_code = user_code,
	.in_call = in_call,
};
