#include "parse/x86_count.h"

#include <string.h>
#include "parse/x86_code.h"

#define ADD 0
#define SUB 5
#define CMP 7

/* Where a value is: in a register, or in the stack's frame. */
struct place {
	bool stack;
	uint8_t reg; /* or the one that the frame is found by */
	int32_t displacement;
};

/* What an instruction did to a place. */
enum effect {
	NOTHING,
	COUNTED, /* one more or less */
	MOVED,   /* it came from another place, */
	LOADED,  /* or from memory, or is there as well */
	WRITTEN, /* anything else */
	ARRIVED, /* one gets here from elsewhere as well, or only */
};

/* Opcodes without the bit for a byte's or a whole operand. */
static bool is_one(const struct x86_code *c, uint8_t opcode)
{
	return c->map == X86_ONE_BYTE && c->opcode == opcode;
}

static bool by_one(int32_t n)
{
	return n == 1 || n == -1;
}

/* "add/sub $1", "inc/dec" of what its operand is, in memory or in a register. */
static bool counts_operand(const struct x86_code *c)
{
	if (c->map != X86_ONE_BYTE || c->narrow)
		return false;
	if (c->opcode == 0x83)
		return (c->reg & 7) == ADD || (c->reg & 7) == SUB ? by_one(c->immediate) : false;
	return c->opcode == 0xff && (c->reg & 7) <= 1;
}

/* Memory of the function's own frame. */
static bool on_stack(const struct x86_code *c)
{
	return c->memory && c->index == X86_NONE &&
	       (c->base == X86_SP || (c->base == X86_BP && c->displacement < 0));
}

static bool is_place(const struct x86_code *c, const struct place *p)
{
	if (!c->has_operands)
		return false;
	if (!p->stack)
		return !c->memory && c->rm == p->reg;
	return on_stack(c) && c->base == p->reg && c->displacement == p->displacement;
}

/* Of opcodes whose operand is written, not only read. */
static bool writes_operand(const struct x86_code *c)
{
	uint8_t op = c->opcode;

	if (c->vector)
		return false;
	if (c->map == X86_0F)
		return (op >= 0x90 && op <= 0x9f) || op == 0x7e || op == 0xa4 || op == 0xa5 || op == 0xab ||
		       op == 0xac || op == 0xad || op == 0xb0 || op == 0xb1 || op == 0xb3 || op == 0xba ||
		       op == 0xbb || op == 0xc0 || op == 0xc1 || op == 0x11 || op == 0x29 || op == 0x7f;
	if (c->map != X86_ONE_BYTE)
		return false;
	if (op < 0x38)
		return (op & 7) < 2;
	if (op >= 0x80 && op <= 0x83)
		return (c->reg & 7) != CMP;
	if (op == 0xf6 || op == 0xf7)
		return (c->reg & 7) == 2 || (c->reg & 7) == 3;
	if (op == 0xfe || op == 0xff)
		return (c->reg & 7) <= 1;
	return (op >= 0x86 && op <= 0x89) || op == 0x8f || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
	       op == 0xc7 || (op >= 0xd0 && op <= 0xd3);
}

/* Of those that write the operand that is a register. */
static bool writes_register(const struct x86_code *c)
{
	uint8_t op = c->opcode;

	if (!c->has_operands || c->vector)
		return false;
	if (c->map == X86_0F)
		return (op >= 0x40 && op <= 0x4f) || op == 0x2c || op == 0x2d || op == 0x50 || op == 0xaf ||
		       (op >= 0xb6 && op <= 0xbf && op != 0xba && op != 0xbb) || op == 0xd7;
	if (c->map != X86_ONE_BYTE)
		return false;
	if (op < 0x38)
		return (op & 7) == 2 || (op & 7) == 3;
	return op == 0x63 || op == 0x69 || op == 0x6b || op == 0x86 || op == 0x87 || op == 0x8a ||
	       op == 0x8b || op == 0x8d;
}

/* Of those that have their register in the opcode, or always the same one. */
static bool writes_implied(const struct x86_code *c, uint8_t reg)
{
	uint8_t op = c->opcode;

	if (c->map != X86_ONE_BYTE || c->vector)
		return false;
	if ((op >= 0x58 && op <= 0x5f) || (op >= 0x91 && op <= 0x97) || (op >= 0xb0 && op <= 0xbf))
		return c->rm == reg || (op < 0xb0 && op > 0x90 && !reg);
	if ((op == 0xf6 || op == 0xf7) && (c->reg & 7) > 3)
		return reg == 0 || reg == 2;
	if (op < 0x38)
		return ((op & 7) == 4 || (op & 7) == 5) && !reg;
	return op == 0x98 ? reg == 0 : op == 0x99 ? reg == 2 : false;
}

/* Does nothing after it come from what stands before it? */
static bool ends_run(const struct x86_code *c)
{
	if (c->map == X86_0F)
		return c->opcode == 0x0b;
	return c->map == X86_ONE_BYTE && (c->opcode == 0xe8 || c->opcode == 0xe9 || c->opcode == 0xeb ||
					  c->opcode == 0xc3 || c->opcode == 0xc2 || c->opcode == 0xcc ||
					  (c->opcode == 0xff && (c->reg & 7) >= 2 && (c->reg & 7) <= 5));
}

/* "lea 1(other),reg" */
static bool is_sum(const struct x86_code *c)
{
	return is_one(c, 0x8d) && c->index == X86_NONE && c->base != X86_NONE && by_one(c->displacement);
}

