#include "cmd/stacks_push.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>
#include "analysis/stack_report.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "find/http.h"
#include "sink/stacks.h"

#define TIMEOUT_NS (3 * SECOND)
#define PAUSE_NS (SECOND / 2)
#define PROFILE_MOST ((size_t)64 << 20)
#define VALUE_MOST 100

int stacks_push_url(void *member, const char *value, struct err *err)
{
	if (strncmp(value, "https:", 6) == 0)
		return err_set(err, STATUS_USAGE,
			       "--push '%.100s': only plain http:// is spoken; a proxy on this machine "
			       "can speak TLS for it",
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

void stacks_push_begin(struct stacks_push *p, const struct run *run, struct watch *watch)
{
	p->watch = watch;
	pool_name(&run->fs, &run->target, p->pool);
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
	buf_printf(url, "&from=%lld&until=%lld&format=pprof&spyName=cowtop", (long long)from,
		   (long long)(until > from ? until : from + 1));
}

/* ---- sending */

/* Would it be the same once more? */
static bool is_final(int status)
{
	return status >= 200 && status < 500 && status != 408 && status != 429;
}

static bool post(const struct stacks_push *p, const char *url, const struct buf *profile, struct buf *why)
{
	const struct http_body body = { "application/octet-stream", profile->data, profile->len };
	int tries = p->last ? 1 : STACKS_PUSH_TRIES, status = 0;

	for (int i = 0; i < tries && !is_final(status); i++) {
		if (i && ticks_pause(clock_now() + PAUSE_NS, NULL, 0) == PAUSE_STOPPED)
			break;
		buf_reset(why);
		status = http_post(url, &body, TIMEOUT_NS, why);
		if (status > 0)
			buf_printf(why, "it answered with status %d", status);
	}
	return status >= 200 && status < 300;
}

static void send_profile(struct stacks_push *p, const struct stacks *s, const struct buf *profile)
{
	cleanup(buf_release) struct buf url = { 0 };
	cleanup(buf_release) struct buf why = { .limit = 200 };

	make_url(p, s, &url);
	if (post(p, url.data, profile, &why)) {
		if (p->down)
			say("--push: %s takes profiles again; %llu dropped so far", p->url,
			    (unsigned long long)p->dropped);
		p->sent++;
		p->down = false;
		return;
	}
	p->dropped++;
	if (!p->down)
		say("--push: a profile is dropped: %s: %s", p->url, why.len ? why.data : "no answer");
	p->down = true;
}

void stacks_push(void *push)
{
	struct stacks_push *p = push;
	cleanup(stacks_release) struct stacks stacks = { 0 };
	cleanup(stack_report_release) struct stack_report report = { 0 };
	cleanup(buf_release) struct buf profile = { .limit = PROFILE_MOST };

	watch_take(p->watch, &stacks);
	stack_report_make(&stacks, &report);
	if (stacks_pprof(&profile, &report) && !profile.cut) {
		send_profile(p, &stacks, &profile);
		return;
	}
	p->dropped++;
	say("--push: a profile of more than %zu bytes is dropped", PROFILE_MOST);
}

int stacks_push_end(struct stacks_push *p, struct err *err)
{
	p->last = ticks_stopped();
	stacks_push(p);
	if (!p->sent)
		return err_set(err, STATUS_FAILED, "--push: no profile of %llu was taken by %.300s",
			       (unsigned long long)p->dropped, p->url);
	say("%llu profile%s pushed to %s, %llu dropped", (unsigned long long)p->sent, p->sent == 1 ? "" : "s",
	    p->url, (unsigned long long)p->dropped);
	return 0;
}
