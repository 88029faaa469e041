#include "sys/arch.h"

#include "sys/arch_calls.h"

/* enum perf_event_arm_regs: x0 to x29, lr, sp, pc. */
enum { X8 = 8, SP = 31, PC = 32, REGISTERS = 33 };
#define SAMPLE 0x1ffffffffULL

/* DWARF for the Arm 64-bit Architecture has the same numbers; 32 is what libunwind calls pc. */
static const uint8_t of_dwarf[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
				    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, SP, PC };

static const struct arch_call calls[] = { ARCH_CALLS };

/* A sample of a 32-bit program says so itself. */
static bool user_code(const uint64_t *r)
{
	return true;
}

/* No register tells. */
static bool in_call(const uint64_t *r)
{
	return false;
}

const struct arch arch = {
	.isa = &isa_arm64,
	.sample = SAMPLE,
	.registers = REGISTERS,
	.ip = PC,
	.sp = SP,
	.of_dwarf = of_dwarf,
	.dwarf = sizeof(of_dwarf),
	.dwarf_sp = 31,
	.dwarf_ip = 32,
	.call = X8, /* stays while the call goes on */
	.call_by_code = true,
	.link_register = true,
	/*
	 * Pointer authentication signs bits 54 to where addresses end (Documentation/arch/arm64/
	 * pointer-authentication.rst). Code lies below 2^48 unless a program asks for more by a hint to mmap(2).
	 */
	.code_bits = (1ULL << 48) - 1,
	/* arch/arm64/kernel/vdso/vdso.lds.S, Linux 5.9 and later. */
	.lacks = "stacks: none above code of the kernel's own in the program (vDSO), which has no "
		 "unwind tables here",
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(*calls),
	.user_code = user_code,
	.in_call = in_call,
};
