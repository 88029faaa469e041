#include "cmd/stacks_push.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include "analysis/stack_report.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "find/http.h"
#include "sink/stacks.h"

#define PROFILE_MOST ((size_t)16 << 20)
#define VALUE_MOST 100
/* So long the end waits for what is still to be sent; shorter when a signal has asked for it. */
#define END_NS (10 * SECOND)
#define STOPPED_NS (3 * SECOND)

int stacks_push_url(void *member, const char *value, struct err *err)
{
	if (strncmp(value, "https:", 6) == 0)
		return err_set(err, STATUS_USAGE,
			       "--push '%.100s': only plain http:// is spoken; a proxy on this machine "
			       "can speak TLS for it (cowtop-stacks(1), CONTINUOUS PROFILES)",
			       value);
	if (!http_is_url(value) || strpbrk(value, "?# ") || strlen(value) > 1000)
		return err_set(err, STATUS_USAGE, "--push '%.100s': not http://HOST[:PORT][/PATH]", value);
	*(const char **)member = value;
	return 0;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

int stacks_push_label(void *member, const char *value, struct err *err)
{
	struct stacks_labels *l = member;
	size_t key = 0;

	while (is_word(value[key]))
		key++;
	if (!key || isdigit((unsigned char)*value) || value[key] != '=' || !value[key + 1])
		return err_set(err, STATUS_USAGE, "--label '%.100s': not KEY=VALUE", value);
	if (l->n == STACKS_PUSH_LABELS)
		return err_set(err, STATUS_USAGE, "--label: %d of them at most", STACKS_PUSH_LABELS);
	l->items[l->n++] = value;
	return 0;
}

/* ---- the address */

/* What stands in {} of a name ends with its , and }. */
static void add_label(struct buf *name, const char *key, size_t len, const char *value)
{
	buf_printf(name, "%s%.*s=", name->data[name->len - 1] == '{' ? "" : ",", (int)len, key);
	for (size_t i = 0; value[i] && i < VALUE_MOST; i++)
		buf_printf(name, "%c", is_word(value[i]) || strchr(".:/+-", value[i]) ? value[i] : '_');
}

static bool is_given(const struct stacks_labels *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->items[i], key, strlen(key)) == 0 && l->items[i][strlen(key)] == '=')
			return true;
	return false;
}

int stacks_push_begin(struct stacks_push *p, const struct run *run, struct watch *watch, struct err *err)
{
	p->watch = watch;
	pool_name(&run->fs, &run->target, p->pool);
	return push_queue_start(&p->queue, err);
}

static void make_name(const struct stacks_push *p, struct buf *name)
{
	struct utsname host = { 0 };

	buf_adds(name, "cowtop{");
	if (!is_given(&p->labels, "pool"))
		add_label(name, "pool", 4, *p->pool ? p->pool : "unknown");
	if (!is_given(&p->labels, "host") && uname(&host) == 0)
		add_label(name, "host", 4, host.nodename);
	for (size_t i = 0; i < p->labels.n; i++) {
		const char *value = strchr(p->labels.items[i], '=');

		add_label(name, p->labels.items[i], (size_t)(value - p->labels.items[i]), value + 1);
	}
	buf_adds(name, "}");
}

static void make_url(const struct stacks_push *p, const struct stacks *s, struct buf *url)
{
	cleanup(buf_release) struct buf name = { 0 };
	size_t len = strlen(p->url);
	int64_t from = (s->time_ns - s->span_ns) / SECOND, until = s->time_ns / SECOND;

	while (len && p->url[len - 1] == '/')
		len--;
	make_name(p, &name);
	buf_printf(url, "%.*s/ingest?name=", (int)len, p->url);
	http_escape(url, name.data);
	buf_printf(url, "&from=%lld&until=%lld&spyName=cowtop", (long long)from,
		   (long long)(until > from ? until : from + 1));
}

/* ---- the body */

/*
 * A form, as Pyroscope's own agents send it: without sample_type_config older servers forget, silently, what is
 * of types that they do not know (pkg/og/convert/pprof/parser.go, filterKnownSamples()); and with format=pprof in the
 * address a form is taken for a profile. `boundary` stands nowhere in it.
 */
