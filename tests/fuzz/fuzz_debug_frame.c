/* .debug_frame as .eh_frame: whatever its bytes are, what is made of them can be read. */
#include <stdlib.h>
#include "fuzz.h"
#include "parse/debug_frame.h"
#include "parse/eh_frame.h"
#include "parse/eh_frame_index.h"

#define BASE 0x500000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eh_frame e;
	struct eh_function f;
	uint8_t *frames, *made;
	size_t len = 0;

	frames = debug_frame_convert(data, size, BASE, &len);
	made = frames ? eh_frame_index(frames, len, BASE, &e) : NULL;
	for (size_t i = 0; made && i < e.rows; i++)
		if (eh_frame_find(&e, eh_frame_start(&e, i), &f))
			must(f.start < f.end && f.row >= BASE + len);
	free(made);
	free(frames);
	return 0;
}
