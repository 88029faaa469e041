#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "trial/folder.h"
#include "trial/setup_parts.h"
#include "trial/shim.h"

/* What the shims read beside themselves: a line for each of their words. */
static const struct {
	enum part_kind kind;
	const char *words;
} lines[] = {
	{ PART_FREEZE, "freeze=\n" },      { PART_COLLECT_FREEZE, "freeze=\ncollect=\n" },
	{ PART_DISABLE, "disable=\n" },    { PART_GC_START, "start=\n" },
	{ PART_GC_COMPACT, "compact=\n" }, { PART_WARMUP, "warmup=\n" },
};

static void say_variant(const struct variant *v, const struct environment *env, struct buf *text)
{
	const struct variant_part *threshold = variant_part(v, PART_THRESHOLD);
	const char *path = environment_get(env, "PYTHONPATH");

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (variant_part(v, lines[i].kind))
			buf_adds(text, lines[i].words);
	if (threshold)
		buf_printf(text, "threshold=%s\n", threshold->value);
	if (path && !*path)
		buf_adds(text, "empty=\n");
}

/* Does any part need what the interpreter of this runtime loads? */
static bool wants(const struct variant *v, const struct program *p, enum runtime runtime, const char *title)
{
	if (p->runtime != RUNTIME_NONE && p->runtime != runtime)
		return false;
	for (size_t i = 0; i < v->n; i++) {
		const char *language = part_language(v->parts[i].kind);

		if (language && strstr(language, title) && v->parts[i].kind != PART_PYMALLOC)
			return true;
	}
	return false;
}

static int python_shim(const char *folder, struct environment *env, struct err *err)
{
	if (folder_write(folder, "sitecustomize.py", shim_python, err) < 0)
		return -1;
	environment_put_first(env, "PYTHONPATH", folder, ':');
	return 0;
}

static int ruby_shim(const char *folder, struct environment *env, struct err *err)
{
	cleanup(buf_release) struct buf option = { 0 };

	if (folder_write(folder, "hook.rb", shim_ruby, err) < 0)
		return -1;
	buf_printf(&option, "-r%s/hook.rb", folder);
	environment_put_first(env, "RUBYOPT", option.data, ' ');
	return 0;
}

/*
 * Settings of PHP: one file that is read before all others, as PHP wants to know from root whom preloading is to run
 * as, and the user's own word for that counts; and one behind them.
 */
static int php_settings(const struct variant_part *part, const char *folder, struct environment *env,
			struct err *err)
{
	cleanup(buf_release) struct buf first = { 0 }, last = { 0 }, folders = { 0 };
	const char *scanned = environment_get(env, "PHP_INI_SCAN_DIR");
	char path[PATH_MAX];

	if (!realpath(part->value, path))
		return err_errno(err, STATUS_FAILED, errno, "%.100s: %.300s", part->text, part->value);
	if (strpbrk(path, "\"\n$\\"))
		return err_set(err, STATUS_USAGE,
			       "%.200s: the path has a character that PHP's settings do not take",
			       part->text);
	if (geteuid() == 0)
		buf_printf(&first, "opcache.preload_user=%s\n", getpwnam("www-data") ? "www-data" : "nobody");
	buf_printf(&last, "opcache.enable=1\nopcache.enable_cli=1\nopcache.preload=\"%s\"\n", path);
	if (folder_write(folder, "first/cowtop.ini", first.len ? first.data : "", err) < 0 ||
	    folder_write(folder, "last/cowtop.ini", last.data, err) < 0)
		return -1;
	/* An empty one stands for those that PHP was built with. */
	buf_printf(&folders, "%s/first:%s:%s/last", folder, scanned ? scanned : "", folder);
	environment_set(env, "PHP_INI_SCAN_DIR", folders.data);
	return 0;
}

static int fill(const struct variant *v, const struct program *p, const char *folder, struct environment *env,
		struct err *err)
{
	cleanup(buf_release) struct buf text = { 0 };
	const struct variant_part *preload = variant_part(v, PART_PRELOAD);

	say_variant(v, env, &text);
	if (text.len && folder_write(folder, "variant", text.data, err) < 0)
		return -1;
	if (wants(v, p, RUNTIME_CPYTHON, "CPython") && python_shim(folder, env, err) < 0)
		return -1;
	if (wants(v, p, RUNTIME_RUBY, "Ruby") && ruby_shim(folder, env, err) < 0)
		return -1;
	return preload ? php_settings(preload, folder, env, err) : 0;
}

int shim_make(const struct variant *v, const struct program *p, struct environment *env, char **ret_folder,
	      struct err *err)
{
	char *folder;

	if (!wants(v, p, RUNTIME_CPYTHON, "CPython") && !wants(v, p, RUNTIME_RUBY, "Ruby") &&
	    !wants(v, p, RUNTIME_PHP, "PHP"))
		return 0;
	if (folder_make(&folder, err) < 0)
		return -1;
	*ret_folder = folder;
	return fill(v, p, folder, env, err);
}
