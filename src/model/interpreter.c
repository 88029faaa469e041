#include "model/interpreter.h"

#include <string.h>

/* clang-format off */
const struct interpreter interpreters[] = {
	{ .name = "python", .runtime = RUNTIME_CPYTHON, .library = "libpython", .valued = "WX", .code = "c",
	  .module = 'm' },
	{ .name = "pypy", .valued = "WX", .code = "c", .module = 'm' },
	{ .name = "ruby", .runtime = RUNTIME_RUBY, .library = "libruby", .valued = "IrCE", .code = "e" },
	{ .name = "php", .runtime = RUNTIME_PHP, .library = "libphp", .valued = "cdz", .code = "rB" },
	{ .name = "node", .runtime = RUNTIME_NODE, .library = "libnode", .valued = "r", .code = "ep" },
	{ .name = "nodejs", .runtime = RUNTIME_NODE, .valued = "r", .code = "ep" },
	{ .name = "java", .runtime = RUNTIME_JAVA, .library = "libjvm" },
	{ .name = "perl", .runtime = RUNTIME_PERL, .library = "libperl", .valued = "I", .code = "eE" },
	{ .name = "lua", .valued = "l", .code = "e" },
	{ .name = "tclsh", .valued = "", .code = "" },
	{ .name = "R", .valued = "f", .code = "e", .file = "--file=" }, /* what Rscript runs */
	{ .name = "sh", .valued = "oO", .code = "c", .shell = true },
	{ .name = "dash", .valued = "o", .code = "c", .shell = true },
	{ .name = "bash", .valued = "oO", .code = "c", .shell = true },
	{ .name = "zsh", .valued = "o", .code = "c", .shell = true },
	{ .name = "ksh", .valued = "o", .code = "c", .shell = true },
	{ .name = "mksh", .valued = "o", .code = "c", .shell = true },
	{ .name = "fish", .valued = "C", .code = "c", .shell = true },
	{ .name = "busybox", .shell = true },
	{ .name = NULL },
};
/* clang-format on */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool interpreter_version(const char *rest, size_t len)
{
	for (size_t i = len > 1 && rest[0] == '-' ? 1 : 0; i < len; i++)
		if (!is_digit(rest[i]) && (rest[i] != '.' || i + 1 == len))
			return false;
	return true;
}

const struct interpreter *interpreter_of(const char *program, size_t len)
{
	for (const struct interpreter *in = interpreters; in->name; in++) {
		size_t n = strlen(in->name);

		if (in->code && len >= n && !memcmp(program, in->name, n) &&
		    interpreter_version(program + n, len - n))
			return in;
	}
	return NULL;
}

static bool has(const char *letters, char c)
{
	return c && strchr(letters, c);
}

enum interpreter_argument interpreter_argument(const struct interpreter *in, const char *argument, size_t len,
					       size_t *ret_at)
{
	char last = len ? argument[len - 1] : '\0';

	*ret_at = 0;
	if (!len || argument[0] != '-')
		return ARGUMENT_SCRIPT;
	if (len == 1)
		return ARGUMENT_CODE; /* from stdin */
	if (argument[1] == '-' && len == 2)
		return ARGUMENT_LAST;
	if (in->file && len >= strlen(in->file) && !memcmp(argument, in->file, strlen(in->file))) {
		*ret_at = strlen(in->file);
		return ARGUMENT_SCRIPT;
	}
	if (argument[1] == '-')
		return ARGUMENT_OPTION;
	if (has(in->valued, argument[1]))
		return len == 2 ? ARGUMENT_VALUED : ARGUMENT_OPTION;
	if (last == in->module)
		return ARGUMENT_MODULE;
	return has(in->code, last) ? ARGUMENT_CODE : ARGUMENT_OPTION;
}

const char *interpreter_code_name(const char *code, size_t len)
{
	static const char forkserver[] = "from multiprocessing.forkserver import";
	const size_t n = sizeof(forkserver) - 1;

	return len >= n && !memcmp(code, forkserver, n) ? "forkserver" : NULL;
}
