#ifndef COWTOP_UNWIND_UNWIND_TABLES_H
#define COWTOP_UNWIND_UNWIND_TABLES_H

/*
 * The unwind tables of a program or library, read from its file, as its linker has laid them: .eh_frame in front
 * of .eh_frame_hdr (gold, mold) or behind it (GNU ld, lld), without a header (static, no PIE), and .debug_frame
 * where the compiler was told to leave .eh_frame out.
 */
#include "parse/eh_frame.h"
#include "parse/elf_load.h"

struct unwind_tables {
	uint8_t *bytes; /* NULL: there are none */
	struct eh_frame frames;
};

/* What every program has; `most` bytes at most. Both leave *ret empty where there is nothing. */
void unwind_tables_read(const struct reader *file, const struct elf_load *l, uint64_t most,
			struct unwind_tables *ret);
/* Those of .debug_frame, said to lie behind the object. */
void unwind_tables_read_debug(const struct reader *file, const struct elf_load *l, uint64_t most,
			      struct unwind_tables *ret);
void unwind_tables_release(struct unwind_tables *t);

/* Bytes of an address within the tables, what is behind their end as zeros; false: it is not in them. */
bool unwind_tables_bytes(const struct unwind_tables *t, uint64_t address, void *out, size_t len);

#endif
