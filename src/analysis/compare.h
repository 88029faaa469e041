#ifndef COWTOP_ANALYSIS_COMPARE_H
#define COWTOP_ANALYSIS_COMPARE_H

/*
 * Two stories -> what differs, and whether that is more than noise.
 *
 * A row has for each side the mean, the spread over workers, and the spread over time: of ten blocks,
 * those of the recording's last fifth for levels (the mean after a load is that of its last sample), of the whole recording for what comes in time, and
 * of the intervals between marks for growth_bytes_per_mark. A level with neither two workers nor three blocks in that
 * fifth takes the spread of a block of the whole recording, undivided: what it is larger than is no noise. Over time only what differs from the
 * neighbours on both sides counts: a rise or a fall is what the recording shows and no noise.
 *
 * Samples come closer together while copies burst, so nothing is a mean of samples: a level goes
 * straight from one to the next, and its mean is that over time; a rate is what came, divided by the
 * time for which it is known; a worker counts by the time that it was there.
 *
 * Workers are never surer than the time that they were watched for, and the other way round: the
 * standard error of a side is the larger of deviation / sqrt(n) over workers and over blocks. The
 * difference of the means then has the interval of Welch's test at 95 %: it is noise when zero lies
 * in it. With neither two workers nor three blocks nothing can be told, and there is no difference of
 * what does not mean the same at the levels of both recordings.
 *
 * What is more than noise may still be too small to matter, and then the sides are the same: below
 * half a percent of the larger side; for a level below a thousandth of what a worker could share; and
 * what a table with one decimal of a MiB, two where something goes on with time, shows as zero; and of what came
 * in a whole run (gained, copies, minor faults) below 1 MiB a worker, in pages or by the request. The same are two
 * zeros as well, and what cannot differ by as much as matters: both ends of the interval are that near to zero.
 *
 * What comes in a second or a minute says something of a pool only where both sides were watched for as long.
 * After a load each, or between marks, or where the recordings differ in length by more than a tenth, it says how
 * long the work took, and there is no verdict on it; what came in all of it is then compared for the same load.
 *
 * Two recordings are two runs: what differs from run to run of one and the same pool is only seen by
 * recording it several times. Given several recordings a side, each counts as one value: the noise is what
 * they differ by, the interval that of Welch's test over runs, and a verdict takes 99 %, so that the same against
 * itself gets one in any of the rows in no more than one of twenty comparisons.
 */
#include "model/compare.h"

/* `ret` borrows all of them. One recording a side, or two at the least. */
void compare_runs(const struct compare_runs *a, const struct compare_runs *b, struct comparison *ret);

#endif
