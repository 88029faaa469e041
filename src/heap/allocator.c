#include "heap/allocator.h"

#include "base/cleanup.h"
#include "heap/allocator_scan.h"
#include "heap/glibc.h"
#include "heap/pymalloc.h"

void allocator_read(const struct allocator_target *t, struct allocator_inventory *ret)
{
	cleanup(allocator_scan_end) struct allocator_scan s;

	allocator_scan_begin(&s, t, ret);
	pymalloc_inventory(
		&s); /* before glibc, whose blocks with mappings of their own are looked for between others */
	glibc_inventory(&s);
	allocator_sort_areas(ret);
}
