#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "lib/memory.h"
#include "parse/elf_load.h"
#include "parse/elf_symbols.h"
#include "parse/python_tables.h"

/* A file: headers, a note, .symtab and its names. Read by file offsets. */
#define NOTE 0x200
#define SYMBOLS 0x300
#define STRINGS 0x600
#define SECTIONS 0x800
#define SIZE 0xa00

static uint8_t bytes[SIZE];
static size_t nsymbols, names_len;

static bool read_file(void *ctx, uint64_t offset, void *out, size_t len)
{
	if (offset > SIZE || len > SIZE - offset)
		return false;
	memcpy(out, bytes + offset, len);
	return true;
}

static const struct reader file = { read_file, NULL, NULL };

static void put_symbol(const char *name, int bind, int type, uint64_t value, uint64_t size)
{
	Elf64_Sym s = { .st_name = (uint32_t)names_len,
			.st_info = ELF64_ST_INFO(bind, type),
			.st_shndx = 1,
			.st_value = value,
			.st_size = size };

	memcpy(bytes + STRINGS + names_len, name, strlen(name) + 1);
	names_len += strlen(name) + 1;
	memcpy(bytes + SYMBOLS + nsymbols++ * sizeof(s), &s, sizeof(s));
}

static void put_sections(uint64_t symbol_bytes)
{
	Elf64_Shdr s[] = {
		{ 0 },
		{ .sh_type = SHT_SYMTAB,
		  .sh_offset = SYMBOLS,
		  .sh_size = symbol_bytes,
		  .sh_entsize = sizeof(Elf64_Sym),
		  .sh_link = 2 },
		{ .sh_type = SHT_STRTAB, .sh_offset = STRINGS, .sh_size = names_len },
	};

	memcpy(bytes + SECTIONS, s, sizeof(s));
}

static int begin(void **state)
{
	static const uint8_t note[] = { 4, 0, 0,   0,   4,   0, 0,    0,    3,    0,
					0, 0, 'G', 'N', 'U', 0, 0xde, 0xad, 0xbe, 0xef };
	Elf64_Ehdr h = { .e_ident = ELFMAG,
			 .e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_phoff = sizeof(h),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 4,
			 .e_shoff = SECTIONS,
			 .e_shentsize = sizeof(Elf64_Shdr),
			 .e_shnum = 3 };
	Elf64_Phdr p[] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 0x1000, .p_memsz = 0x1000 },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_X,
		  .p_offset = 0x1040,
		  .p_vaddr = 0x2040,
		  .p_filesz = 0x800,
		  .p_memsz = 0x800 },
		{ .p_type = PT_NOTE, .p_offset = NOTE, .p_filesz = sizeof(note) },
		{ .p_type = PT_GNU_EH_FRAME, .p_vaddr = 0x700 },
	};

	h.e_ident[EI_CLASS] = ELFCLASS64;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), p, sizeof(p));
	memcpy(bytes + NOTE, note, sizeof(note));
	nsymbols = names_len = 0;
	put_symbol("", 0, 0, 0, 0);
	return 0;
}

static void test_segments_say_where_bytes_are(void **state)
{
	uint64_t offset, left, bias;
	struct elf_load l;

	assert_true(elf_load_read(&file, &l));
	assert_int_equal(l.nsegments, 2);
	assert_int_equal(l.eh_frame_hdr, 0x700);
	assert_int_equal(l.build_id_len, 4);
	assert_memory_equal(l.build_id, "\xde\xad\xbe\xef", 4);
	assert_true(elf_load_offset(&l, 0x2100, &offset, &left));
	assert_int_equal(offset, 0x1100);
	assert_int_equal(left, 0x740);
	assert_false(elf_load_offset(&l, 0x2840, &offset, &left));
	/* The mapping begins with the page that the segment begins in. */
	assert_true(elf_load_bias(&l, 0x7f0000002000, 0x1000, 0x1000, &bias));
	assert_int_equal(bias, 0x7f0000000000);
	assert_false(elf_load_bias(&l, 0x7f0000000000, 0, 0x1000, &bias)); /* not executable */
	assert_true(elf_load_bias(&l, 0x7f0000001000, 0, 0x4000, &bias));  /* with pages of 16 KiB it is */
	assert_int_equal(bias, 0x7f0000000000);
}

