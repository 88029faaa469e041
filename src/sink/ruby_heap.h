#ifndef COWTOP_SINK_RUBY_HEAP_H
#define COWTOP_SINK_RUBY_HEAP_H

/*
 * How old a Ruby's objects are, page by page (model/ruby_heap.h) -> text, and the member "ruby" of a JSON document
 * (cowtop-why(1)): null for a process that is no Ruby, which has no text.
 */
#include "model/ruby_heap.h"
#include "sink/json_build.h"

void json_ruby(cJSON *to, const struct ruby_heap_facts *f, uint64_t page_size);
void text_ruby(struct buf *out, const struct ruby_heap_facts *f, uint64_t page_size, size_t columns);

#endif