static void make_form(struct buf *form, const char *boundary, const struct buf *profile)
{
	buf_printf(form,
		   "--%s\r\nContent-Disposition: form-data; name=\"sample_type_config\"; "
		   "filename=\"sample_type_config.json\"\r\nContent-Type: application/json\r\n\r\n"
		   "{\"cow_pages\":{\"units\":\"objects\",\"aggregation\":\"sum\"},"
		   "\"cow_space\":{\"units\":\"bytes\",\"aggregation\":\"sum\"}}\r\n",
		   boundary);
	buf_printf(form,
		   "--%s\r\nContent-Disposition: form-data; name=\"profile\"; "
		   "filename=\"profile.pprof\"\r\nContent-Type: application/octet-stream\r\n\r\n",
		   boundary);
	buf_add(form, profile->data, profile->len);
	buf_printf(form, "\r\n--%s--\r\n", boundary);
}

/* By chance: nobody who chooses what is in a profile can put it there. */
static void make_boundary(char ret[33])
{
	unsigned char bytes[16] = { 0 };

	if (getrandom(bytes, sizeof(bytes), 0) < 0)
		memcpy(bytes, "a form of cowtop", sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		ret[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	ret[32] = '\0';
}

static void add_profile(struct stacks_push *p, const struct stacks *s, const struct buf *profile)
{
	cleanup(buf_release) struct buf url = { 0 };
	cleanup(buf_release) struct buf type = { 0 };
	cleanup(buf_release) struct buf form = { 0 };
	char boundary[33];

	make_boundary(boundary);
	make_url(p, s, &url);
	make_form(&form, boundary, profile);
	buf_printf(&type, "multipart/form-data; boundary=%s", boundary);
	push_queue_add(p->queue, url.data, &(struct http_body){ type.data, form.data, form.len });
}

/* ---- what became of them */

static void tell(struct stacks_push *p, const struct push_state *now)
{
	if (now->dropped > p->state.dropped && !p->down) {
		say("--push: a profile is dropped: %s: %s", p->url, now->why);
		p->down = true;
	}
	if (p->down && !now->down && now->sent > p->state.sent) {
		say("--push: %s takes profiles again; %llu dropped so far", p->url,
		    (unsigned long long)(now->dropped + p->oversized));
		p->down = false;
	}
	p->state = *now;
}

void stacks_push_look(void *push)
{
	struct stacks_push *p = push;
	struct push_state now;

	push_queue_look(p->queue, &now);
	tell(p, &now);
}

void stacks_push(void *push)
{
	struct stacks_push *p = push;
	cleanup(stacks_release) struct stacks stacks = { 0 };
	cleanup(stack_report_release) struct stack_report report = { 0 };
	cleanup(buf_release) struct buf profile = { .limit = PROFILE_MOST };

	watch_take(p->watch, &stacks);
	stack_report_make(&stacks, &report);
	if (stacks_pprof(&profile, &report, PPROF_SERIES) && !profile.cut) {
		add_profile(p, &stacks, &profile);
		return;
	}
	if (!p->oversized++)
		say("--push: a profile of more than %zu bytes is dropped", PROFILE_MOST);
}

int stacks_push_end(struct stacks_push *p, struct err *err)
{
	struct push_state now = { 0 };
	unsigned long long dropped;

	stacks_push(p);
	push_queue_end(p->queue, ticks_stopped() ? STOPPED_NS : END_NS, &now);
	p->queue = NULL;
	tell(p, &now);
	dropped = now.dropped + p->oversized;
	if (!now.sent)
		return err_set(err, STATUS_FAILED, "--push: no profile of %llu was taken by %.300s", dropped,
			       p->url);
	say("%llu profile%s pushed to %s, %llu dropped", (unsigned long long)now.sent,
	    now.sent == 1 ? "" : "s", p->url, dropped);
	return 0;
}

void stacks_push_release(struct stacks_push *p)
{
	struct push_state now = { 0 };

	push_queue_end(p->queue, 0, &now);
	p->queue = NULL;
}
