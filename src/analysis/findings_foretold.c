#include "analysis/findings_parts.h"
#include "base/units.h"
#include "model/why_shown.h"

/*
 * What freezing before the fork is foretold to give back, where somebody asked why pages were copied. It takes the
 * place of what collections were seen to copy first: most of that references would have copied a little later.
 */

/* Below this, each worker, freezing is not worth a word. */
#define GAIN_LEAST (1 * MIB)

static void say_gain(struct finding *f, const struct why *why)
{
	char text[64];

	finding_say(f, "%s%s in each", why->basis == WHY_RISK ? "keeps " : "gives back ",
		    why_amount_text(text, why_gain_bytes(why)));
}

void finding_say_gain(struct finding *f, const struct scene *s)
{
	struct measure gain = why_gain_bytes(s->snap->why);

	if (!known(gain.value))
		return;
	finding_say(f, "; freezing before the fork ");
	say_gain(f, s->snap->why);
}

/* No gain: what a collection took first, and references would have taken. */
static void say_no_gain(struct finding *f, const struct why *why)
{
	struct measure first = why_bytes(why, &why->causes[WHY_COLLECTOR_FIRST]);

	if (why->basis == WHY_RISK || !(first.value > 0))
		return;
	finding_say(f, ", and nothing of ");
	finding_say_size(f, first);
	finding_say(f, " that a collection copied first: references would have followed");
}

enum foretold find_foretold(const struct scene *s, const struct found *w)
{
	const struct why *why = s->snap->why;
	struct measure gain = why_gain_bytes(why);
	char workers[48];
	struct finding *f;

	if (!known(gain.value))
		return FORETOLD_UNKNOWN;
	if (!(gain.value >= GAIN_LEAST))
		return FORETOLD_NOTHING;
	f = finding_add(s->snap, FINDING_NEVER_FROZEN, w);
	finding_value(f, measure_times(gain, (figure)w->n), "bytes");
	finding_say(f, "nothing is frozen (gc.freeze) and gc is on in %s: freezing before the fork ",
		    format_workers(workers, w));
	say_gain(f, why);
	say_no_gain(f, why);
	return FORETOLD_SAID;
}
