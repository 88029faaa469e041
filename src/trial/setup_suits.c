#include <string.h>
#include "trial/setup_parts.h"

const char *part_language(enum part_kind kind)
{
	switch (kind) {
	case PART_FREEZE:
	case PART_COLLECT_FREEZE:
	case PART_THRESHOLD:
	case PART_PYMALLOC:
		return "CPython";
	case PART_DISABLE:
		return "CPython or Ruby";
	case PART_GC_START:
	case PART_GC_COMPACT:
	case PART_WARMUP:
		return "Ruby";
	case PART_PRELOAD:
		return "PHP";
	case PART_MALLOC:
	case PART_ARENAS:
	case PART_MMAP:
	case PART_TRIM:
	case PART_TUNABLE:
	case PART_THP:
	case PART_ENV:
	case PART_ARGS:
	case PART_WARM:
		break;
	}
	return NULL;
}

static const char *runtime_title(enum runtime r)
{
	switch (r) {
	case RUNTIME_CPYTHON:
		return "CPython";
	case RUNTIME_RUBY:
		return "Ruby";
	case RUNTIME_PHP:
		return "PHP";
	case RUNTIME_PERL:
		return "Perl";
	case RUNTIME_NODE:
		return "Node";
	case RUNTIME_JAVA:
		return "Java";
	case RUNTIME_NONE:
		break;
	}
	return "";
}

/* The lines that do what a part does, in the application itself. */
static const char *own_lines(enum part_kind kind)
{
	switch (kind) {
	case PART_FREEZE:
		return "import gc; gc.freeze()";
	case PART_COLLECT_FREEZE:
		return "import gc; gc.collect(); gc.freeze()";
	case PART_DISABLE:
		return "import gc; gc.disable()";
	case PART_THRESHOLD:
		return "import gc; gc.set_threshold(...)";
	default:
		return "";
	}
}

static bool is_freeze(enum part_kind kind)
{
	return kind == PART_FREEZE || kind == PART_COLLECT_FREEZE;
}

static bool is_older(const struct program *p, unsigned major, unsigned minor)
{
	return p->major && (p->major < major || (p->major == major && p->minor < minor));
}

static int suits_ruby(const struct variant_part *part, const struct program *p, struct err *err)
{
	if (part->kind == PART_WARMUP && is_older(p, 3, 3))
		return err_set(err, STATUS_USAGE,
			       "%s: Ruby %u.%u has no Process.warmup, which 3.3 and later do: "
			       "gc.start+gc.compact is most of it",
			       part->text, p->major, p->minor);
	if (is_older(p, 3, 1))
		return err_set(
			err, STATUS_USAGE,
			"%s: Ruby %u.%u cannot be asked from outside before it forks, which 3.1 and later "
			"can: put it in front of the fork (before_fork)",
			part->text, p->major, p->minor);
	return 0;
}

static int suits_python(const struct variant_part *part, const struct program *p, struct err *err)
{
	const char *lines = own_lines(part->kind);

	if (is_freeze(part->kind) && is_older(p, 3, 7))
		return err_set(err, STATUS_USAGE, "%s: CPython %u.%u has no gc.freeze(): 3.7 and later do",
			       part->text, p->major, p->minor);
	if (part->kind == PART_PYMALLOC && *p->no_environment)
		return err_set(err, STATUS_USAGE,
			       "%s: with %s Python does not look at PYTHONMALLOC: leave %s away", part->text,
			       p->no_environment, p->no_environment);
	if (part->kind == PART_PYMALLOC)
		return 0;
	if (is_freeze(part->kind) && *p->lazy)
		return err_set(
			err, STATUS_USAGE,
			"%s: with %s each worker of uWSGI loads the application itself and inherits none "
			"of it, so there is nothing to keep shared: leave %s away",
			part->text, p->lazy, p->lazy);
	if (part->kind == PART_COLLECT_FREEZE && p->uwsgi)
		return err_set(
			err, STATUS_USAGE,
			"%s: uWSGI forks without Python's knowing, so nothing can collect just before: put "
			"'%s' at the end of the module that it loads; gc.freeze alone can be tried from "
			"outside",
			part->text, lines);
	if (*p->no_site || *p->no_environment)
		return err_set(
			err, STATUS_USAGE,
			"%s: with %s Python loads nothing of ours at its start: put '%s' at the end of "
			"what it loads before it forks, or leave %s away",
			part->text, *p->no_site ? p->no_site : p->no_environment, lines,
			*p->no_site ? p->no_site : p->no_environment);
	return 0;
}

int part_suits(const struct variant_part *part, const struct program *p, struct err *err)
{
	const char *language = part_language(part->kind);

	if (language && part->kind != PART_PYMALLOC && *p->other_user)
		return err_set(
			err, STATUS_USAGE,
			"%s: what %s runs as another user may not read what its interpreter would load: "
			"run cowtop as that user, as in %s ... cowtop try ... -- COMMAND",
			part->text, p->other_user, p->other_user);
	if (!language || p->runtime == RUNTIME_NONE)
		return 0;
	if (!strstr(language, runtime_title(p->runtime)))
		return err_set(err, STATUS_USAGE, "%s is for %s, and the command runs %s", part->text,
			       language, runtime_title(p->runtime));
	if (p->runtime == RUNTIME_CPYTHON)
		return suits_python(part, p, err);
	return p->runtime == RUNTIME_RUBY ? suits_ruby(part, p, err) : 0;
}
