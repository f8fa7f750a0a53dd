// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../module/core/facts_text.h"
#include "../module/core/format.h"
#include "reader_ksm.h"
#include "reader_records.h"
#include "reader_values.h"

static void *resize(void *old, msc_size old_size, msc_size new_size)
{
	(void)old_size;
	return realloc(old, new_size);
}

const struct msc_alloc msc_reader_alloc = { .resize = resize, .release = free };

/* The sections that the report says it shows; of unknown ones the lines are unknown, too. */
static msc_u32 read_sections(struct msc_reader *r)
{
	const char *text = msc_reader_text(r, MSC_K_SECTIONS), *name;
	msc_u32 shown = 0, bit;
	size_t len;

	for (; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		for (bit = 1; bit & MSC_SECTION_ALL; bit <<= 1) {
			name = msc_section_name(bit);
			if (strlen(name) == len && !memcmp(name, text, len))
				shown |= bit;
		}
	}
	return shown;
}

static void read_header(struct msc_reader *r)
{
	struct msc_facts *facts = &r->s->facts;
	msc_u32 format = msc_reader_u32(r, MSC_K_FORMAT);
	const char *rules;

	if (format != MSC_FORMAT)
		msc_reader_fail(r, "format=%u, expected %d: what wrote it is %s", format,
				MSC_FORMAT,
				format > MSC_FORMAT ? "newer than this command" : "unknown");
	msc_reader_copy(r, MSC_K_KERNEL, facts->release, sizeof(facts->release));
	/* A pointer only once no string can move any more. */
	rules = msc_reader_text(r, MSC_K_RULES);
	r->merge_rules = msc_snapshot_add_string(r->s, rules, strlen(rules));
	facts->merge_rules_known = msc_reader_bool(r, MSC_K_RULES_KNOWN);
	r->shown = read_sections(r);
	facts->pointers = msc_reader_bool(r, MSC_K_POINTERS);
	facts->deep = msc_reader_bool(r, MSC_K_DEEP);
	if (!(r->shown & MSC_SECTION_VMAS))
		msc_reader_fail(r, "sections=%.60s, expected vmas among them: save the file report",
				msc_reader_text(r, MSC_K_SECTIONS));
}

static void read_process(struct msc_reader *r)
{
	struct msc_target *target = &r->s->target;

	target->pid = (msc_s32)msc_reader_dec(r, MSC_K_PID, INT32_MAX);
	msc_reader_copy(r, MSC_K_COMM, target->comm, sizeof(target->comm));
	r->s->facts.merge_any = !msc_reader_is(r, MSC_K_MERGE_ANY, "absent");
	if (r->s->facts.merge_any)
		target->merge_any = msc_reader_bool(r, MSC_K_MERGE_ANY);
	target->mergeable = msc_reader_bool(r, MSC_K_MERGEABLE);
	target->map_count = msc_reader_u64(r, MSC_K_MAP_COUNT);
	r->announced = msc_reader_u32(r, MSC_K_VMAS);
	target->total_vm = msc_reader_u64(r, MSC_K_TOTAL_VM);
	target->data_vm = msc_reader_u64(r, MSC_K_DATA_VM);
	target->exec_vm = msc_reader_u64(r, MSC_K_EXEC_VM);
	target->stack_vm = msc_reader_u64(r, MSC_K_STACK_VM);
	target->shared_lock = msc_reader_bool(r, MSC_K_SHARED_LOCK);
}

static void read_lock(struct msc_reader *r)
{
	struct msc_lock_stats *lock = &r->s->lock;

	lock->torn = msc_reader_u32(r, MSC_K_TORN);
	lock->let_go = msc_reader_u32(r, MSC_K_LET_GO);
	lock->retries = msc_reader_u32(r, MSC_K_RETRIES);
	lock->held_us = msc_reader_u64(r, MSC_K_HELD_US);
	lock->longest_us = msc_reader_u64(r, MSC_K_LONGEST_US);
}

