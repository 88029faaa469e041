#include "cmd/try_contender.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/try_files.h"

#define ALL "all"

static void contender_release(struct contender *c)
{
	for (size_t i = 0; i < c->told; i++)
		story_release(&c->stories[i]);
	free(c->stories);
	free(c->borrowed);
	buf_release(&c->evidence);
	try_files_left(c->setup.folder, setup_remove(&c->setup));
	setup_release(&c->setup);
	variant_free(c->variant);
	free(c->name);
	free(c->file);
	free(c->error);
}

void contenders_release(struct contenders *c)
{
	for (size_t i = 0; i < c->n; i++)
		contender_release(&c->items[i]);
	free(c->items);
	*c = (struct contenders){ 0 };
}

/* A name that no other one's files have. */
static char *file_name(const struct contenders *c, const char *name)
{
	cleanup_free char **taken = xcalloc(c->n + 1, sizeof(*taken));

	for (size_t i = 0; i < c->n; i++)
		taken[i] = c->items[i].file;
	return try_file_name(name, taken, c->n);
}

/* `text` NULL: the baseline. */
static int add(struct contenders *c, char *const command[], const char *text, struct err *err)
{
	const char *name = text ?: "baseline";
	struct contender *new;
	char *file;

	file = file_name(c, name);
	vec_room(&c->items, c->n, &c->cap);
	new = &c->items[c->n++];
	*new = (struct contender){ .name = xstrdup(name), .file = file };
	if (text && variant_parse(text, &new->variant, err) < 0)
		return -1;
	return setup_make(new->variant, command, &new->setup, err);
}

static bool is_there(const struct contenders *c, const char *name)
{
	for (size_t i = 1; i < c->n; i++)
		if (strcmp(c->items[i].name, name) == 0)
			return true;
	return false;
}

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

/* Those that apply and can be had, but for those that were asked for by their names. */
static int add_all(struct contenders *c, char *const command[], struct err *err)
{
	cleanup(free_names) char **names = NULL;
	size_t before = c->n;

	if (variant_all(command, &names, err) < 0)
		return -1;
	for (char **name = names; *name; name++) {
		struct err why;

		if (is_there(c, *name) || add(c, command, *name, &why) == 0)
			continue;
		say("%s is left out: %s", *name, why.msg);
		contender_release(&c->items[--c->n]);
	}
	if (c->n == before)
		return err_set(err, STATUS_USAGE, "--with all: no variant is known to apply to %s",
			       command[0]);
	return 0;
}

int contenders_make(struct contenders *c, char *const command[], const char *const *with, size_t n,
		    struct err *err)
{
	if (add(c, command, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(with[i], ALL) != 0 && add(c, command, with[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(with[i], ALL) == 0)
			return add_all(c, command, err);
	return 0;
}

/* It applied when it did in each run: the first one in which it did not is what is told. */
void contender_saw(struct contender *c, enum trial_applied applied, const struct buf *evidence)
{
	if (c->applied == TRIAL_NOT_APPLIED)
		return;
	buf_reset(&c->evidence);
	buf_adds(&c->evidence, evidence->len ? evidence->data : "");
	if (c->through && applied != c->applied && applied != TRIAL_NOT_APPLIED)
		applied = TRIAL_UNKNOWN;
	c->applied = applied;
}

bool contenders_failed(const struct contenders *c)
{
	for (size_t i = 1; i < c->n; i++)
		if (!c->items[i].error)
			return false;
	return true;
}
