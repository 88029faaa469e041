#ifndef COWTOP_SINK_JSON_STORY_H
#define COWTOP_SINK_JSON_STORY_H

/* What the documents of a report and of a comparison have in common. */
#include "model/story.h"
#include "sink/json_build.h"

void json_spread(cJSON *to, const char *key, const struct spread *s);
/* What a recording is of. */
void json_recording(cJSON *to, const struct story *s);

#endif
