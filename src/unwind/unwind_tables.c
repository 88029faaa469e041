#include "unwind/unwind_tables.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/debug_frame.h"
#include "parse/eh_frame_index.h"
#include "parse/elf_file.h"
#include "unwind/unwind_unpack.h"

#define PAGE 4096u

void unwind_tables_release(struct unwind_tables *t)
{
	free(t->bytes);
	*t = (struct unwind_tables){ 0 };
}

static uint8_t *read_bytes(const struct reader *file, uint64_t offset, uint64_t len, uint64_t most)
{
	uint8_t *bytes;

	if (!len || len > most)
		return NULL;
	bytes = xcalloc(len, 1);
	if (reader_read(file, offset, bytes, len))
		return bytes;
	free(bytes);
	return NULL;
}

/* What lies from an address of the object to the end of its segment; to be freed. NULL: too much. */
static uint8_t *read_segment(const struct reader *file, const struct elf_load *l, uint64_t address,
			     uint64_t most, uint64_t *ret_len)
{
	uint64_t offset;

	return elf_load_offset(l, address, &offset, ret_len) ? read_bytes(file, offset, *ret_len, most) :
							       NULL;
}

/* The bytes from an address on that have the header in them. */
static bool open_from(const struct reader *file, const struct elf_load *l, uint64_t address, uint64_t most,
		      struct unwind_tables *ret)
{
	uint64_t len = 0;

	ret->bytes = read_segment(file, l, address, most, &len);
	if (ret->bytes && eh_frame_open(ret->bytes, len, address, l->eh_frame_hdr, &ret->frames))
		return true;
	unwind_tables_release(ret);
	return false;
}

/* The table of .eh_frame_hdr. `*ret_frames`: where it says that .eh_frame is. */
static bool read_table(const struct reader *file, const struct elf_load *l, uint64_t most,
		       struct unwind_tables *ret, uint64_t *ret_frames)
{
	if (!l->eh_frame_hdr || !open_from(file, l, l->eh_frame_hdr, most, ret))
		return false;
	*ret_frames = ret->frames.frames;
	if (eh_frame_leads(&ret->frames))
		return true;
	unwind_tables_release(ret);
	if (*ret_frames >= l->eh_frame_hdr || !open_from(file, l, *ret_frames, most, ret))
		return false;
	if (eh_frame_leads(&ret->frames))
		return true;
	unwind_tables_release(ret);
	return false;
}

/* Without a header, or with one that leads nowhere: a table of all that is in .eh_frame. */
static void make_table(const struct reader *file, const struct elf_load *l, uint64_t frames, uint64_t most,
		       struct unwind_tables *ret)
{
	struct elf_section s = { .address = frames };
	cleanup_free uint8_t *bytes = NULL;

	if (elf_file_section(file, ".eh_frame", &s) && !s.compressed)
		bytes = read_bytes(file, s.offset, s.size, most);
	else if (frames)
		bytes = read_segment(file, l, frames, most, &s.size);
	ret->bytes = bytes ? eh_frame_index(bytes, s.size, s.address, &ret->frames) : NULL;
}

void unwind_tables_read(const struct reader *file, const struct elf_load *l, uint64_t most,
			struct unwind_tables *ret)
{
	uint64_t frames = 0;

	*ret = (struct unwind_tables){ 0 };
	if (!read_table(file, l, most, ret, &frames))
		make_table(file, l, frames, most, ret);
}

/* The first page behind the object. */
static uint64_t behind(const struct elf_load *l)
{
	uint64_t end = 0;

	for (size_t i = 0; i < l->nsegments; i++)
		if (l->segments[i].address + l->segments[i].memory > end)
			end = l->segments[i].address + l->segments[i].memory;
	return (end | (PAGE - 1)) + 1;
}

/* As it was before somebody compressed it; to be freed. NULL: there is none. */
static uint8_t *debug_section(const struct reader *file, uint64_t most, size_t *ret_size)
{
	bool old = false;
	cleanup_free uint8_t *bytes = NULL;
	uint8_t *plain;
	struct elf_section s;

	if (!elf_file_section(file, ".debug_frame", &s)) {
		old = elf_file_section(file, ".zdebug_frame", &s);
		if (!old)
			return NULL;
	}
	bytes = read_bytes(file, s.offset, s.size, most);
	*ret_size = s.size;
	if (bytes && old)
		return unwind_unpack_old(bytes, s.size, most, ret_size);
	if (bytes && s.compressed)
		return unwind_unpack(bytes, s.size, most, ret_size);
	plain = bytes;
	bytes = NULL;
	return plain;
}

void unwind_tables_read_debug(const struct reader *file, const struct elf_load *l, uint64_t most,
			      struct unwind_tables *ret)
{
	size_t size = 0, plain = 0;
	cleanup_free uint8_t *section = debug_section(file, most, &plain);
	cleanup_free uint8_t *frames = section ? debug_frame_convert(section, plain, behind(l), &size) : NULL;

	*ret = (struct unwind_tables){ 0 };
	if (frames)
		ret->bytes = eh_frame_index(frames, size, behind(l), &ret->frames);
}

bool unwind_tables_bytes(const struct unwind_tables *t, uint64_t address, void *out, size_t len)
{
	uint64_t at = address - t->frames.address, left;

	if (!t->bytes || address < t->frames.address || at >= t->frames.size)
		return false;
	left = t->frames.size - at;
	memset(out, 0, len);
	memcpy(out, t->bytes + at, len < left ? len : left);
	return true;
}
