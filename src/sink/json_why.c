#include "sink/why.h"

#include "sink/json_build.h"
#include "sink/json_why_parts.h"
#include "sink/json_kinds.h"
#include "sink/why_memory.h"

static void add_pool(cJSON *to, const struct why *w, const struct snapshot *snap)
{
	cJSON *at = json_object(to, "pool");

	json_pid(at, "master_pid", snap->facts->master_pid);
	json_text(at, "command", snap->command);
	json_figure(at, "workers", (figure)w->nworkers);
	json_figure(at, "watched_workers", (figure)w->n);
	json_figure(at, "inherited_bytes", w->inherited * w->page_size);
	json_figure(at, "copied_bytes", w->copied * w->page_size);
	json_figure(at, "identical_bytes", w->identical * w->page_size);
	json_figure(at, "at_risk_bytes", w->at_risk * w->page_size);
	json_why_copies(at, w->memory);
}

static void add_inventory(cJSON *to, const struct why *w)
{
	cJSON *at = json_object(to, "inventory");

	json_figure(at, "looked_bytes", w->looked_pages * w->page_size);
	json_figure(at, "tracked_bytes", w->tracked_pages * w->page_size);
	json_figure(at, "counted_bytes", w->counted_pages * w->page_size);
	json_figure(at, "tracked_objects", w->tracked_objects);
}

static void add_workers(cJSON *to, const struct why *w)
{
	cJSON *array = json_array(to, "workers"), *at;

	for (size_t i = 0; i < w->n; i++) {
		const struct why_worker *k = &w->workers[i];

		at = json_element(array);
		json_pid(at, "pid", k->pid);
		json_text(at, "basis", why_basis_name(k->basis));
		/* that nothing was found in the master is why, and not what came of it */
		json_text(at, "reason",
			  k->basis == WHY_NONE && !known(w->looked_pages) ? w->reason : k->reason);
		json_figure(at, "looks", (figure)k->snapshots);
		json_figure(at, "first_full_at", k->first_at);
		json_figure(at, "inherited_bytes", k->inherited * w->page_size);
		json_figure(at, "copied_bytes", k->copied * w->page_size);
		json_figure(at, "identical_bytes", k->identical * w->page_size);
		json_figure(at, "at_risk_bytes", k->at_risk * w->page_size);
		json_why_causes(at, k->causes, w->page_size);
		json_why_worker(at, why_memory_of(w->memory, k->pid, k->start_ticks));
	}
}

void json_why(struct buf *out, const struct why *w, const struct snapshot *snap)
{
	cJSON *root = json_begin();

	json_text(root, "schema", "cowtop.why/1");
	json_text(root, "version", COWTOP_VERSION);
	json_time(root, "time", snap->facts->time_ns);
	json_text(root, "basis", why_basis_name(w->basis));
	json_text(root, "reason", w->reason);
	add_pool(root, w, snap);
	json_why_causes(root, w->causes, w->page_size);
	json_advice(root, w);
	add_inventory(root, w);
	json_why_memory(root, w->memory, w->page_size);
	json_kinds(root, w->kinds);
	add_workers(root, w);
	json_end(out, root, true);
}
