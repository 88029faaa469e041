/*
 * Why pages were copied, by any facts that a recording may hold: samples, each with its length in front, the first one a
 * key frame. They are added up and judged, told once more, and whoever begins with that knows as many workers.
 */
#include <stdlib.h>
#include "analysis/analysis.h"
#include "analysis/why_gather.h"
#include "base/cleanup.h"
#include "codec/sample.h"
#include "fuzz.h"

static void judge(struct analysis *a, struct sample *s, bool again)
{
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	analysis_next(a, s, &snap);
	must(!snap.why == !s->why);
	analysis_add_why(a, &snap);
	must(!snap.why == !s->why);
	for (size_t i = 0; snap.why && i < snap.why->n; i++)
		must(snap.why->workers[i].basis <= WHY_RISK && snap.why->workers[i].pid >= 0);
	if (again)
		why_gather_tell(analysis_why(a), s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(sample_codec_release) struct sample_codec f;
	struct analysis *a = analysis_new(), *b = analysis_new();
	struct pieces p = { .data = data, .size = size };
	bool key = true;

	sample_codec_init(&f);
	while (next_piece(&p)) {
		if (!sample_take(&f, key, p.piece, p.len))
			break;
		key = false;
		judge(a, &f.now, true);
		judge(b, &f.now, false);
	}
	analysis_free(a);
	analysis_free(b);
	return 0;
}