/* Of what writes the register that the value is in. */
static enum effect into_register(const struct x86_code *c, struct place *p)
{
	if (is_sum(c)) {
		p->reg = c->base;
		return COUNTED;
	}
	if (!is_one(c, 0x8b) && !is_one(c, 0x63))
		return WRITTEN;
	if (c->memory && !on_stack(c))
		return LOADED;
	*p = (struct place){ .stack = c->memory,
			     .reg = c->memory ? c->base : c->rm,
			     .displacement = c->displacement };
	return MOVED;
}

/* `p` becomes where the value was before. */
static enum effect effect_of(const struct x86_code *c, struct place *p)
{
	if (ends_run(c))
		return ARRIVED;
	if (is_place(c, p) && counts_operand(c))
		return COUNTED;
	if (is_place(c, p) && is_one(c, 0x89)) {
		*p = (struct place){ .reg = c->reg };
		return MOVED;
	}
	if (is_place(c, p) && writes_operand(c))
		return WRITTEN;
	if (!p->stack && is_one(c, 0x89) && c->memory && !on_stack(c) && c->reg == p->reg)
		return LOADED;
	if (p->stack)
		return NOTHING;
	if (writes_register(c) && c->reg == p->reg)
		return into_register(c, p);
	return writes_implied(c, p->reg) ? WRITTEN : NOTHING;
}

/* The instructions that are gone through one after the other up to a place, and a value there. */
struct run {
	size_t from;    /* where they begin; */
	struct place p; /* where the value is at their end, and then at their beginning */
	bool counted;   /* it was, in between, once */
};

/* Was what is in run->p before code[at] counted once since it was loaded from `displacement` behind some pointer? */
static enum x86_count was_counted(const uint8_t *code, size_t len, size_t at, struct run *run,
				  int32_t displacement)
{
	size_t before[X86_LOOK_BACK], n = x86_before(code, len, at, before);
	struct x86_code c;

	run->from = at;
	for (size_t i = 0; i < n && x86_take_apart(code + before[i], len - before[i], &c); i++) {
		switch (effect_of(&c, &run->p)) {
		case COUNTED:
			if (run->counted)
				return X86_NO_COUNT;
			run->counted = true;
			break;
		case LOADED:
			return run->counted && c.base != X86_NONE && c.index == X86_NONE &&
					       c.displacement == displacement ?
				       X86_COUNT :
				       X86_NO_COUNT;
		case WRITTEN:
			return X86_NO_COUNT;
		case ARRIVED:
			return run->counted ? X86_COUNT : X86_ELSEWHERE;
		case MOVED:
		case NOTHING:
			break;
		}
		run->from = before[i];
	}
	return run->counted ? X86_COUNT : X86_ELSEWHERE;
}

/* Where a jump at `from` leads to; `len`: nowhere, or it is none. */
static size_t jumps_to(const uint8_t *code, size_t len, size_t from)
{
	uint8_t op = code[from];
	size_t to, end;
	int32_t far = 0;

	if (((op & 0xf0) == 0x70 || op == 0xeb) && len - from >= 2) {
		far = (int8_t)code[from + 1];
		end = from + 2;
	} else if (op == 0x0f && len - from >= 6 && (code[from + 1] & 0xf0) == 0x80) {
		memcpy(&far, code + from + 2, sizeof(far));
		end = from + 6;
	} else if (op == 0xe9 && len - from >= 5) {
		memcpy(&far, code + from + 1, sizeof(far));
		end = from + 5;
	} else {
		return len;
	}
	to = end + (size_t)far;
	return to < len ? to : len;
}

/* Of a run that is only jumped to. */
static enum x86_count was_counted_there(const uint8_t *code, size_t len, size_t at, const struct run *run,
					int32_t displacement)
{
	bool found = false;

	for (size_t from = 0; from < len; from++) {
		size_t to = jumps_to(code, len, from);
		struct run before = { .p = run->p };

		if (to < run->from || to > at)
			continue;
		found = true;
		if (was_counted(code, len, from, &before, displacement) == X86_COUNT)
			return X86_COUNT;
	}
	return found ? X86_NO_COUNT : X86_ELSEWHERE;
}

/* "mov reg,8(base)": an object's second word is its type, and stays. */
static bool writes_second(const struct x86_code *c, uint8_t base)
{
	return is_one(c, 0x89) && c->wide && c->memory && c->base == base && c->index == X86_NONE &&
	       c->displacement == 8;
}

#define NEAR 3 /* instructions */

static bool is_pool(const uint8_t *code, size_t len, size_t at, uint8_t base)
{
	size_t before[X86_LOOK_BACK], n = x86_before(code, len, at, before), i;
	struct x86_code c;

	for (i = 0; i < n && i < NEAR && x86_take_apart(code + before[i], len - before[i], &c); i++)
		if (writes_second(&c, base))
			return true;
	for (i = 0; i <= NEAR && x86_take_apart(code + at, len - at, &c) && !ends_run(&c); i++, at += c.len)
		if (writes_second(&c, base))
			return true;
	return false;
}

enum x86_count x86_counts(const uint8_t *code, size_t len, size_t at, int32_t displacement, bool wide)
{
	enum x86_count counted = X86_NO_COUNT;
	struct x86_code c;

	if (!x86_take_apart(code + at, len - at, &c) || !c.memory || on_stack(&c) || c.base == X86_NONE ||
	    c.index != X86_NONE || c.displacement != displacement || (c.wide && !wide))
		return X86_NO_COUNT;
	if (is_one(&c, 0x89) && !c.narrow) {
		struct run run = { .p = { .reg = c.reg } };

		counted = was_counted(code, len, at, &run, displacement);
		if (counted == X86_ELSEWHERE)
			counted = was_counted_there(code, len, at, &run, displacement);
	} else if (counts_operand(&c)) {
		counted = X86_COUNT;
	}
	return counted == X86_COUNT && is_pool(code, len, at, c.base) ? X86_NO_COUNT : counted;
}
