// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "unit.h"

struct unit_mem unit_mem;

/* Before each block, and as aligned as malloc() itself. */
union header {
	size_t size;
	max_align_t align;
};

void unit_mem_reset(unsigned int fail_at)
{
	unit_mem.calls = 0;
	unit_mem.fail_at = fail_at;
}

static void unit_release(void *p)
{
	if (!p)
		return;
	unit_mem.live--;
	free((union header *)p - 1);
}

static void *unit_resize(void *old, msc_size old_size, msc_size new_size)
{
	union header *block;

	assert_int_equal(old ? ((union header *)old - 1)->size : 0, old_size);
	assert_true(new_size > old_size);
	if (++unit_mem.calls == unit_mem.fail_at)
		return NULL;
	block = malloc(sizeof(*block) + new_size);
	assert_non_null(block);
	block->size = new_size;
	memset(block + 1, 0xa5, new_size);
	unit_mem.live++;
	if (old_size)
		memcpy(block + 1, old, old_size);
	unit_release(old);
	return block + 1;
}

const struct msc_alloc unit_alloc = { .resize = unit_resize, .release = unit_release };

int unit_snapshot_set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_VMAS);
	*state = &s;
	return 0;
}

int unit_snapshot_tear_down(void **state)
{
	msc_snapshot_free(*state);
	msc_snapshot_free(*state);
	return unit_mem.live ? -1 : 0;
}

static void sink_write(struct msc_sink *sink, const char *text, msc_size len)
{
	struct unit_sink *s = (struct unit_sink *)((char *)sink - offsetof(struct unit_sink, sink));

	if (s->len + len >= s->size) {
		s->size = 2 * (s->len + len) + 64;
		s->text = realloc(s->text, s->size);
		assert_non_null(s->text);
	}
	memcpy(s->text + s->len, text, len);
	s->len += len;
	s->text[s->len] = '\0';
}

void unit_sink_init(struct unit_sink *sink)
{
	*sink = (struct unit_sink){ .sink.write = sink_write };
	sink_write(&sink->sink, "", 0);
}

void unit_sink_free(struct unit_sink *sink)
{
	free(sink->text);
}

void unit_sink_clear(struct unit_sink *sink)
{
	sink->len = 0;
	sink->text[0] = '\0';
}

void unit_text_init(struct unit_text *text, msc_u32 sections)
{
	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&text->s, &unit_alloc, sections);
	unit_sink_init(&text->sink);
}

int unit_text_tear_down(void **state)
{
	struct unit_text *text = *state;

	msc_snapshot_free(&text->s);
	unit_sink_free(&text->sink);
	return unit_mem.live ? -1 : 0;
}

uint64_t unit_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

void unit_begin_in_time(void)
{
	alarm(30);
}

void unit_end_in_time(void)
{
	alarm(0);
}
