// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../module/core/facts_text.h"
#include "../module/core/format.h"
#include "../module/core/index.h"
#include "../module/core/report.h"
#include "../module/core/run_text.h"
#include "reader_records.h"

/* Of a folio: no more pages than fit into 64 bits. */
#define MAX_ORDER 51

bool msc_reader_make_room(struct msc_reader *r)
{
	if (!msc_snapshot_has_room(r->s) &&
	    (msc_snapshot_reserve(r->s, 0) || !msc_snapshot_has_room(r->s)))
		msc_reader_fail(r, "no memory for so large a report");
	return !r->failed;
}

/* Cookies: the addresses that pointers=1 shows, ids where it does not. */

static void grow_ids(struct msc_reader *r)
{
	struct msc_map grown = { .max = r->ids.max ? 2 * r->ids.max : 1024 };
	msc_u64 *addresses = realloc(r->addresses, grown.max * sizeof(*addresses));

	if (addresses)
		r->addresses = addresses;
	grown.slots = malloc(grown.max * sizeof(*grown.slots));
	if (!addresses || !grown.slots) {
		msc_reader_fail(r, "no memory for so large a report");
		free(grown.slots);
		return;
	}
	msc_map_clear(&grown);
	msc_map_move(&grown, &r->ids);
	free(r->ids.slots);
	r->ids = grown;
}

/* Anon_vma @id is at the address in @key, if addresses are shown. */
static void learn_address(struct msc_reader *r, msc_u32 id, const char *key)
{
	msc_u64 address = msc_reader_object(r, key, id);

	if (r->failed || !r->s->facts.pointers || !id || msc_map_find(&r->ids, id))
		return;
	if (!msc_map_has_room(&r->ids))
		grow_ids(r);
	if (r->failed)
		return;
	r->addresses[r->nr_addresses] = address;
	msc_map_add(&r->ids, id, r->nr_addresses++);
}

msc_u64 msc_reader_cookie(const struct msc_reader *r, msc_u32 id)
{
	const msc_u32 *index = id ? msc_map_find(&r->ids, id) : NULL;

	return index ? r->addresses[*index] : id;
}

void msc_reader_next_id(struct msc_reader *r, char letter, msc_u32 nr)
{
	msc_u32 number = msc_reader_id(r, MSC_K_ID, letter);

	if (number != nr + 1)
		msc_reader_fail(r, "%s: id=%c%u, expected %c%u", r->line.word, letter, number,
				letter, nr + 1);
}

static msc_u16 read_mode(struct msc_reader *r)
{
	const char *text = msc_reader_text(r, MSC_K_MODE), *name;
	unsigned int mode;

	for (mode = 0; (name = msc_policy_mode_name(mode)); mode++) {
		if (!strcmp(text, name))
			return (msc_u16)mode;
	}
	return (msc_u16)msc_reader_dec(r, MSC_K_MODE, UINT16_MAX);
}

