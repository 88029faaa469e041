#include "trial/evidence.h"

#include "trial/evidence_parts.h"

static enum trial_applied look_at(const struct look *l, const struct variant_part *part, struct buf *text)
{
	switch (part->kind) {
	case PART_FREEZE:
	case PART_COLLECT_FREEZE:
		return evidence_freeze(l, part, text);
	case PART_DISABLE:
		return evidence_disable(l, part, text);
	case PART_THRESHOLD:
		return evidence_threshold(l, part, text);
	case PART_GC_START:
	case PART_GC_COMPACT:
	case PART_WARMUP:
		return evidence_ruby(l, part, text);
	case PART_PRELOAD:
		return evidence_preload(l, part, text);
	case PART_PYMALLOC:
		return evidence_pymalloc(l, part, text);
	case PART_MALLOC:
		return evidence_malloc(l, part, text);
	case PART_ARENAS:
	case PART_MMAP:
	case PART_TRIM:
	case PART_TUNABLE:
		return evidence_setting(l, part, text);
	case PART_THP:
		return evidence_huge(l, part, text);
	case PART_ENV:
		return evidence_env(l, part, text);
	case PART_ARGS:
		return evidence_args(l, part, text);
	case PART_WARM:
		break;
	}
	return TRIAL_UNKNOWN;
}

enum trial_applied evidence_look(const struct setup *setup, const struct procfs *fs, const struct sample *s,
				 struct buf *ret_text)
{
	const struct look l = { .setup = setup, .fs = fs, .s = s };
	enum trial_applied all = TRIAL_APPLIED;

	for (size_t i = 0; setup->variant && i < setup->variant->n; i++) {
		enum trial_applied one;

		if (i)
			buf_adds(ret_text, "; ");
		one = look_at(&l, &setup->variant->parts[i], ret_text);
		if (one == TRIAL_NOT_APPLIED || (one == TRIAL_UNKNOWN && all == TRIAL_APPLIED))
			all = one;
	}
	return all;
}
