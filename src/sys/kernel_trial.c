#include "sys/kernel_trial.h"

#include <sys/mman.h>
#include "model/page_entry.h"
#include "sys/pagemap.h"

uint64_t trial_entry_of(const struct trial *t, int map, const char *at)
{
	uint64_t entry = 0;

	if (map < 0 || pagemap_read(map, (uintptr_t)at / t->page, &entry, 1))
		return 0;
	return entry;
}

uint64_t trial_entry(const struct trial *t, const char *at)
{
	return trial_entry_of(t, t->map, at);
}

typedef bool read_fn(int fd, const uint64_t *frames, size_t n, uint64_t *ret);

/* The word of kpageflags or kpagecount for the frame behind an address of one's own. Compaction may move
 * the page in between, and the frame is somebody else's then. False: not known. */
static bool word_at(const struct trial *t, read_fn *words, int file, const char *at, uint64_t *ret)
{
	for (int tries = 0; tries < 10; tries++) {
		uint64_t entry = trial_entry(t, at), frame = entry_frame(entry);

		if (!(entry & PM_PRESENT) || !frame || !words(file, &frame, 1, ret))
			return false;
		if (entry_same_frame(entry, trial_entry(t, at)))
			return true;
	}
	return false;
}

bool trial_flags(const struct trial *t, const char *at, uint64_t *ret)
{
	return word_at(t, kpageflags_read, t->flags, at, ret);
}

bool trial_count(const struct trial *t, const char *at, uint64_t *ret)
{
	return word_at(t, kpagecount_read, t->counts, at, ret);
}

char *trial_map(size_t bytes, int more)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Pages that stay small, whatever the mapping next to them wants. */
char *trial_map_small(size_t bytes)
{
	char *at = trial_map(bytes, 0);

	if (at)
		madvise(at, bytes, MADV_NOHUGEPAGE);
	return at;
}

void trial_unmap(char *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
}
