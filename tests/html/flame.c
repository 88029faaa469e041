/* A report of call stacks, of a scene with known truth, in one of its forms on stdout: flame SCENE FORM */
#include "lib/stacks_scene.h"
#include "analysis/stack_report.h"
#include "sink/stacks.h"

static bool print(struct buf *out, const struct stack_report *r, const char *form)
{
	if (!strcmp(form, "svg"))
		stacks_flamegraph(out, r);
	else if (!strcmp(form, "speedscope"))
		json_speedscope(out, r);
	else if (!strcmp(form, "folded"))
		stacks_folded(out, r);
	else if (!strcmp(form, "json"))
		json_stacks(out, r, 0, true);
	else if (!strcmp(form, "text"))
		stacks_text(out, r, 20, 80);
	else
		return (!strcmp(form, "pprof") && stacks_pprof(out, r, PPROF_PIDS)) ||
		       (!strcmp(form, "pprof-series") && stacks_pprof(out, r, PPROF_SERIES));
	return true;
}

int main(int argc, char *argv[])
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(stack_report_release) struct stack_report r = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "hostile"))
		scene_hostile(&s);
	else
		scene_server(&s);
	stack_report_make(&s, &r);
	if (!print(&out, &r, argv[2]))
		return 2;
	return fwrite(out.data, 1, out.len, stdout) == out.len ? 0 : 1;
}
