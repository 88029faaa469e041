#include "cmd/help.h"

#include <link.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "cmd/options.h"
#include "cmd/output.h"

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* What this build had to do without, and what became of it. */
static const char *const without[] = {
#ifndef COWTOP_LIBPROC2
	"libproc2: /proc is read by cowtop itself",
#endif
#ifndef COWTOP_LIBIBERTY
	"libiberty: names of C++ and Rust are not demangled",
#endif
#ifndef COWTOP_MICROHTTPD
	"libmicrohttpd: export does not listen",
#endif
	NULL,
};

/* One line an option: "  -i, --interval SECONDS  help". */
static void add_options(struct buf *out, const struct option_row *rows)
{
	for (; rows->name; rows++) {
		char left[40];

		const char *arg = rows->arg ?: "";

		/* "--wait[=TIME]" */
		if (arg[0] == '[')
			snprintf(left, sizeof(left), "--%s[=%s", rows->name, arg + 1);
		else
			snprintf(left, sizeof(left), "--%s%s%s", rows->name, *arg ? " " : "", arg);
		if (rows->letter)
			buf_printf(out, "  -%c, %-20s  %s\n", rows->letter, left, rows->help);
		else
			buf_printf(out, "      %-20s  %s\n", left, rows->help);
	}
}

/* Every line of the synopsis behind the program and the verb. */
static void add_synopsis(struct buf *out, const struct verb *verb)
{
	const char *intro = "Usage:", *line = verb->synopsis;

	for (;;) {
		size_t len = strcspn(line, "\n");

		buf_printf(out, "%-6s cowtop%s%s %.*s\n", intro, *verb->name ? " " : "", verb->name, (int)len,
			   line);
		if (!line[len])
			return;
		line += len + 1;
		intro = "";
	}
}

int help_print(const struct verb *verb, const struct verb *const all[], struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };
	bool nameless = !*verb->name;

	add_synopsis(&out, verb);
	if (nameless)
		buf_adds(&out, "       cowtop VERB [OPTIONS] ...\n");
	buf_printf(&out, "\n%s\n\nOptions:\n", verb->about);
	add_options(&out, verb->options);
	add_options(&out, common_options);
	if (nameless)
		buf_adds(&out,
			 "\nVerbs, each with a manual and a --help (or cowtop help VERB) of its own:\n");
	for (; nameless && *all; all++)
		buf_printf(&out, "  %-8s  %s\n", (*all)->name, (*all)->summary);
	buf_printf(&out, "\nExit status: %s.\nManual: cowtop%s%s(1)\n", verb->exits, nameless ? "" : "-",
		   verb->name);
	return output_write(&out, err);
}

/* The shared objects that this process has loaded, one word each. */
static int add_library(struct dl_phdr_info *info, size_t size, void *out)
{
	const char *slash = strrchr(info->dlpi_name, '/');

	/* The program itself has an empty name, or with musl /proc/self/exe, the vdso no slash. */
	if (slash && strncmp(slash, "/ld-", 4) != 0 && strcmp(slash, "/exe") != 0)
		buf_printf(out, " %s", slash + 1);
	return 0;
}

int version_print(struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;

	buf_printf(&out, "cowtop %s\ncompiler: %s\nlibraries:", COWTOP_VERSION, COMPILER);
	dl_iterate_phdr(add_library, &out);
	buf_addc(&out, '\n');
	for (i = 0; without[i]; i++)
		buf_printf(&out, "without %s\n", without[i]);
	return output_write(&out, err);
}
