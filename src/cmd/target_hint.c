#include "cmd/target_hint.h"

#include <stdlib.h>
#include <string.h>
#include "analysis/did_you_mean.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/recording.h"
#include "find/pool_name.h"
#include "find/word.h"

/* The name of a pool that runs now, or "". */
static void nearest_pool(const struct procfs *fs, const char *word, char ret[static POOL_NAME])
{
	cleanup_free char(*names)[POOL_NAME] = NULL;
	cleanup_free const char **words = NULL;
	struct target_list all = { 0 };
	struct err ignored = { 0 };
	const char *found;

	*ret = '\0';
	if (target_pools(fs, &all, &ignored) < 0)
		return;
	names = xcalloc(all.n + 1, sizeof(*names));
	words = xcalloc(all.n + 1, sizeof(*words));
	for (size_t i = 0; i < all.n; i++) {
		pool_name(fs, &all.items[i], names[i]);
		words[i] = names[i];
		target_release(&all.items[i]);
	}
	free(all.items);
	found = did_you_mean_word(word, words);
	if (found)
		memcpy(ret, found, POOL_NAME);
}

bool target_hint(const struct procfs *fs, const char *word, struct err *err)
{
	char name[POOL_NAME];

	if (word_is_pid(word))
		return false;
	if (recording_is_at(word)) {
		err_set(err, STATUS_USAGE, "%.200s is a recording: cowtop replay %.200s", word, word);
		return true;
	}
	if (err->status != STATUS_NO_TARGET || strchr(word, '/'))
		return false;
	nearest_pool(fs, word, name);
	if (*name)
		err_set(err, STATUS_NO_TARGET,
			"no process is called '%.100s', and none is in a unit of that name: did you mean %s?",
			word, name);
	return false;
}