/* "0-1,4" as bits. */
static void read_nodes(struct msc_reader *r, const char *key, msc_u64 *nodes)
{
	const char *text = msc_reader_text(r, key);
	unsigned long node, last;
	char *end;

	if (!strcmp(text, "-"))
		return;
	for (; !r->failed; text = end + 1) {
		last = node = strtoul(text, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (end == text || (*end && *end != ',') || node > last ||
		    last >= 64 * MSC_NODE_WORDS)
			msc_reader_fail(r, "%s: %s=%.60s, expected nodes like 0-1,4 below %d",
					r->line.word, key, msc_reader_text(r, key),
					64 * MSC_NODE_WORDS);
		for (; !r->failed && node <= last; node++)
			nodes[node / 64] |= MSC_BIT(node % 64);
		if (!*end)
			return;
	}
}

void msc_reader_policy(struct msc_reader *r)
{
	struct msc_policy policy = { .home_node = -1 };

	if (!msc_reader_make_room(r))
		return;
	msc_reader_next_id(r, 'p', r->s->nr_policies);
	policy.mode = read_mode(r);
	policy.flags = (msc_u16)msc_reader_hex(r, MSC_K_MODE_FLAGS);
	read_nodes(r, MSC_K_NODES, policy.nodes);
	read_nodes(r, MSC_K_USER_NODES, policy.user_nodes);
	if (!msc_reader_is(r, MSC_K_HOME_NODE, "-"))
		policy.home_node = (msc_s32)msc_reader_dec(r, MSC_K_HOME_NODE, INT32_MAX);
	if (!r->failed)
		msc_snapshot_push_policy(r->s, &policy);
}

void msc_reader_file(struct msc_reader *r)
{
	struct msc_file file = {};

	if (!msc_reader_make_room(r))
		return;
	msc_reader_next_id(r, 'f', r->s->nr_files);
	file.bits = (msc_u8)((msc_reader_bool(r, MSC_K_SHMEM) ? MSC_FILE_SHMEM : 0) |
			     (msc_reader_bool(r, MSC_K_DAX) ? MSC_FILE_DAX : 0) |
			     (msc_reader_bool(r, MSC_K_FLAGS_EARLY) ? MSC_FILE_FLAGS_EARLY : 0));
	file.path_cut = msc_reader_is(r, MSC_K_PATH, "?");
	if (!file.path_cut)
		file.path = msc_reader_string(r, MSC_K_PATH);
	file.cookie = msc_reader_object(r, MSC_K_PTR_FILE, r->s->nr_files + 1);
	if (!r->failed && msc_snapshot_find_file(r->s, file.cookie))
		msc_reader_fail(r, "file: the address of another one, expected each once");
	if (!r->failed)
		msc_snapshot_add_file(r->s, &file);
}

/* What put_mapping() of core's report.c writes. */
static void read_mapping(struct msc_reader *r, struct msc_vma *vma)
{
	vma->start = msc_reader_hex(r, MSC_K_START);
	vma->end = msc_reader_hex(r, MSC_K_END);
	vma->pgoff = msc_reader_hex(r, MSC_K_PGOFF);
	if (r->s->facts.anon_pgoff)
		vma->anon_pgoff = msc_reader_hex(r, MSC_K_ANON_PGOFF);
	vma->flags = msc_reader_flags(r, MSC_K_FLAGS, true) & ~MSC_VM_PKEY;
	vma->other_flags = msc_reader_hex_or_0(r, MSC_K_OTHER_FLAGS);
	vma->flags |= msc_reader_dec(r, MSC_K_PKEY, 15) << MSC_VMFLAG_P0;
	vma->kind = (msc_u8)msc_reader_word(r, MSC_K_KIND, MSC_NR_KINDS, msc_kind_name);
	if (msc_reader_is(r, MSC_K_NAME, "?"))
		vma->bits |= MSC_VMA_NAME_CUT;
	else
		vma->name = msc_reader_string(r, MSC_K_NAME);
	if (msc_reader_has(r, MSC_K_ANON_NAME))
		vma->anon_name = msc_reader_string(r, MSC_K_ANON_NAME);
}

/* What put_objects() writes, and put_pointers(). */
static void read_objects(struct msc_reader *r, struct msc_vma *vma)
{
	vma->anon_vma_id = msc_reader_id(r, MSC_K_ANON_VMA, 'a');
	vma->anon_root_id = msc_reader_id(r, MSC_K_ROOT, 'a');
	if (!vma->anon_vma_id != !vma->anon_root_id)
		msc_reader_fail(r, "vma with one of anon_vma and root, expected both or none");
	vma->avcs = msc_reader_u32(r, MSC_K_AVCS);
	vma->file = msc_reader_known_id(r, MSC_K_FILE, 'f', r->s->nr_files);
	vma->policy = msc_reader_known_id(r, MSC_K_POLICY, 'p', r->s->nr_policies);
	vma->uffd_id = msc_reader_id(r, MSC_K_UFFD, 'u');
	if (msc_reader_bool(r, MSC_K_CLOSE))
		vma->bits |= MSC_VMA_CLOSE;
	vma->bits |= (msc_u8)msc_reader_place(r);

	vma->self = msc_reader_object(r, MSC_K_PTR_VMA, r->s->nr_vmas);
	learn_address(r, vma->anon_vma_id, MSC_K_PTR_ANON_VMA);
	learn_address(r, vma->anon_root_id, MSC_K_PTR_ROOT);
	vma->anon_vma = msc_reader_cookie(r, vma->anon_vma_id);
	vma->anon_root = msc_reader_cookie(r, vma->anon_root_id);
	vma->uffd = msc_reader_object(r, MSC_K_PTR_UFFD, vma->uffd_id);
}

void msc_reader_vma(struct msc_reader *r)
{
	struct msc_vma *vma;

	if (!msc_reader_make_room(r))
		return;
	vma = msc_snapshot_add_vma(r->s);
	read_mapping(r, vma);
	read_objects(r, vma);
}

/* "unknown" if the tree was too large to be walked. */
static msc_u32 read_count(struct msc_reader *r, const char *key, bool known)
{
	return known ? msc_reader_u32(r, key) : 0;
}

void msc_reader_anon_vma(struct msc_reader *r)
{
	struct msc_anon_vma record = {};

	record.id = msc_reader_id(r, MSC_K_ID, 'a');
	record.root_id = msc_reader_id(r, MSC_K_ROOT, 'a');
	record.parent_id = msc_reader_id(r, MSC_K_PARENT, 'a');
	record.refcount = msc_reader_u32(r, MSC_K_REFCOUNT);
	record.children = msc_reader_u32(r, MSC_K_CHILDREN);
	record.active = msc_reader_u32(r, MSC_K_ACTIVE);
	record.counted = !msc_reader_is(r, MSC_K_FOUND_CHILDREN, "unknown");
	record.found_children = read_count(r, MSC_K_FOUND_CHILDREN, record.counted);
	record.found_active = read_count(r, MSC_K_FOUND_ACTIVE, record.counted);
	record.partial = msc_reader_is(r, MSC_K_HERE, "unknown");
	record.avcs_here = read_count(r, MSC_K_HERE, !record.partial);
	record.avcs_elsewhere = read_count(r, MSC_K_ELSEWHERE, !record.partial);
	learn_address(r, record.id, MSC_K_PTR_ANON_VMA);
	record.self = msc_reader_cookie(r, record.id);
	if (!r->failed && (!record.id || msc_snapshot_find_anon_vma(r->s, record.self)))
		msc_reader_fail(r, "anon_vma: id=a%u, expected an id of its own", record.id);
	if (!r->failed && !msc_snapshot_add_anon_vma(r->s, &record) && msc_reader_make_room(r))
		msc_snapshot_add_anon_vma(r->s, &record);
}

void msc_reader_link(struct msc_reader *r)
{
	struct msc_snapshot *s = r->s;
	const struct msc_anon_vma *record;
	struct msc_anon_vma *anon_vma;
	struct msc_avc *avc;

	for (anon_vma = s->anon_vmas; anon_vma < s->anon_vmas + s->nr_anon_vmas; anon_vma++) {
		anon_vma->root = msc_reader_cookie(r, anon_vma->root_id);
		anon_vma->parent = msc_reader_cookie(r, anon_vma->parent_id);
	}
	for (avc = s->avcs; avc < s->avcs + s->nr_avcs; avc++) {
		record = msc_anon_vma_of_cookie(s, avc->anon_vma);
		if (record && !avc->root_id)
			avc->root_id = record->root_id;
		if (record && !avc->parent_id)
			avc->parent_id = record->parent_id;
		avc->root = msc_reader_cookie(r, avc->root_id);
		avc->parent = msc_reader_cookie(r, avc->parent_id);
	}
	msc_snapshot_link(s);
}

/* The VMA of a line: of which @start is the start, if @is_start, else which holds it. */
static bool find_vma(struct msc_reader *r, msc_u32 *vma, const char *key, msc_u64 start,
		     bool is_start)
{
	const struct msc_snapshot *s = r->s;
	msc_u64 nth = msc_reader_has(r, MSC_K_NTH) ? msc_reader_u32(r, MSC_K_NTH) : 0;

	for (; !r->failed && *vma < s->nr_vmas; ++*vma) {
		const struct msc_vma *at = &s->vmas[*vma];

		if ((is_start ? at->start == start : at->start <= start && start < at->end) &&
		    msc_vma_nth(s, *vma, start) == nth)
			return true;
	}
	msc_reader_fail(r, "%s: %s=0x%llx is no VMA's, expected the order of the vma lines",
			r->line.word, key, (unsigned long long)start);
	return false;
}

bool msc_reader_find_vma(struct msc_reader *r, msc_u32 *vma, const char *key, msc_u64 addr)
{
	return find_vma(r, vma, key, addr, false);
}

static msc_u8 read_link(struct msc_reader *r)
{
	static const struct {
		const char *name;
		msc_u8 bits;
	} links[] = {
		{ "linked", MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_FOUND | MSC_AVC_CACHED },
		{ "cached-range", MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_FOUND },
		{ "not-found", MSC_AVC_BACK | MSC_AVC_SEARCHED },
		{ "unknown", MSC_AVC_BACK },
		{ "other-vma", 0 },
	};
	const char *text = msc_reader_text(r, MSC_K_LINK);
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(links); i++) {
		if (!strcmp(text, links[i].name))
			return links[i].bits;
	}
	msc_reader_fail(r, "avc: link=%.60s, expected linked, cached-range, not-found, unknown or "
			"other-vma", text);
	return 0;
}

