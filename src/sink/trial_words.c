#include "sink/trial_words.h"

const char *trial_applied_word(const struct trial_variant *v)
{
	switch (v->applied) {
	case TRIAL_APPLIED:
		return "yes";
	case TRIAL_NOT_APPLIED:
		return "no";
	case TRIAL_UNKNOWN:
		break;
	}
	return "?";
}

const char *trial_verdict_words(const struct trial_variant *v)
{
	if (!v->runs)
		return "failed";
	if (v->applied == TRIAL_NOT_APPLIED)
		return "not applied";
	return v->verdict == TRIAL_NONE ? "cannot be told" : trial_verdict_name(v->verdict);
}

static const char *evidence_of(const struct trial_variant *v)
{
	switch (v->applied) {
	case TRIAL_APPLIED:
		return "applied";
	case TRIAL_NOT_APPLIED:
		return "not applied";
	case TRIAL_UNKNOWN:
		break;
	}
	return "it cannot be seen whether it was applied";
}

void trial_evidence_words(struct buf *out, const struct trial *t, const struct trial_variant *v)
{
	bool evidence = v->evidence && *v->evidence;

	buf_printf(out, "%s: ", v->name);
	if (v->runs)
		buf_printf(out, "%s%s%s", evidence_of(v), evidence ? ": " : "", evidence ? v->evidence : "");
	if (v->error)
		buf_printf(out, "%s%zu of %zu runs: %s", v->runs ? "; " : "", v->runs, t->runs, v->error);
}

const char *trial_change_words(const struct trial *t)
{
	if (&compare_fields[trial_deciding(t)] == compare_find("footprint_bytes"))
		return t->runs > 1 ? "the pool at the end, in MiB; its change against the baseline, and the "
				     "half of that one's 95 % interval; a verdict takes 99 %:" :
				     "the pool at the end, in MiB; its change against the baseline:";
	return "the pool at the end, in MiB; what it costs cannot be read, so the change is that of what is private "
	       "to a worker, in MiB:";
}
