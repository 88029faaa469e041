#include "base/cleanup.h"
#include "base/units.h"
#include "sink/ruby_heap.h"
#include "sink/text_wrap.h"

#define INDENT 6 /* behind "ruby: " */

static void add_size(struct buf *out, fact pages, uint64_t page_size, const char *with)
{
	char number[16];

	buf_printf(out, "%s with %s", units_format_size(number, (double)pages * (double)page_size), with);
}

static void add_pages(struct buf *out, const struct ruby_heap_facts *f, uint64_t page_size)
{
	char young[16], old[16];

	buf_printf(out, "%s%s young objects and %s old ones on pages of ", f->partly ? "at least " : "",
		   units_format_count(young, (double)f->young_objects),
		   units_format_count(old, (double)f->old_objects));
	add_size(out, f->young_pages, page_size, "young ones, ");
	add_size(out, f->old_pages, page_size, "old ones, ");
	add_size(out, f->mixed_pages, page_size, "both; ");
	add_size(out, f->roomy_pages, page_size, "free slots, which new objects are written to");
}

/* Process.warmup is of 3.3. */
static void add_ageing(struct buf *out, const struct ruby_heap_facts *f, uint64_t page_size)
{
	char size[16];

	buf_printf(out, "a worker copies %s %s because they age: collections write a young object ",
		   f->partly ? "about" : "at most",
		   units_format_size(size, (double)ruby_heap_ageing_pages(f) * (double)page_size));
	buf_adds(out, f->ages_in_header ?
			      "each time that it survives one; before the fork "
			      "3.times { GC.start }; GC.compact makes them old" :
			      "when it becomes old; before the fork Process.warmup makes them old");
}

void text_ruby(struct buf *out, const struct ruby_heap_facts *f, uint64_t page_size, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };

	if (!f->any)
		return;
	buf_adds(out, "ruby: ");
	if (f->why) {
		text_wrap(out, f->why, INDENT, columns);
		return;
	}
	add_pages(&line, f, page_size);
	text_wrap(out, line.data, INDENT, columns);
	line.len = 0;
	add_ageing(&line, f, page_size);
	buf_printf(out, "%*s", INDENT, "");
	text_wrap(out, line.data, INDENT, columns);
}