static void test_an_address_has_a_name_only_within_its_function(void **state)
{
	cleanup(elf_symbols_release) struct elf_symbols s = { 0 };
	uint64_t address;

	put_symbol("function", STB_LOCAL, STT_FUNC, 0x1000, 0x20);
	put_symbol("variable", STB_GLOBAL, STT_OBJECT, 0x1100, 0x20);
	put_symbol("no_size", STB_GLOBAL, STT_FUNC, 0x1200, 0);
	put_symbol("inner", STB_LOCAL, STT_FUNC, 0x1008, 4);
	put_sections(nsymbols * sizeof(Elf64_Sym));
	elf_symbols_add(&s, &file);
	elf_symbols_sort(&s);
	assert_true(s.whole);
	assert_null(elf_symbols_find(&s, 0xfff));
	assert_string_equal(elf_symbols_find(&s, 0x1000), "function");
	assert_string_equal(elf_symbols_find(&s, 0x1009), "inner");
	assert_string_equal(elf_symbols_find(&s, 0x101f), "function");
	assert_null(elf_symbols_find(&s, 0x1020));
	assert_null(elf_symbols_find(&s, 0x1100));
	assert_null(elf_symbols_find(&s, 0x1200));
	assert_true(elf_symbols_address(&s, "inner", &address));
	assert_int_equal(address, 0x1008);
	assert_false(elf_symbols_address(&s, "variable", &address));
}

static void test_of_several_names_the_plainest_is_taken(void **state)
{
	cleanup(elf_symbols_release) struct elf_symbols s = { 0 };

	put_symbol("__libc_malloc", STB_GLOBAL, STT_FUNC, 0x1000, 0x20);
	put_symbol("malloc", STB_WEAK, STT_FUNC, 0x1000, 0x20);
	put_symbol("__malloc", STB_GLOBAL, STT_FUNC, 0x1000, 0x20);
	put_symbol("clone", STB_LOCAL, STT_FUNC, 0x2000, 0x20);
	put_symbol("public", STB_GLOBAL, STT_FUNC, 0x2000, 0x20);
	put_symbol("longer", STB_GLOBAL, STT_FUNC, 0x3000, 0x20);
	put_symbol("short", STB_GLOBAL, STT_FUNC, 0x3000, 0x20);
	put_sections(nsymbols * sizeof(Elf64_Sym));
	elf_symbols_add(&s, &file);
	elf_symbols_sort(&s);
	assert_string_equal(elf_symbols_find(&s, 0x1010), "malloc");
	assert_string_equal(elf_symbols_find(&s, 0x2010), "public");
	assert_string_equal(elf_symbols_find(&s, 0x3010), "short");
}

static void test_tables_that_are_cut_short_are_left_alone(void **state)
{
	cleanup(elf_symbols_release) struct elf_symbols s = { 0 };

	put_symbol("function", STB_LOCAL, STT_FUNC, 0x1000, 0x20);
	put_sections(SIZE);
	elf_symbols_add(&s, &file);
	assert_false(s.whole);
	memset(bytes + SECTIONS + 2 * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size), 0x7f, 7);
	elf_symbols_release(&s);
	elf_symbols_add(&s, &file);
	assert_int_equal(s.n, 0);
}

static void assert_length(const char *name, const char *wanted)
{
	size_t n = elf_symbol_length(name, strlen(name));

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(name, wanted, n);
}

static void test_what_optimisation_appends_is_not_the_name(void **state)
{
	assert_length("collect.constprop.0", "collect");
	assert_length("update_refs.lto_priv.12", "update_refs");
	assert_length("f.part.0.isra.0.cold", "f");
	assert_length("f.cold.3", "f");
	assert_length("f.llvm.1234567890", "f");
	assert_length("memcpy@@GLIBC_2.14", "memcpy");
	assert_length("operator.part", "operator");
	assert_length("f.0", "f.0");
	assert_length("main.func1", "main.func1");
	assert_length("f.cold.x", "f.cold.x");
	assert_length(".part.0", ".part.0");
	assert_length("plain", "plain");
}

/* The data of a module: at 0x4000 methods, behind them the module and a type. */
static uint8_t image[0x2000];

