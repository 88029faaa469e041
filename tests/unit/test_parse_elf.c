#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdio.h>
#include "lib/memory.h"
#include "parse/elf.h"
#include "parse/elf_file.h"

/*
 * One object: headers and tables in a page, .data in the next. Linked for LINKED, loaded at MEMORY_BASE.
 */
#define LINKED 0x40000ULL
#define BIAS (MEMORY_BASE - LINKED)
#define AT(offset) (MEMORY_BASE + (offset))
#define DYNAMIC 0x200
#define SYMBOLS 0x300
#define STRINGS 0x400
#define HASH 0x500
#define SECTIONS 0x700
#define DATA 0x1000
#define SIZE 0x2000

static unsigned char bytes[SIZE];
static struct memory object;
static const char strings[] = "\0_PyRuntime\0Py_Version\0elsewhere\0.PyRuntime\0.symtab\0.strtab";

static uint32_t name_at(const char *name)
{
	return (uint32_t)((const char *)memmem(strings, sizeof(strings), name, strlen(name) + 1) - strings);
}

static void put_symbol(int index, const char *name, uint64_t value, uint16_t section)
{
	Elf64_Sym s = { .st_name = name_at(name),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			.st_shndx = section,
			.st_value = value,
			.st_size = 8 };

	memcpy(bytes + SYMBOLS + (size_t)index * sizeof(s), &s, sizeof(s));
}

static void put_segment(int index, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size)
{
	Elf64_Phdr p = { .p_type = type,
			 .p_flags = flags,
			 .p_offset = offset,
			 .p_vaddr = LINKED + offset,
			 .p_filesz = size,
			 .p_memsz = size };

	memcpy(bytes + sizeof(Elf64_Ehdr) + (size_t)index * sizeof(p), &p, sizeof(p));
}

static void put_dynamic(int index, int64_t tag, uint64_t value)
{
	Elf64_Dyn d = { .d_tag = tag, .d_un.d_val = value };

	memcpy(bytes + DYNAMIC + (size_t)index * sizeof(d), &d, sizeof(d));
}

static void put_section(int index, const char *name, uint32_t type, uint64_t address, uint64_t offset,
			uint64_t size, uint64_t entry, uint32_t link)
{
	Elf64_Shdr s = { .sh_name = name_at(name),
			 .sh_type = type,
			 .sh_addr = address,
			 .sh_offset = offset,
			 .sh_size = size,
			 .sh_entsize = entry,
			 .sh_link = link };

	memcpy(bytes + SECTIONS + (size_t)index * sizeof(s), &s, sizeof(s));
}

/* `moved`: the loader has written addresses of this process into the dynamic section. */
static void begin(bool moved)
{
	uint64_t where = moved ? MEMORY_BASE : LINKED;
	Elf64_Ehdr h = { .e_ident = ELFMAG,
			 .e_type = ET_DYN,
			 .e_phoff = sizeof(h),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 3,
			 .e_shoff = SECTIONS,
			 .e_shentsize = sizeof(Elf64_Shdr),
			 .e_shnum = 4,
			 .e_shstrndx = 3 };

	h.e_ident[EI_CLASS] = ELFCLASS64;
	memset(bytes, 0, sizeof(bytes));
	object = (struct memory){ bytes, sizeof(bytes), 0 };
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + STRINGS, strings, sizeof(strings));
	put_segment(0, PT_LOAD, PF_R | PF_X, 0, DATA);
	put_segment(1, PT_LOAD, PF_R | PF_W, DATA, SIZE - DATA);
	put_segment(2, PT_DYNAMIC, PF_R | PF_W, DYNAMIC, 0x100);
	put_symbol(1, "elsewhere", 0, SHN_UNDEF);
	put_symbol(2, "_PyRuntime", LINKED + DATA + 0x40, 5);
	put_symbol(3, "Py_Version", LINKED + DATA + 0x80, 5);
	put_dynamic(0, DT_SYMTAB, where + SYMBOLS);
	put_dynamic(1, DT_STRTAB, where + STRINGS);
	put_dynamic(2, DT_STRSZ, sizeof(strings));
	put_section(1, ".PyRuntime", SHT_PROGBITS, LINKED + DATA + 0x40, DATA + 0x40, 8, 0, 0);
	put_section(2, ".symtab", SHT_SYMTAB, 0, SYMBOLS, 4 * sizeof(Elf64_Sym), sizeof(Elf64_Sym), 3);
	put_section(3, ".strtab", SHT_STRTAB, 0, STRINGS, sizeof(strings), 0, 0);
}

