#ifndef COWTOP_CODEC_FRAME_H
#define COWTOP_CODEC_FRAME_H

/*
 * The frame of a recording (cowtop-record(5)): the head of the file, and the header in front of each
 * record. Both carry checksums of their own, so that a length is believed only when it is sound.
 */
#include "base/err.h"
#include "codec/bytes.h"

#define RECORDING_MAGIC \
	"\x89" \
	"COWTOP\n"
#define RECORDING_VERSION 1
#define RECORDING_FEATURES 0 /* those that this reader knows */
#define HEAD_SIZE 32         /* of its fixed part */
#define HEAD_TEXT_MAX 4096
#define HEAD_SECTIONS_MAX (4 * HEAD_TEXT_MAX)

struct recording_head {
	uint16_t version, minimum; /* written by; readable from */
	uint32_t features;         /* bits that a reader must know */
	uint32_t page_size;
	uint32_t sections; /* bytes of sections behind the fixed part */
	uint32_t crc;      /* of the sections */
	int64_t time_ns, interval_ns;
	char creator[64], target[HEAD_TEXT_MAX];
};

/* Takes page_size, times and texts of `h`; the rest is this version's. */
void recording_head_put(struct buf *out, const struct recording_head *h);
/* The fixed part, HEAD_SIZE bytes or fewer. -1 when it is no recording, or needs a newer reader. A damaged
 * one of this format gives 0 and version 0: then nothing else in `ret` is known. */
int recording_head_take(const void *bytes, size_t len, struct recording_head *ret, struct err *err);
/* The sections; false when they are damaged: they are then left empty. */
bool recording_head_take_sections(const void *bytes, size_t len, struct recording_head *h);

enum record_type {
	RECORD_SAMPLE = 1,
	RECORD_SPACE = 2,
	RECORD_MARK = 3,
	RECORD_INDEX = 4,
	RECORD_END = 5,
	RECORD_STACKS = 6,
};

enum record_flag {
	RECORD_KEY = 1,  /* SAMPLE: decodable alone */
	RECORD_ZSTD = 2, /* the payload is compressed */
};

#define RECORD_SIZE 40 /* of the header */
#define RECORD_MARKER \
	"\xf1" \
	"ctr"
#define RECORD_MARKER_SIZE 4
#define RECORD_PAYLOAD_MAX ((uint32_t)16 << 20)

struct record {
	uint8_t type, flags;
	uint16_t header;  /* bytes up to the payload: RECORD_SIZE, or more in a later version */
	uint32_t payload; /* bytes */
	uint32_t crc;     /* of the payload */
	int64_t time_ns;
	uint64_t index; /* where in the file the last index record before this one is; 0: none */
	/* SAMPLE: since the last key frame, which is 0; SPACE: the pid; STACKS: ms that the span is long */
	uint32_t number;
};

/* Header and payload; `header`, `payload` and `crc` are filled in. */
void record_put(struct buf *out, const struct record *r, const struct buf *payload);
/* A header from RECORD_SIZE bytes; false when it is none. */
bool record_take(const void *bytes, struct record *ret);
/* Bytes of the whole record. */
static inline uint64_t record_span(const struct record *r)
{
	return (uint64_t)r->header + r->payload;
}

#endif
