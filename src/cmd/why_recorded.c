#include "cmd/why_recorded.h"

#include <string.h>
#include "base/cleanup.h"
#include "cmd/common_options.h"
#include "cmd/recording.h"
#include "cmd/time_range.h"

bool why_is_recorded(const struct operands *rest)
{
	return rest->target && (strcmp(rest->target, "-") == 0 || recording_is_at(rest->target));
}

int why_recorded(const char *path, struct analysis *a, struct sample_view *ret, struct err *err)
{
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(recording_closep) struct recording *recording = NULL;
	const struct when_span all = { .zone = common_zone(false) };
	const struct sample *s;
	bool any = false, asked = false;
	int got;

	if (recording_input_open(&in, path, err) < 0 || recording_alone(err) < 0 ||
	    recording_begin(&in, &all, &recording, err) < 0)
		return -1;
	while ((got = recording_facts(recording, &s, err)) > 0) {
		any = true;
		asked = s->why != NULL;
		ret->number = recording_number(recording);
		analysis_pass(a, s);
	}
	if (got < 0)
		return -1;
	if (!any)
		return time_range_none(path, &all, recording_info(recording), err);
	if (!asked)
		return err_set(err, STATUS_FAILED,
			       "%.300s: it was recorded without what tells why pages were copied; "
			       "cowtop record --why takes that along",
			       path);
	/* that it was the last is known only behind it */
	sample_init(&ret->sample);
	got = recording_facts_of(recording, ret->number, &ret->sample, err);
	if (got < 0)
		return -1;
	if (!got)
		return err_set(err, STATUS_FAILED, "%.300s: its last sample cannot be read", path);
	analysis_next(a, &ret->sample, &ret->snap);
	return 0;
}