static bool read_image(void *ctx, uint64_t address, void *out, size_t len)
{
	if (address < 0x1000 || address - 0x1000 > sizeof(image) || len > sizeof(image) - (address - 0x1000))
		return false;
	memcpy(out, image + (address - 0x1000), len);
	return true;
}

/* A table of unwind information in which functions start at 0x5000, 0x5010 and so on. */
static void make_starts(uint8_t out[12 + 8 * 8], struct eh_frame *ret)
{
	static const uint8_t header[] = { 1, 0x1b, 0x03, 0x3b, 0, 0, 0, 0, 8, 0, 0, 0 };

	memcpy(out, header, sizeof(header));
	for (int32_t i = 0; i < 8; i++) {
		int32_t start = 0x4000 + 0x10 * i;

		memcpy(out + 12 + 8 * i, &start, 4);
		memset(out + 16 + 8 * i, 0, 4);
	}
	assert_true(eh_frame_open(out, 12 + 8 * 8, 0x1000, 0x1000, ret));
}

static void assert_function(const struct python_functions *f, size_t i, uint64_t start, const char *name)
{
	assert_int_equal(f->items[i].start, start);
	assert_string_equal(f->items[i].name, name);
}

static void test_python_says_what_its_functions_are(void **state)
{
	enum { METHODS = 0, MODULE = 12, TYPE = 24, OTHER = 80, END = 140 };
	enum { COLLECT = 0x1100, LIST = 0x1108, APPEND = 0x1110, GC = 0x1118, LOST = 0x1120 };
	cleanup(python_functions_release) struct python_functions f = { 0 };
	struct reader r = { read_image, NULL, NULL };
	uint64_t words[END] = { 0 };
	struct elf_data data = { 0x4000, words, END };
	uint8_t starts[12 + 8 * 8];
	struct eh_frame frames;

	make_starts(starts, &frames);
	memcpy(image + 0x100, "collect\0list\0\0\0\0append\0\0gc\0\0\0\0\0\0lost", 37);
	memcpy(words + METHODS, (uint64_t[]){ COLLECT, 0x5000, 3, 0 }, 32);
	memcpy(words + MODULE, (uint64_t[]){ 1, 0, 0, 0, 0, GC, 0, 0, 0x4000 }, 72);
	memcpy(words + TYPE, (uint64_t[]){ 1, 0, 0, LIST, 40, 0, 0x5010 }, 56);
	words[TYPE + 48] = 0x5020;
	words[TYPE + 29] = 0x4000 + 8 * OTHER;
	memcpy(words + OTHER, (uint64_t[]){ APPEND, 0x5030, 8, 0 }, 32);
	/* A method of nobody known, and what is like a type but was never counted. */
	memcpy(words + OTHER + 8, (uint64_t[]){ LOST, 0x5040, 1, 0, 0, 0 }, 48);
	words[TYPE + 15] = 0x5050;
	memcpy(words + OTHER + 11, (uint64_t[]){ 0, 0, 0, GC, 16, 0, 0x5060 }, 56);

	python_tables_read(&data, &r, &frames, &f);
	assert_int_equal(f.n, 6);
	assert_function(&f, 0, 0x5000, "gc.collect");
	assert_function(&f, 1, 0x5010, "list.tp_dealloc");
	assert_function(&f, 2, 0x5020, "list.tp_finalize");
	assert_function(&f, 3, 0x5030, "list.append");
	assert_function(&f, 4, 0x5040, "lost");
	assert_function(&f, 5, 0x5050, "list.tp_hash");

	words[TYPE + 39] = 0x5051; /* no function starts there: so it is no type */
	python_tables_read(&data, &r, &frames, &f);
	assert_int_equal(f.n, 3);
	assert_function(&f, 1, 0x5030, "append");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_segments_say_where_bytes_are, begin),
		cmocka_unit_test_setup(test_an_address_has_a_name_only_within_its_function, begin),
		cmocka_unit_test_setup(test_of_several_names_the_plainest_is_taken, begin),
		cmocka_unit_test_setup(test_tables_that_are_cut_short_are_left_alone, begin),
		cmocka_unit_test(test_what_optimisation_appends_is_not_the_name),
		cmocka_unit_test(test_python_says_what_its_functions_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