/* The cookie of the VMA that an AVC points to: @avc's own, or the one that the line names. */
static msc_u64 read_of(struct msc_reader *r, const struct msc_avc *avc)
{
	const struct msc_snapshot *s = r->s;
	const struct msc_vma *vma;
	msc_u64 start;

	if (avc->bits & MSC_AVC_BACK)
		return s->vmas[avc->vma].self;
	if (msc_reader_is(r, MSC_K_OF, "-"))
		return 0;
	start = msc_reader_hex(r, MSC_K_OF);
	for (vma = s->vmas; vma < s->vmas + s->nr_vmas; vma++) {
		if (vma->start == start)
			return vma->self;
	}
	msc_reader_fail(r, "avc: of=0x%llx is no VMA's, expected where one begins",
			(unsigned long long)start);
	return 0;
}

/* 0 if it is not there: then msc_reader_link() takes what the anon_vma's line has. */
static msc_u32 read_origin(struct msc_reader *r, const char *key)
{
	msc_u32 id;

	if (!msc_reader_has(r, key))
		return 0;
	id = msc_reader_id(r, key, 'a');
	if (!id && !r->failed)
		msc_reader_fail(r, "avc: %s=-, expected a and a number from 1 on", key);
	return id;
}

void msc_reader_avc(struct msc_reader *r)
{
	struct msc_avc *avc;

	if (!find_vma(r, &r->avc_vma, MSC_K_START, msc_reader_hex(r, MSC_K_START), true))
		return;
	avc = msc_snapshot_add_avc(r->s);
	if (!avc && msc_reader_make_room(r))
		avc = msc_snapshot_add_avc(r->s);
	if (!avc)
		return;
	avc->vma = r->avc_vma;
	avc->anon_vma_id = msc_reader_id(r, MSC_K_ANON_VMA, 'a');
	avc->anon_vma = msc_reader_cookie(r, avc->anon_vma_id);
	avc->root_id = read_origin(r, MSC_K_ROOT);
	avc->parent_id = read_origin(r, MSC_K_PARENT);
	avc->first = msc_reader_hex(r, MSC_K_FIRST);
	avc->last = msc_reader_hex(r, MSC_K_LAST);
	avc->subtree_last = msc_reader_hex(r, MSC_K_SUBTREE_LAST);
	avc->bits = read_link(r);
	avc->of = read_of(r, avc);
	avc->self = msc_reader_object(r, MSC_K_PTR_AVC, r->s->nr_avcs);
}

