#include "pool/budget.h"

#include "base/clock.h"

/* What can be saved up, and what first looks may owe, in what so many seconds earn. */
#define SAVED_S 10
#define OWED_S 30
/* What pages leave to the rest of a sample while they wait. */
#define REST_PART 0.5
/* What is done apart from that may take so much of the share, and of what there is before a first look. */
#define APART_PART 0.25
#define APART_FIRST 0.5
/* No sample waits longer than for an hour. */
#define INTERVAL_MOST (3600 * SECOND)

void budget_init(struct budget *b, double share, double saved_s, int64_t now_ns, int64_t cpu_ns)
{
	*b = (struct budget){
		.share = share,
		.now_ns = now_ns,
		.cpu_ns = cpu_ns,
		.credit_ns = share * saved_s * SECOND,
		.strict = !(saved_s > 0),
	};
}

/* One sample that took long is no reason to wait; that all do is learned within a dozen. */
static void learn_tick(struct budget *b, double ns)
{
	if (ns < 0)
		ns = 0;
	if (!b->tick_ns || ns < b->tick_ns)
		b->tick_ns = (b->tick_ns + ns) / (b->tick_ns ? 2 : 1);
	else
		b->tick_ns += (ns - b->tick_ns) / 8;
}

void budget_begin(struct budget *b, int64_t now_ns, int64_t cpu_ns)
{
	double used = (double)(cpu_ns - b->cpu_ns), most = b->share * SAVED_S * SECOND;

	if (b->looked || (b->begun && b->strict))
		learn_tick(b, used - (double)b->read_ns);
	if (most < b->wanted_ns)
		most = b->wanted_ns;
	b->credit_ns += (double)(now_ns - b->now_ns) * b->share - used;
	if (b->credit_ns > most)
		b->credit_ns = most;
	b->now_ns = now_ns;
	b->cpu_ns = cpu_ns;
	b->read_ns = 0;
	b->looked = b->begun;
	b->begun = true;
}

void budget_anew(struct budget *b)
{
	b->begun = b->looked = false;
}

bool budget_affords(struct budget *b, size_t n, bool urgent)
{
	double need = b->process_ns * (double)n + b->tick_ns;

	if (!(b->share > 0))
		return true;
	if (urgent ? b->credit_ns >= -b->share * OWED_S * SECOND : b->credit_ns >= need)
		return true;
	b->wanted_ns = need;
	return false;
}

void budget_read(struct budget *b, size_t n, int64_t cpu_ns)
{
	b->read_ns += cpu_ns;
	b->wanted_ns = 0;
	if (n)
		b->process_ns = (double)cpu_ns / (double)n;
}

void budget_apart(struct budget *b, int64_t cpu_ns)
{
	b->read_ns += cpu_ns;
}

int64_t budget_apart_may(const struct budget *b, int64_t elapsed_ns)
{
	double ns = b->begun && !b->looked ? b->credit_ns * APART_FIRST :
					     (double)elapsed_ns * b->share * APART_PART;

	return ns > 0 ? (int64_t)ns : 0;
}

int64_t budget_interval(const struct budget *b, bool waits)
{
	double ns;

	if (!(b->share > 0))
		return 0;
	ns = b->tick_ns / (b->share * (waits ? REST_PART : 1));
	return ns < (double)INTERVAL_MOST ? (int64_t)ns : INTERVAL_MOST;
}
