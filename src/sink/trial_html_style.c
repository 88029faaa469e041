#include <stdio.h>
#include "sink/trial_html_parts.h"

#define COLOURS 6
#define DASHES 4 /* besides the unbroken line, which is the baseline's */

/* Six colours that are told apart with the common kinds of colour blindness by their lightness, too; the baseline is
 * that of the text. Dashes go round in another step, so that a colour comes again with others. */
const char trial_style[] =
	":root{--v0:#1c2026;--v1:#1f6fb4;--v2:#d4691e;--v3:#12866a;--v4:#8a4fb0;--v5:#917400;--v6:#c23a6b}\n"
	"@media(prefers-color-scheme:dark){:root{--v0:#e8e6e1;--v1:#5aa9ea;--v2:#f08c4a;--v3:#3fc39b;--v4:#bf8ee6;"
	"--v5:#dcc04a;--v6:#f27aa3}}\n"
	"header,summary{overflow-wrap:anywhere}\n"
	"p.lead{font-size:18px;line-height:1.4;margin:10px 0 0;font-weight:600}\n"
	".tile small{overflow-wrap:anywhere}\n"
	"b.key{display:inline-block;min-width:18px;height:18px;padding:0 4px;border-radius:9px;background:var(--c);"
	"color:var(--card);font-size:11px;line-height:18px;text-align:center;font-weight:650}\n"
	".k0{--c:var(--v0)}.k1{--c:var(--v1)}.k2{--c:var(--v2)}.k3{--c:var(--v3)}.k4{--c:var(--v4)}"
	".k5{--c:var(--v5)}.k6{--c:var(--v6)}\n"
	"svg .v,svg .run{fill:none;stroke:var(--c);stroke-width:2.5;vector-effect:non-scaling-stroke;"
	"stroke-linejoin:round}\n"
	"svg .run{stroke-width:1;opacity:.4}\n"
	"svg .v.d1{stroke-dasharray:9 4}svg .v.d2{stroke-dasharray:2 3}svg .v.d3{stroke-dasharray:11 3 2 3}"
	"svg .v.d4{stroke-dasharray:4 4}\n"
	"ul.lines{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 10px;padding:0;font-size:13px;"
	"overflow-wrap:anywhere}\n"
	"ul.lines svg{display:inline-block;width:34px;height:10px;margin:0 6px 0 4px}\n"
	".curves .plot{margin-right:30px;margin-bottom:30px}\n"
	".ends b.key{position:absolute;transform:translate(5px,-50%)}\n"
	"em.void{font-style:normal;font-weight:600;color:var(--bad);border:1px solid var(--bad);border-radius:4px;"
	"padding:0 5px;font-size:12px;white-space:nowrap}\n"
	"tr.void td{color:var(--soft)}td small{display:block;font-size:11.5px;color:var(--soft);line-height:1.2}\n"
	".variants :is(th,td){padding-right:8px}"
	"td.good small,td.bad small{color:inherit}td.word{text-align:left}\n"
	"dl.shown{margin:4px 0 0}dl.shown dt{font-weight:600;margin-top:8px;overflow-wrap:anywhere}"
	"dl.shown dd{margin:0 0 0 26px;overflow-wrap:anywhere}\n"
	"details{margin-top:8px}summary{cursor:pointer}\n"
	".ranges{display:grid;grid-template-columns:fit-content(34%) minmax(120px,1fr) fit-content(34%);gap:0 14px;"
	"font-size:13px;overflow-wrap:anywhere}\n"
	".ranges .name,.ranges .said{padding:5px 0;align-self:center}\n"
	".ranges svg{display:block;width:100%;height:100%;min-height:34px;overflow:visible}\n"
	".ranges .said{font-weight:600}.ranges .said.good{color:var(--good)}.ranges .said.bad{color:var(--bad)}"
	".ranges .said small{font-weight:400;color:var(--soft);display:block;font-size:12px;line-height:1.3}\n"
	".ranges .ticks{position:relative;height:26px}.ranges .ticks span{top:2px}\n"
	"svg .zero{stroke:var(--ink);stroke-width:1;fill:none;vector-effect:non-scaling-stroke}\n"
	"svg .ci,svg .cap,svg .at{fill:none;stroke:var(--soft);vector-effect:non-scaling-stroke}\n"
	"svg .ci{stroke-width:7;opacity:.35}svg .cap{stroke-width:1.5}svg .at{stroke-width:3}\n"
	"svg .good{stroke:var(--good)}svg .bad{stroke:var(--bad)}svg .open{stroke-dasharray:4 3}\n"
	"@media(max-width:720px){.ranges{grid-template-columns:1fr 1fr;grid-auto-flow:row dense}"
	".ranges .name{grid-column:1}.ranges .said{grid-column:2}.ranges svg,.ranges .ticks{grid-column:1/3}"
	".ranges .ticks span:first-child{transform:none}.ranges .ticks span:last-child{transform:translateX(-100%)}}\n";

static size_t colour(size_t i)
{
	return i ? (i - 1) % COLOURS + 1 : 0;
}

void trial_key(struct buf *out, size_t i)
{
	buf_printf(out, "<b class=\"key k%zu\">%zu</b>", colour(i), i);
}

char *trial_line(char out[static TRIAL_LINE], size_t i)
{
	snprintf(out, TRIAL_LINE, "v k%zu d%zu", colour(i), i ? (i - 1 + (i - 1) / COLOURS) % DASHES + 1 : 0);
	return out;
}
