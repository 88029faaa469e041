/*
 * --with, and the words of its `args:`. Words that are quoted anew are the same words; taking away and adding makes a
 * command that ends, and begins with its program.
 */
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "trial/variant.h"
#include "trial/words.h"

static void quote(struct buf *out, const char *word)
{
	for (buf_addc(out, '\''); *word; word++)
		if (*word == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *word);
	buf_adds(out, "' ");
}

static void check_words(const char *text)
{
	cleanup(words_release) struct words once = { 0 }, again = { 0 };
	cleanup(buf_release) struct buf quoted = { 0 };

	if (words_split(text, &once) < 0)
		return;
	must(once.n <= strlen(text));
	must(!once.n || !once.items[once.n]);
	for (size_t i = 0; i < once.n; i++)
		quote(&quoted, once.items[i]);
	must(words_split(quoted.data ?: "", &again) == 0 && again.n == once.n);
	for (size_t i = 0; i < once.n; i++)
		must(!strcmp(once.items[i], again.items[i]));
}

static void check_applied(const char *text)
{
	char program[] = "gunicorn", option[] = "--preload", app[] = "app:app";
	char *command[] = { program, option, app, NULL }, **made = NULL;
	struct err err = { 0 };

	if (words_apply(text, command, &made, &err) < 0) {
		must(err.status == STATUS_USAGE && *err.msg && !made);
		return;
	}
	must(!strcmp(made[0], program));
	words_free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xmemdupz(data, size);
	struct variant *v = NULL;
	struct err err = { 0 };

	check_words(text);
	check_applied(text);
	if (variant_parse(text, &v, &err) < 0) {
		must(err.status == STATUS_USAGE && *err.msg && !v);
		return 0;
	}
	must(!strcmp(variant_name(v), text));
	variant_free(v);
	return 0;
}
