#include "tui/format.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"

/* By integers: printf's decimal point belongs to the locale. */
char *format_percent(char out[static 32], figure ratio)
{
	unsigned int tenths;

	if (!known(ratio)) {
		strcpy(out, "-");
		return out;
	}
	tenths = (unsigned int)fmin(round(fmax(ratio, 0) * 1000), 1e6);
	snprintf(out, 32, "%u.%u", tenths / 10, tenths % 10);
	return out;
}

char *format_marked_percent(char out[static 32], struct measure ratio)
{
	char text[32];

	snprintf(out, 32, "%s%.30s", label_mark(ratio.label), format_percent(text, ratio.value));
	return out;
}

char *format_count(char out[static 32], figure count)
{
	char text[16];

	strcpy(out, units_format_count(text, count));
	return out;
}

char *format_hundredths(char out[static 32], figure value)
{
	unsigned int n;

	if (!known(value)) {
		strcpy(out, "-");
		return out;
	}
	n = (unsigned int)fmin(round(fabs(value) * 100), 1e6);
	snprintf(out, 32, "%s%u.%02u", value < 0 && n ? "-" : "", n / 100, n % 100);
	return out;
}

/* CPython takes any int; a length that does not fit is cut, never the line. */
char *format_thresholds(char out[static 32], const fact thresholds[static GC_GENERATIONS])
{
	size_t len = 0, g;

	if (thresholds[0] == ABSENT) {
		strcpy(out, "-");
		return out;
	}
	for (g = 0; g < GC_GENERATIONS && thresholds[g] != ABSENT && len < 32; g++)
		len += (size_t)snprintf(out + len, 32 - len, "%s%lld", g ? "," : "",
					(long long)thresholds[g]);
	return out;
}

char *format_gc(char out[static 64], enum runtime runtime, fact enabled,
		const fact thresholds[static GC_GENERATIONS], fact frozen)
{
	char text[32];

	if (enabled == ABSENT && thresholds[0] == ABSENT) {
		if (runtime_untold(runtime))
			snprintf(out, 64, "%s: no counters", runtime_name(runtime));
		else
			strcpy(out, "not readable");
		return out;
	}
	snprintf(out, 64, "%s%s%s%s",
		 enabled == ABSENT ? "-" :
		 enabled           ? "on" :
				     "off",
		 thresholds[0] == ABSENT ? "" : " ",
		 thresholds[0] == ABSENT ? "" : format_thresholds(text, thresholds),
		 frozen != ABSENT && frozen ? " frozen" : "");
	return out;
}

const struct gc_state *gc_state_of(const struct proc_snapshot *p)
{
	return p->facts->gc.ninterpreters ? p->facts->gc.interpreters : NULL;
}