/* All three symbols in one bucket. */
static void with_sysv_hash(bool moved)
{
	static const uint32_t table[] = { 1, 4, 1, 0, 2, 3, 0 };

	begin(moved);
	put_dynamic(3, DT_HASH, (moved ? MEMORY_BASE : LINKED) + HASH);
	memcpy(bytes + HASH, table, sizeof(table));
}

static uint32_t gnu(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static void with_gnu_hash(bool moved)
{
	uint32_t table[] = {
		1, 2, 1, 6, UINT32_MAX, UINT32_MAX, 2, gnu("_PyRuntime") & ~1U, gnu("Py_Version") | 1
	};

	begin(moved);
	put_dynamic(3, DT_GNU_HASH, (moved ? MEMORY_BASE : LINKED) + HASH);
	memcpy(bytes + HASH, table, sizeof(table));
}

static uint64_t find(const char *name)
{
	struct reader r = memory_reader(&object);
	struct elf_object o;
	uint64_t address;

	if (!elf_open(&r, MEMORY_BASE, &o))
		return 1;
	return elf_symbol(&r, &o, name, &address) ? address : 0;
}

static void test_elf__symbols(void **state)
{
	for (int i = 0; i < 4; i++) {
		if (i < 2)
			with_sysv_hash(i % 2);
		else
			with_gnu_hash(i % 2);
		assert_int_equal(find("_PyRuntime"), AT(DATA + 0x40));
		assert_int_equal(find("Py_Version"), AT(DATA + 0x80));
		assert_int_equal(find("elsewhere"), 0);
		assert_int_equal(find("_PyRun"), 0);
		assert_int_equal(find("none"), 0);
	}
}

static void test_elf__object(void **state)
{
	struct reader r = memory_reader(&object);
	struct elf_object o;

	with_gnu_hash(true);
	assert_true(elf_open(&r, MEMORY_BASE, &o));
	assert_int_equal(o.bias, BIAS);
	assert_int_equal(o.low, MEMORY_BASE);
	assert_int_equal(o.high, MEMORY_BASE + SIZE);
	assert_int_equal(o.nsegments, 2);
	assert_true(elf_holds(&o, AT(0), SIZE));
	assert_false(elf_holds(&o, AT(0), SIZE + 1));
	assert_false(elf_holds_data(&o, AT(0), 1));
	assert_true(elf_holds_data(&o, AT(DATA), SIZE - DATA));
	assert_false(elf_holds_data(&o, AT(SIZE - 1), 2));
}

static void test_elf__refuses_what_is_none(void **state)
{
	struct reader r = memory_reader(&object);
	struct elf_object o;
	Elf64_Ehdr h;

	for (int i = 0; i < 6; i++) {
		with_gnu_hash(true);
		memcpy(&h, bytes, sizeof(h));
		if (i == 0)
			h.e_ident[1] = 'X';
		else if (i == 1)
			h.e_ident[EI_CLASS] = ELFCLASS32;
		else if (i == 2)
			h.e_phnum = 0;
		else if (i == 3)
			h.e_phnum = 60000;
		else if (i == 4)
			h.e_phoff = UINT64_MAX - 8;
		else
			h.e_type = ET_CORE;
		memcpy(bytes, &h, sizeof(h));
		assert_false(elf_open(&r, MEMORY_BASE, &o));
	}
	assert_false(elf_open(&r, 0, &o));
	assert_false(elf_open(&r, UINT64_MAX - 3, &o));
}

/* Chains without end and tables that lie elsewhere cost little and find nothing. */
static void test_elf__hostile_tables(void **state)
{
	with_sysv_hash(true);
	put32(&object, AT(HASH + 12 + 4), 1);
	assert_int_equal(find("Py_Version"), 0);
	assert_true(object.reads < 10000);
	put32(&object, AT(HASH), 0);
	assert_int_equal(find("_PyRuntime"), 0);

	with_gnu_hash(true);
	put32(&object, AT(HASH), 0);
	assert_int_equal(find("_PyRuntime"), 0);
	with_gnu_hash(true);
	put32(&object, AT(HASH + 8), 0);
	assert_int_equal(find("_PyRuntime"), 0);
	with_gnu_hash(true);
	put32(&object, AT(HASH + 12), 64);
	assert_int_equal(find("_PyRuntime"), 0);
	with_gnu_hash(true);
	put_dynamic(0, DT_SYMTAB, MEMORY_BASE + SIZE + 64);
	assert_int_equal(find("_PyRuntime"), 0);
	with_gnu_hash(true);
	put_dynamic(2, DT_STRSZ, 3);
	assert_int_equal(find("_PyRuntime"), 0);
	with_gnu_hash(true);
	put_symbol(2, "_PyRuntime", LINKED + SIZE, 5);
	assert_int_equal(find("_PyRuntime"), 0);
}

/* The same bytes as a file: offsets are addresses from 0 on. */
static bool file_read(void *ctx, uint64_t offset, void *out, size_t len)
{
	return offset <= SIZE && len <= SIZE - offset && memcpy(out, bytes + offset, len);
}

static void test_elf_file__section(void **state)
{
	struct reader file = { file_read, NULL, NULL };
	struct elf_section s;

	begin(false);
	assert_true(elf_file_section(&file, ".PyRuntime", &s));
	assert_int_equal(s.address, LINKED + DATA + 0x40);
	assert_false(elf_file_section(&file, ".PyRun", &s));
	bytes[offsetof(Elf64_Ehdr, e_shstrndx)] = 4;
	assert_false(elf_file_section(&file, ".PyRuntime", &s));
}

static void test_elf_file__symbols(void **state)
{
	struct reader file = { file_read, NULL, NULL };
	struct elf_wanted w[] = { { .name = "Py_Version" }, { .name = "elsewhere" }, { .name = "none" } };

	begin(false);
	assert_true(elf_file_symbols(&file, w, 3));
	assert_int_equal(w[0].found, 1);
	assert_int_equal(w[0].address, LINKED + DATA + 0x80);
	assert_int_equal(w[1].found, 0);
	assert_int_equal(w[2].found, 0);

	put_symbol(2, "Py_Version", LINKED, 5);
	w[0].found = 0;
	assert_true(elf_file_symbols(&file, w, 3));
	assert_int_equal(w[0].found, 2);

	put_section(3, ".strtab", SHT_STRTAB, 0, STRINGS, 1ULL << 40, 0, 0);
	assert_false(elf_file_symbols(&file, w, 3));
	begin(false);
	put_section(2, ".symtab", SHT_SYMTAB, 0, SYMBOLS, SIZE, sizeof(Elf64_Sym), 9);
	assert_false(elf_file_symbols(&file, w, 3));
	put_section(2, ".symtab", SHT_PROGBITS, 0, SYMBOLS, 0, sizeof(Elf64_Sym), 3);
	assert_false(elf_file_symbols(&file, w, 3));
}

/* gc_enable() of a CPython 2.7: mov disp(%rip),%rax; movl $1,0xa2e27(%rip); addq $1,(%rax); ret */
static void test_code__store(void **state)
{
	static const unsigned char code[] = { 0x48, 0x8b, 0x05, 0xf9, 0x0c, 0x07, 0x00, 0xc7,
					      0x05, 0x27, 0x2e, 0x0a, 0x00, 0x01, 0x00, 0x00,
					      0x00, 0x48, 0x83, 0x00, 0x01, 0xc3 };
	static const unsigned char back[] = { 0xc7, 0x05, 0xf6, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	uint64_t address = 0;

	assert_true(isa_x86.store(code, sizeof(code), 0x12d120, 1, &address));
	assert_int_equal(address, 0x1cff58);
	assert_false(isa_x86.store(code, sizeof(code), 0x12d120, 0, &address));
	assert_false(isa_x86.store(code, 16, 0x12d120, 1, &address));
	assert_true(isa_x86.store(back, sizeof(back), 0x1000, 0, &address));
	assert_int_equal(address, 0x1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf__symbols),
		cmocka_unit_test(test_elf__object),
		cmocka_unit_test(test_elf__refuses_what_is_none),
		cmocka_unit_test(test_elf__hostile_tables),
		cmocka_unit_test(test_elf_file__section),
		cmocka_unit_test(test_elf_file__symbols),
		cmocka_unit_test(test_code__store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
