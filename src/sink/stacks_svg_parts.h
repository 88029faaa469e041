#ifndef COWTOP_SINK_STACKS_SVG_PARTS_H
#define COWTOP_SINK_STACKS_SVG_PARTS_H

/* The style sheet and the script of a flame graph; the picture can be read without the script. */
extern const char svg_style[];
/* Colours by the number of the role, class "c0" and so on; what has none follows the roles. */
extern const char svg_roles[];
extern const char svg_script[];

#endif
