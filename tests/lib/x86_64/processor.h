#ifndef COWTOP_TESTS_PROCESSOR_H
#define COWTOP_TESTS_PROCESSOR_H

/*
 * What tests need of the processor: registers of a signal's context in the order of a sample (sys/arch.h),
 * some of them by their use, and instructions to be recognised.
 */
#include <stdint.h>
#include <sys/ucontext.h>

/* The frame pointer; what no unwind needs; and what tells a 32-bit program, with a value that does. */
enum { REGISTER_FRAME = 6, REGISTER_UNUSED = 0, REGISTER_MODE = 10, REGISTER_MODE_32 = 0x23 };

static inline void registers_of(const ucontext_t *c, uint64_t *ret)
{
	static const int order[] = { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP,
				     REG_RSP, REG_RIP, REG_EFL, -1,      -1,      REG_R8,  REG_R9,
				     REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };

	for (unsigned i = 0; i < sizeof(order) / sizeof(*order); i++)
		ret[i] = order[i] < 0 ? 0 : (uint64_t)c->uc_mcontext.gregs[order[i]];
	ret[REGISTER_MODE] = 0x33;
}

/* The middle and the end of what gcc links into every program, without an unwind table. */
#define PROCESSOR_DTORS \
	".text\n\t.subsection 1\n\t.type dtors, @function\n" \
	"dtors:\n\tpush %rbp\n\tmov %rsp,%rbp\n" \
	"\t.byte 0xe8\n\t.long destructor - . - 4\n" \
	"\t.byte 0xe8\n\t.long deregister - . - 4\n" \
	"\tmovb $1,dtors_done(%rip)\n\tpop %rbp\n\tret\n" \
	"\t.local dtors_done\n\t.comm dtors_done,1\n\t.text\n"

/* movb $1,(%rdi); ret */
static const uint8_t processor_store[] = { 0xc6, 0x07, 0x01, 0xc3 };
/* A trampoline of CPython's: its fourth argument is called. */
static const uint8_t processor_trampoline[] = { 0x48, 0x83, 0xec, 0x08, 0xff, 0xd1,
						0x48, 0x83, 0xc4, 0x08, 0xc3 };

/* A reference count goes up; Perl's; CPython's collector marks an object. */
static inline void processor_count(char *object)
{
	__asm__ volatile("addq $1,(%0)" ::"r"(object) : "memory");
}

static inline void processor_count_perl(char *object)
{
	__asm__ volatile("addl $1,8(%0)" ::"r"(object) : "memory");
}

static inline void processor_mark(char *object)
{
	__asm__ volatile("orq $2,%%rax\n\tmovq %%rax,8(%0)" ::"r"(object) : "rax", "memory");
}

/* The instruction behind a call of recvfrom(2), which is not made; and the registers of one under way. */
#define PROCESSOR_BEHIND_CALL(behind) \
	__asm__ volatile("jmp 1f\n\tmovl $45,%%eax\n\tsyscall\n1:\tleaq 1b(%%rip),%0" : "=r"(behind))

static inline void processor_in_call(uint64_t *registers)
{
	registers[2] = registers[8];  /* RCX is RIP */
	registers[15] = registers[9]; /* R11 is the flags */
}

#endif
