#ifndef COWTOP_SYS_ARCH_H
#define COWTOP_SYS_ARCH_H

/*
 * What depends on the processor that this cowtop was built for, in one table: arch_x86_64.c or
 * arch_aarch64.c, of which make takes the one that the compiler builds for. Nothing else asks which it is.
 * What its instructions look like is in parse/isa.h, which knows all of them.
 *
 * Registers are those of a sample (PERF_SAMPLE_REGS_USER), in the kernel's order (arch/ARCH/include/uapi/
 * asm/perf_regs.h): the bits of `sample`, from the lowest on.
 */
#include "parse/isa.h"

#define ARCH_REGISTERS 33 /* room for those of any */
#define ARCH_NONE 0xff

struct arch_call {
	int number;
	const char *name;
};

struct arch {
	const struct isa *isa;
	uint64_t sample;    /* all general registers */
	unsigned registers; /* how many these are */
	unsigned ip, sp;    /* which are the instruction and the stack pointer */
	/* By DWARF number which register it is; also that of the stack pointer, and the one that libunwind
	 * asks for the instruction pointer by. */
	const uint8_t *of_dwarf;
	unsigned dwarf, dwarf_sp, dwarf_ip;
	/* The number of a system call under way: a register, or ARCH_NONE: only the code tells it. */
	uint8_t call;
	/* Registers do not tell whether one is under way: the instruction before does. */
	bool call_by_code;
	/* A caller's address is in a register until it is saved, so what is innermost may have nothing on the
	 * stack; and libunwind follows that register where tables fail (sys/unwind.c). */
	bool link_register;
	/* What of a return address is an address: the rest may be a signature. */
	uint64_t code_bits;
	/* What cowtop has on others and not here, one line; NULL: nothing. */
	const char *lacks;
	/* System calls that write to memory that a program hands them; others break single pages. */
	const struct arch_call *calls;
	size_t ncalls;

	/* Is it 64-bit code of a program, as far as registers tell? A sample's abi (parse/perf_record.h) tells
	 * most 32-bit ones. */
	bool (*user_code)(const uint64_t *registers);
	/* Is a system call under way, by its registers? False where call_by_code. */
	bool (*in_call)(const uint64_t *registers);
};

extern const struct arch arch;

/* The name of a system call: "read"; "syscall" for one that is not in `calls`. */
const char *arch_call_name(int number);

#endif
