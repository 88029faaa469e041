#ifndef COWTOP_TESTS_PROCESSOR_H
#define COWTOP_TESTS_PROCESSOR_H

/*
 * What tests need of the processor: registers of a signal's context in the order of a sample (sys/arch.h),
 * some of them by their use, and instructions to be recognised.
 */
#include <stdint.h>
#include <sys/ucontext.h>

/* The frame pointer; what no unwind needs. No register tells a 32-bit program. */
enum { REGISTER_FRAME = 29, REGISTER_UNUSED = 8, REGISTER_MODE = -1, REGISTER_MODE_32 = 0 };

static inline void registers_of(const ucontext_t *c, uint64_t *ret)
{
	for (unsigned i = 0; i < 31; i++)
		ret[i] = c->uc_mcontext.regs[i];
	ret[31] = c->uc_mcontext.sp;
	ret[32] = c->uc_mcontext.pc;
}

/* The middle and the end of what gcc links into every program, without an unwind table. */
#define PROCESSOR_DTORS \
	".text\n\t.subsection 1\n\t.type dtors, @function\n" \
	"dtors:\n\tstp x29,x30,[sp,#-32]!\n\tmov x29,sp\n\tstr x19,[sp,#16]\n" \
	"\tadrp x19,dtors_done\n\tadd x19,x19,:lo12:dtors_done\n" \
	"\tbl destructor\n\tbl deregister\n\tmov w0,#1\n\tstrb w0,[x19]\n" \
	"\tldr x19,[sp,#16]\n\tldp x29,x30,[sp],#32\n\tret\n" \
	"\t.local dtors_done\n\t.comm dtors_done,1\n\t.text\n"

/* strb w0,[x0]; ret */
static const uint8_t processor_store[] = { 0x00, 0x00, 0x00, 0x39, 0xc0, 0x03, 0x5f, 0xd6 };
/* A trampoline of CPython's: its fourth argument is called. */
static const uint8_t processor_trampoline[] = { 0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91, 0x60, 0x00,
						0x3f, 0xd6, 0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6 };

/* A reference count goes up; Perl's; CPython's collector marks an object. */
static inline void processor_count(char *object)
{
	__asm__ volatile("mov x9,#5\n\tadd x9,x9,#1\n\tstr x9,[%0]" ::"r"(object) : "x9", "memory");
}

static inline void processor_count_perl(char *object)
{
	__asm__ volatile("sub w9,w9,#1\n\tstr w9,[%0,#8]" ::"r"(object) : "x9", "memory");
}

static inline void processor_mark(char *object)
{
	__asm__ volatile("orr x9,x9,#2\n\tstr x9,[%0,#8]" ::"r"(object) : "x9", "memory");
}

/* The instruction behind a call of recvfrom(2), which is not made; and the registers of one under way. */
#define PROCESSOR_BEHIND_CALL(behind) \
	__asm__ volatile("b 1f\n\tmov x8,#207\n\tsvc #0\n1:\tadr %0,1b" : "=r"(behind))

static inline void processor_in_call(uint64_t *registers)
{
	registers[8] = 207;
}

#endif