static void read_rules(struct msc_reader *r)
{
	struct msc_facts *facts = &r->s->facts;

	facts->merge.ignored_flags = msc_reader_flags(r, MSC_K_IGNORED_FLAGS, false);
	facts->merge.close_blocks_target = msc_reader_is(r, MSC_K_CLOSE_BLOCKS, "target");
	if (!facts->merge.close_blocks_target && !msc_reader_is(r, MSC_K_CLOSE_BLOCKS, "source"))
		msc_reader_fail(r, "rules: close_blocks=%.60s, expected target or source",
				msc_reader_text(r, MSC_K_CLOSE_BLOCKS));
	facts->merge.unfaulted_adopts = msc_reader_bool(r, MSC_K_UNFAULTED_ADOPTS);
	facts->anon_pgoff = msc_reader_bool(r, MSC_K_ANON_PGOFF);
	facts->merge.anon_pgoff = facts->anon_pgoff;
	facts->lock_seq = msc_reader_bool(r, MSC_K_LOCK_SEQ);
	facts->ksm_flag_early = msc_reader_bool(r, MSC_K_KSM_FLAG_EARLY);
	facts->swap_cache = msc_reader_bool(r, MSC_K_SWAP_CACHE);
	facts->ksm_excluded = msc_reader_flags(r, MSC_K_KSM_EXCLUDED, false);
	facts->sizes.vma = msc_reader_u32(r, MSC_K_VMA_BYTES);
	facts->sizes.anon_vma = msc_reader_u32(r, MSC_K_ANON_VMA_BYTES);
	facts->sizes.avc = msc_reader_u32(r, MSC_K_AVC_BYTES);
}

static void read_end(struct msc_reader *r)
{
	msc_u32 vmas = msc_reader_u32(r, MSC_K_VMAS);

	r->s->end_bits = (msc_u8)msc_reader_place(r);
	if (r->s->nr_vmas != vmas || r->s->nr_vmas != r->announced)
		msc_reader_fail(r, "%u vma lines, expected %u: lines are missing, or too many",
				r->s->nr_vmas, r->announced);
}

/*
 * The lines with records. The first ones come once each, and all of them, the last at the end; the
 * others in this order, and only in their section: what a line refers to has come before it.
 */
static const struct {
	const char *word;
	msc_u32 section;	/* MSC_SECTION_*, any of them; 0: always */
	void (*read)(struct msc_reader *r);
} lines[] = {
	{ MSC_L_HEADER, 0, read_header },
	{ MSC_L_PROCESS, 0, read_process },
	{ MSC_L_LOCK, 0, read_lock },
	{ MSC_L_RULES, 0, read_rules },
	{ MSC_L_END, 0, read_end },
#define NR_ONCE 5u
	{ MSC_L_POLICY, MSC_SECTION_VMAS, msc_reader_policy },
	{ MSC_L_FILE, MSC_SECTION_VMAS, msc_reader_file },
	{ MSC_L_VMA, MSC_SECTION_VMAS, msc_reader_vma },
	{ MSC_L_ANON_VMA, MSC_SECTION_ANON_VMAS, msc_reader_anon_vma },
	{ MSC_L_AVC, MSC_SECTION_ANON_VMAS, msc_reader_avc },
	{ MSC_L_RUN, MSC_SECTION_FOLIOS, msc_reader_run },
	{ MSC_L_KSM, MSC_SECTION_CHECK | MSC_SECTION_KSM, msc_reader_ksm },
	{ MSC_L_NODE, MSC_SECTION_KSM, msc_reader_node },
	{ MSC_L_ITEM, MSC_SECTION_KSM, msc_reader_item },
	{ MSC_L_KSM_PAGE, MSC_SECTION_KSM, msc_reader_ksm_page },
	{ MSC_L_FOUND, MSC_SECTION_KSM, msc_reader_found },
	{ MSC_L_RELOCATION, MSC_SECTION_WHATIF, msc_reader_relocation },
};


/* More than any line of a report has: its names are a path's at most, quoted. */
#define MAX_LINE (1 << 22)

#define SEEN_HEADER 1u
#define SEEN_ALL_BUT_END ((1u << (NR_ONCE - 1)) - 1)
#define SEEN_ALL ((1u << NR_ONCE) - 1)

/* May line @index of the table, which comes many times, come behind the last such one? */
static void check_section(struct msc_reader *r, unsigned int index)
{
	/* Each line ksm_page has its own lines found behind it. */
	bool next_page = lines[index].read == msc_reader_ksm_page &&
			 lines[r->last].read == msc_reader_found;
	const msc_u32 section = lines[index].section;
	const char *word = lines[index].word;

	if (!(r->shown & section))
		msc_reader_fail(r, "a line %s, expected none: sections= is without %s", word,
				msc_section_name(section & -section));
	else if (index < r->last && !next_page)
		msc_reader_fail(r, "a line %s, expected it before the lines %s", word,
				lines[r->last].word);
	else if (index == r->last && lines[index].read == msc_reader_ksm)
		msc_reader_fail(r, "a second line %s, expected one", word);
	r->last = index;
}