/* "match", "+2", "-1"; "-" where an index means nothing. */
static msc_u64 read_delta(struct msc_reader *r, msc_u8 state)
{
	char *text = msc_reader_text(r, MSC_K_INDEX), *end = text;
	msc_u64 delta = 0;

	if (state != MSC_PAGE_ANON && state != MSC_PAGE_SWAP_CACHED)
		return 0;
	/* KSM's folios in the swap cache, and those that nobody has mapped yet, have none. */
	if (!strcmp(text, "match") || (state == MSC_PAGE_SWAP_CACHED && !strcmp(text, "-")))
		return 0;
	if ((*text == '+' || *text == '-') && text[1] >= '0' && text[1] <= '9')
		delta = strtoull(text + 1, &end, 10);
	if (end == text || *end)
		msc_reader_fail(r, "run: index=%.60s, expected match, or pages like +2", text);
	return *text == '-' ? -delta : delta;
}

static msc_u32 page_bit(const char *name, size_t len)
{
	const char *known;
	unsigned int i;
	msc_u32 bit;

	for (i = 0; (known = msc_page_bit_name(i, &bit)); i++) {
		if (strlen(known) == len && !memcmp(known, name, len))
			return bit;
	}
	return 0;
}

static msc_u32 read_bits(struct msc_reader *r)
{
	const char *text = msc_reader_text(r, MSC_K_BITS);
	msc_u32 bits = 0, bit;
	size_t len;

	if (!strcmp(text, "-"))
		return 0;
	for (; !r->failed; text += len + 1) {
		len = strcspn(text, ",");
		bit = page_bit(text, len);
		if (!bit)
			msc_reader_fail(r, "run: bits=%.60s, expected names of bits, or -", text);
		bits |= bit;
		if (!text[len])
			break;
	}
	return bits;
}

