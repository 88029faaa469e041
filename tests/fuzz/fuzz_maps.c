/* parse_maps: the list is sorted, disjoint and aligned, and every name lies inside the text. */
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/maps.h"

static void check(const struct vma *v, const char *text, size_t size)
{
	must(v->start < v->end);
	must(v->start % 4096 == 0 && v->end % 4096 == 0);
	must(v->kind >= VMA_NONE && v->kind <= VMA_SHARED);
	must(v->name_at <= size && v->name_len <= size - v->name_at);
	must(!memchr(text + v->name_at, '\n', v->name_len));
	must(text[v->name_at + v->name_len] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(vma_list_release) struct vma_list list = { 0 };
	const char *text = (const char *)data;
	size_t i, lines = 0;
	bool whole = parse_maps(text, size, &list) == 0;

	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	must(list.n <= list.cap);
	must(whole ? list.n == lines : list.n <= lines);

	for (i = 0; i < list.n; i++) {
		check(&list.items[i], text, size);
		must(i == 0 || list.items[i - 1].end <= list.items[i].start);
	}
	return 0;
}
