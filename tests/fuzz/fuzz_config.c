/* The live view's settings: what is taken of any file is in bounds, and written and read again it is the same. */
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/config_text.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf once = { 0 }, twice = { 0 };
	cleanup_free char *text = xmemdupz(data, size), *written = NULL;
	struct config c = { .sort = "" }, again = { .sort = "" };

	config_parse(text, &c);
	must(memchr(c.sort, '\0', sizeof(c.sort)) && memchr(c.hide, '\0', sizeof(c.hide)));
	must(!strpbrk(c.sort, "\033\r=") && !strpbrk(c.hide, "\033\r="));
	must(c.interval_ns == 0 || (c.interval_ns >= 100000000 && c.interval_ns <= 3600LL * 1000000000));
	config_print(&once, &c);
	written = xmemdupz(once.data, once.len);
	config_parse(written, &again);
	config_print(&twice, &again);
	must(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
	return 0;
}