/* May line @index of the table come now? */
static void check_order(struct msc_reader *r, unsigned int index)
{
	const char *word = lines[index].word;

	if (r->seen == SEEN_ALL)
		msc_reader_fail(r, "a line %s behind the end, expected nothing", word);
	else if (index < NR_ONCE && (r->seen & (1u << index)))
		msc_reader_fail(r, "a second line %s, expected one", word);
	else if ((index >= NR_ONCE || index == NR_ONCE - 1) && r->seen != SEEN_ALL_BUT_END)
		msc_reader_fail(r, "a line %s, expected process, lock and rules first", word);
	else if (index >= NR_ONCE)
		check_section(r, index);
	if (index < NR_ONCE)
		r->seen |= 1u << index;
}

static void read_fields(struct msc_reader *r)
{
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(lines); i++) {
		if (strcmp(r->line.word, lines[i].word))
			continue;
		check_order(r, i);
		if (!r->failed)
			lines[i].read(r);
		return;
	}
}

static void split(struct msc_reader *r, char *text)
{
	const char *at = text;

	switch (msc_line_split(&r->line, text, &at)) {
	case MSC_LINE_OK:
		break;
	case MSC_LINE_NO_KEY:
		msc_reader_fail(r, "%.60s: no field, expected key=value", at);
		break;
	case MSC_LINE_OPEN_QUOTE:
		msc_reader_fail(r, "%.60s: a quote is open, expected another one", at);
		break;
	case MSC_LINE_NOMEM:
		msc_reader_fail(r, "no memory for so long a line");
		break;
	}
}

bool msc_reader_begins(const char *text, size_t len)
{
	static const char word[] = MSC_L_HEADER " ";

	return !memcmp(text, word, len < sizeof(word) - 1 ? len : sizeof(word) - 1);
}

static void read_line(struct msc_reader *r, char *text, size_t len)
{
	r->number++;
	if (r->number == 1 && !msc_reader_begins(text, len)) {
		msc_reader_fail(r, "no report, expected a line that begins with " MSC_L_HEADER);
		return;
	}
	if (len == MAX_LINE) {
		msc_reader_fail(r, "a line of %d bytes or more, expected a report's", MAX_LINE);
		return;
	}
	if (text[len - 1] != '\n') {
		msc_reader_fail(r, "the line has no end, expected a whole report: it was cut off");
		return;
	}
	if (len > 1 && text[len - 2] == '\r') {
		msc_reader_fail(r, "a carriage return, expected the line ends of a report");
		return;
	}
	text[len - 1] = '\0';
	if (strlen(text) != len - 1) {
		msc_reader_fail(r, "a NUL byte, expected text");
		return;
	}
	split(r, text);
	if (!r->failed)
		read_fields(r);
}

/* The next line with its end, or what there is of it: MAX_LINE bytes at most; 0 behind the last. */
static size_t next_line(FILE *in, char *text)
{
	size_t len = 0;
	int c = 0;

	while (len < MAX_LINE && c != '\n' && (c = getc_unlocked(in)) != EOF)
		text[len++] = (char)c;
	return len;
}

static void read_lines(struct msc_reader *r, FILE *in)
{
	char *text = malloc(MAX_LINE);
	size_t len;

	if (!text) {
		msc_reader_fail(r, "no memory for a line");
		return;
	}
	errno = 0;
	while (!r->failed && (len = next_line(in, text)))
		read_line(r, text, len);
	if (!r->failed && !feof(in))
		msc_reader_fail(r, "cannot be read further: %s", strerror(errno));
	if (!r->failed && !r->number)
		msc_reader_fail(r, "empty, expected a report");
	if (r->seen != SEEN_ALL)
		msc_reader_fail(r, "no end, expected a line end: the report was cut off");
	free(text);
}

static void finish(struct msc_reader *r)
{
	struct msc_snapshot *s = r->s;

	if (!msc_reader_ksm_finish(r))
		return;
	msc_reader_link(r);
	s->shown = r->shown;
	s->sections = r->shown & MSC_SECTION_CHECK ? MSC_SECTION_ALL : r->shown;
	s->facts.merge_rules = msc_snapshot_string(s, r->merge_rules);
	if (r->ksm_off)
		s->facts.ksm_off = msc_snapshot_string(s, r->ksm_off);
	if ((s->shown & MSC_SECTION_WHATIF) && msc_whatif_work_out(s))
		msc_reader_fail(r, "no memory for so large a report");
}

int msc_reader_read(FILE *in, struct msc_snapshot *s, struct msc_reader_error *error)
{
	struct msc_reader r = { .s = s, .error = error };

	/* Until the report has said what it holds: room for everything. */
	s->sections = MSC_SECTION_ALL;
	if (msc_snapshot_reserve(s, 0))
		msc_reader_fail(&r, "no memory for a report");
	else
		read_lines(&r, in);
	if (!r.failed)
		finish(&r);
	msc_line_free(&r.line);
	free(r.ids.slots);
	free(r.addresses);
	return r.failed ? -1 : 0;
}