/* Of swap entries; why it is unknown can stand elsewhere. */
static msc_u32 read_swapin(struct msc_reader *r, const struct msc_page *page)
{
	if (page->state != MSC_PAGE_SWAP && page->state != MSC_PAGE_SWAP_CACHED)
		return 0;
	if (msc_reader_is(r, MSC_K_SWAPIN, "unknown"))
		return r->s->facts.swap_cache && !(page->bits & MSC_PAGE_UNSURE) ?
			       MSC_PAGE_SWAPIN_UNKNOWN : 0;
	if (msc_reader_is(r, MSC_K_SWAPIN, "copy"))
		return MSC_PAGE_COPY;
	if (!msc_reader_is(r, MSC_K_SWAPIN, "read") && !msc_reader_is(r, MSC_K_SWAPIN, "use"))
		msc_reader_fail(r, "run: swapin=%.60s, expected read, use, copy or unknown",
				msc_reader_text(r, MSC_K_SWAPIN));
	return 0;
}

/* With deep, of anonymous pages: both counts are known, or none. */
static void read_mappings(struct msc_reader *r, struct msc_page *page)
{
	if (!r->s->facts.deep || page->state != MSC_PAGE_ANON ||
	    msc_reader_is(r, MSC_K_MAPCOUNT, "unknown"))
		return;
	page->mapcount = msc_reader_u32(r, MSC_K_MAPCOUNT);
	page->reached = msc_reader_u32(r, MSC_K_REACHED);
	page->bits |= MSC_PAGE_COUNTED;
}

void msc_reader_run(struct msc_reader *r)
{
	struct msc_run run = { .start = msc_reader_hex(r, MSC_K_START) };
	struct msc_page *page = &run.page;

	if (!find_vma(r, &r->run_vma, MSC_K_START, run.start, false))
		return;
	run.vma = r->run_vma;
	run.pages = msc_reader_u64(r, MSC_K_PAGES);
	page->state = (msc_u8)msc_reader_word(r, MSC_K_STATE, MSC_NR_PAGE_STATES,
					      msc_page_state_name);
	page->order = (msc_u8)msc_reader_dec(r, MSC_K_ORDER, MAX_ORDER);
	page->delta = read_delta(r, page->state);
	page->anon_vma_id = msc_reader_id(r, MSC_K_ANON_VMA, 'a');
	page->anon_vma = msc_reader_cookie(r, page->anon_vma_id);
	page->root_id = msc_reader_id(r, MSC_K_ROOT, 'a');
	page->root = msc_reader_cookie(r, page->root_id);
	page->bits = read_bits(r);
	page->bits |= msc_reader_place(r) | read_swapin(r, page);
	read_mappings(r, page);
	if (!r->failed && !msc_snapshot_add_run(r->s, &run) && msc_reader_make_room(r))
		msc_snapshot_add_run(r->s, &run);
}

void msc_reader_relocation(struct msc_reader *r)
{
	if (find_vma(r, &r->relocation_vma, MSC_K_START, msc_reader_hex(r, MSC_K_START), true))
		r->s->vmas[r->relocation_vma].walk_ns = msc_reader_u64(r, MSC_K_WALK_NS);
}
