#ifndef COWTOP_SINK_HTML_STYLE_H
#define COWTOP_SINK_HTML_STYLE_H

/* The style sheet of every page. */
extern const char html_style[];

#endif
