// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "grow.h"
#include "index.h"
#include "model.h"

/* How much more of everything msc_snapshot_reserve() makes room for at the least. */
#define MIN_FILES 64u
#define MIN_POLICIES 16u
#define MIN_STRING_BYTES (4u * MSC_NAME_MAX)
#define MIN_MAP_SLOTS 128u
#define MIN_AVCS 128u

void msc_snapshot_init(struct msc_snapshot *s, const struct msc_alloc *alloc, msc_u32 shown)
{
	__builtin_memset(s, 0, sizeof(*s));
	s->alloc = alloc;
	s->shown = shown;
	s->sections = shown | MSC_SECTION_VMAS;
	if (shown & MSC_SECTION_KSM)
		s->sections |= MSC_SECTION_FOLIOS;
	if (shown & MSC_SECTION_WHATIF)
		s->sections |= MSC_SECTION_ANON_VMAS | MSC_SECTION_FOLIOS;
	if (shown & MSC_SECTION_CHECK)
		s->sections = MSC_SECTION_ALL;
}

void msc_snapshot_free(struct msc_snapshot *s)
{
	s->alloc->release(s->vmas);
	s->alloc->release(s->avcs);
	s->alloc->release(s->anon_vmas);
	s->alloc->release(s->runs);
	s->alloc->release(s->rmap_items);
	s->alloc->release(s->ksm_pages);
	s->alloc->release(s->ksm_found);
	s->alloc->release(s->stable_nodes);
	s->alloc->release(s->merged);
	s->alloc->release(s->relocations);
	s->alloc->release(s->files);
	s->alloc->release(s->policies);
	s->alloc->release(s->strings);
	s->alloc->release(s->file_map.slots);
	s->alloc->release(s->string_map.slots);
	s->alloc->release(s->anon_vma_map.slots);
	s->alloc->release(s->node_map.slots);
	msc_snapshot_init(s, s->alloc, s->shown);
}

void msc_snapshot_clear(struct msc_snapshot *s)
{
	s->nr_vmas = 0;
	s->nr_avcs = 0;
	s->nr_anon_vmas = 0;
	s->nr_runs = 0;
	s->ksm = (struct msc_ksm_mm){};
	s->nr_rmap_items = 0;
	s->nr_ksm_pages = 0;
	s->nr_ksm_found = 0;
	s->nr_stable_nodes = 0;
	s->end_bits = 0;
	s->nr_files = 0;
	s->nr_policies = 0;
	/* Offset 0 stays the empty string. */
	s->strings_len = s->strings ? 1 : 0;
	s->last_string = 0;
	msc_map_clear(&s->file_map);
	msc_map_clear(&s->string_map);
	msc_map_clear(&s->anon_vma_map);
	msc_map_clear(&s->node_map);
}

struct msc_mark msc_snapshot_mark(const struct msc_snapshot *s)
{
	return (struct msc_mark){ s->nr_vmas, s->nr_avcs, s->nr_anon_vmas };
}

void msc_snapshot_back_to(struct msc_snapshot *s, const struct msc_mark *mark)
{
	msc_u32 i;

	s->nr_vmas = mark->nr_vmas;
	s->nr_avcs = mark->nr_avcs;
	if (s->nr_anon_vmas == mark->nr_anon_vmas)
		return;
	/* An open-addressed map cannot drop a key: fill it anew. */
	s->nr_anon_vmas = mark->nr_anon_vmas;
	msc_map_clear(&s->anon_vma_map);
	for (i = 0; i < s->nr_anon_vmas; i++)
		msc_map_add(&s->anon_vma_map, s->anon_vmas[i].self, i + 1);
}

int msc_grow(struct msc_snapshot *s, void **array, msc_u32 *max, msc_u32 wanted, msc_size size)
{
	void *grown;

	if (wanted <= *max)
		return 0;
	grown = s->alloc->resize(*array, *max * size, wanted * size);
	if (!grown)
		return MSC_NOROOM;
	*array = grown;
	*max = wanted;
	return 0;
}

int msc_grow_map(struct msc_snapshot *s, struct msc_map *map, msc_u32 wanted)
{
	struct msc_map grown = { .max = MIN_MAP_SLOTS };
	void *slots;

	while (grown.max / 4 * 3 < wanted)
		grown.max *= 2;
	if (grown.max <= map->max)
		return 0;
	slots = s->alloc->resize(MSC_NULL, 0, grown.max * sizeof(*grown.slots));
	if (!slots)
		return MSC_NOROOM;
	grown.slots = slots;
	msc_map_clear(&grown);
	msc_map_move(&grown, map);
	s->alloc->release(map->slots);
	*map = grown;
	return 0;
}

/*
 * Each faulted VMA has an AVC; one that came through fork has more. What the VMA that found no room
 * brings is not known: it was taken back. Twice as much as there was is enough in the end.
 */
static int reserve_anon(struct msc_snapshot *s, msc_u32 vmas)
{
	msc_u32 avcs = msc_more(s->anon_short ? s->max_avcs : s->nr_avcs, MIN_AVCS);
	msc_u32 anon_vmas = msc_more(s->anon_short ? s->max_anon_vmas : s->nr_anon_vmas, MIN_AVCS);
	int err;

	if (avcs < vmas)
		avcs = vmas;
	err = msc_grow(s, (void **)&s->avcs, &s->max_avcs, avcs, sizeof(*s->avcs));
	if (!err)
		err = msc_grow(s, (void **)&s->anon_vmas, &s->max_anon_vmas, anon_vmas,
			   sizeof(*s->anon_vmas));
	if (!err)
		err = msc_grow_map(s, &s->anon_vma_map, anon_vmas);
	if (!err)
		s->anon_short = MSC_FALSE;
	return err;
}

int msc_snapshot_reserve(struct msc_snapshot *s, msc_u32 vmas)
{
	int err;

	/* A walk that found more VMAs than map_count promised must still get on. */
	if (vmas <= s->nr_vmas)
		vmas = msc_more(s->nr_vmas, 1);
	err = msc_grow(s, (void **)&s->vmas, &s->max_vmas, vmas, sizeof(*s->vmas));
	if (!err && (s->sections & MSC_SECTION_ANON_VMAS))
		err = reserve_anon(s, vmas);
	if (!err && (s->sections & MSC_SECTION_FOLIOS))
		err = msc_grow(s, (void **)&s->runs, &s->max_runs, msc_more(s->nr_runs, vmas),
			   sizeof(*s->runs));
	if (!err && (s->sections & MSC_SECTION_KSM))
		err = msc_reserve_ksm(s);
	if (!err)
		err = msc_grow(s, (void **)&s->files, &s->max_files,
			       msc_more(s->nr_files, MIN_FILES), sizeof(*s->files));
	if (!err)
		err = msc_grow(s, (void **)&s->policies, &s->max_policies,
			   msc_more(s->nr_policies, MIN_POLICIES), sizeof(*s->policies));
	if (!err)
		err = msc_grow(s, (void **)&s->strings, &s->strings_max,
			   msc_more(s->strings_len, MIN_STRING_BYTES), 1);
	if (!err)
		err = msc_grow_map(s, &s->file_map, msc_more(s->file_map.used, MIN_FILES));
	if (!err)
		err = msc_grow_map(s, &s->string_map, msc_more(s->string_map.used, MIN_FILES));
	if (!err && !s->strings_len) {
		s->strings[0] = '\0';
		s->strings_len = 1;
	}
	return err;
}

msc_bool msc_snapshot_has_room(const struct msc_snapshot *s)
{
	/*
	 * A VMA brings two new strings at the most: what maps prints, and the name a user gave it.
	 */
	if ((s->sections & MSC_SECTION_FOLIOS) && s->nr_runs == s->max_runs)
		return MSC_FALSE;
	if ((s->sections & MSC_SECTION_KSM) && !msc_snapshot_has_ksm_room(s))
		return MSC_FALSE;
	return !s->anon_short && s->nr_vmas < s->max_vmas && s->nr_files < s->max_files &&
	       s->nr_policies < s->max_policies &&
	       s->strings_max - s->strings_len >= 2 * MSC_NAME_MAX &&
	       msc_map_has_room(&s->file_map) &&
	       s->string_map.used + 2 <= s->string_map.max / 4 * 3;
}

struct msc_vma *msc_snapshot_add_vma(struct msc_snapshot *s)
{
	struct msc_vma *vma;

	if (s->nr_vmas == s->max_vmas)
		return MSC_NULL;
	vma = &s->vmas[s->nr_vmas++];
	__builtin_memset(vma, 0, sizeof(*vma));
	return vma;
}

struct msc_avc *msc_snapshot_add_avc(struct msc_snapshot *s)
{
	struct msc_avc *avc;

	if (s->nr_avcs == s->max_avcs) {
		s->anon_short = MSC_TRUE;
		return MSC_NULL;
	}
	avc = &s->avcs[s->nr_avcs++];
	__builtin_memset(avc, 0, sizeof(*avc));
	return avc;
}

msc_u32 msc_snapshot_find_anon_vma(const struct msc_snapshot *s, msc_u64 cookie)
{
	msc_u32 *index = msc_map_find(&s->anon_vma_map, cookie);

	return index ? *index : 0;
}

msc_u32 msc_snapshot_add_anon_vma(struct msc_snapshot *s, const struct msc_anon_vma *anon_vma)
{
	if (s->nr_anon_vmas == s->max_anon_vmas || !msc_map_has_room(&s->anon_vma_map)) {
		s->anon_short = MSC_TRUE;
		return 0;
	}
	s->anon_vmas[s->nr_anon_vmas++] = *anon_vma;
	msc_map_add(&s->anon_vma_map, anon_vma->self, s->nr_anon_vmas);
	return s->nr_anon_vmas;
}

/* Do pages with these facts belong into @run, which ends where they begin? */
static msc_bool run_takes(const struct msc_run *run, msc_u32 vma, msc_u64 start,
			  const struct msc_page *page)
{
	return run->vma == vma && msc_run_end(run) == start &&
	       !(page->bits & MSC_SEAM) &&
	       run->page.anon_vma == page->anon_vma && run->page.root == page->root &&
	       run->page.delta == page->delta && run->page.state == page->state &&
	       run->page.order == page->order && run->page.mapcount == page->mapcount &&
	       run->page.reached == page->reached &&
	       (run->page.bits & ~MSC_SEAM) == page->bits;
}

msc_bool msc_snapshot_add_run(struct msc_snapshot *s, const struct msc_run *run)
{
	if (s->nr_runs == s->max_runs)
		return MSC_FALSE;
	s->runs[s->nr_runs++] = *run;
	return MSC_TRUE;
}

msc_bool msc_snapshot_add_pages(struct msc_snapshot *s, msc_u64 start, msc_u64 pages,
				const struct msc_page *page)
{
	struct msc_run *last = s->nr_runs ? &s->runs[s->nr_runs - 1] : MSC_NULL;
	msc_u32 vma = s->nr_vmas - 1;

	if (last && run_takes(last, vma, start, page)) {
		last->pages += pages;
		return MSC_TRUE;
	}
	return msc_snapshot_add_run(s, &(struct msc_run){ start, pages, vma, *page });
}

msc_u32 msc_snapshot_find_file(const struct msc_snapshot *s, msc_u64 cookie)
{
	msc_u32 *index = msc_map_find(&s->file_map, cookie);

	return index ? *index : 0;
}

msc_u32 msc_snapshot_add_file(struct msc_snapshot *s, const struct msc_file *file)
{
	if (s->nr_files == s->max_files || !msc_map_has_room(&s->file_map))
		return 0;
	s->files[s->nr_files++] = *file;
	msc_map_add(&s->file_map, file->cookie, s->nr_files);
	return s->nr_files;
}

static msc_bool same_policy(const struct msc_policy *a, const struct msc_policy *b)
{
	return a->mode == b->mode && a->flags == b->flags && a->home_node == b->home_node &&
	       !__builtin_memcmp(a->nodes, b->nodes, sizeof(a->nodes)) &&
	       !__builtin_memcmp(a->user_nodes, b->user_nodes, sizeof(a->user_nodes));
}

msc_u32 msc_snapshot_add_policy(struct msc_snapshot *s, const struct msc_policy *policy)
{
	msc_u32 i;

	/* From the end: neighbours most often have the policy that was seen last. */
	for (i = s->nr_policies; i; i--) {
		if (same_policy(&s->policies[i - 1], policy))
			return i;
	}
	return msc_snapshot_push_policy(s, policy);
}

msc_u32 msc_snapshot_push_policy(struct msc_snapshot *s, const struct msc_policy *policy)
{
	if (s->nr_policies == s->max_policies)
		return 0;
	s->policies[s->nr_policies++] = *policy;
	return s->nr_policies;
}

/* FNV-1a; never 0, which is a map's free key. */
static msc_u64 hash_of(const char *str, msc_size len)
{
	msc_u64 hash = 0xcbf29ce484222325ULL;

	while (len--)
		hash = (hash ^ (unsigned char)*str++) * 0x100000001b3ULL;
	return hash ? hash : 1;
}

static msc_bool string_is(const struct msc_snapshot *s, msc_u32 offset, const char *str,
			  msc_size len)
{
	return offset + len < s->strings_len && !s->strings[offset + len] &&
	       !__builtin_memcmp(s->strings + offset, str, len);
}

msc_u32 msc_snapshot_add_string(struct msc_snapshot *s, const char *str, msc_size len)
{
	msc_u32 offset = s->strings_len;
	msc_u32 *known;
	msc_u64 hash;

	if (len > MSC_NAME_MAX - 1)
		len = MSC_NAME_MAX - 1;
	if (!len)
		return 0;
	if (string_is(s, s->last_string, str, len))
		return s->last_string;
	/* Two strings of one hash: the second gets the next free key, as in the map itself. */
	for (hash = hash_of(str, len); (known = msc_map_find(&s->string_map, hash)); hash++) {
		if (string_is(s, *known, str, len))
			return s->last_string = *known;
		if (!(hash + 1))
			hash = 0;
	}
	if (s->strings_max - offset <= len || !msc_map_has_room(&s->string_map))
		return 0;
	__builtin_memmove(s->strings + offset, str, len);
	s->strings[offset + len] = '\0';
	s->strings_len += (msc_u32)len + 1;
	msc_map_add(&s->string_map, hash, offset);
	return s->last_string = offset;
}

const char *msc_snapshot_string(const struct msc_snapshot *s, msc_u32 offset)
{
	return offset ? s->strings + offset : "";
}

/* struct numbering - ids being given to objects of one kind */
struct numbering {
	struct msc_snapshot *s;
	struct msc_map ids;
	msc_u64 last;		/* the cookie that was asked for last, and its id */
	msc_u32 last_id;
	int err;
};

static msc_u32 new_id(struct numbering *n, msc_u64 cookie)
{
	if (!msc_map_has_room(&n->ids))
		n->err = msc_grow_map(n->s, &n->ids, msc_more(n->ids.used, 1));
	if (n->err)
		return 0;
	msc_map_add(&n->ids, cookie, n->ids.used + 1);
	return n->ids.used;
}

/* The id of @cookie: the one it has, or the next. 0 for none. Neighbours often have the same. */
static msc_u32 id_of(struct numbering *n, msc_u64 cookie)
{
	msc_u32 *id;

	if (!cookie || n->err)
		return 0;
	if (cookie == n->last)
		return n->last_id;
	id = msc_map_find(&n->ids, cookie);
	n->last_id = id ? *id : new_id(n, cookie);
	n->last = cookie;
	return n->last_id;
}

static void number_vmas(struct msc_snapshot *s, struct numbering *anon_vmas,
			struct numbering *uffds)
{
	struct msc_vma *vma;

	msc_for_each(vma, s, vmas) {
		vma->anon_vma_id = id_of(anon_vmas, vma->anon_vma);
		vma->anon_root_id = id_of(anon_vmas, vma->anon_root);
		vma->uffd_id = id_of(uffds, vma->uffd);
	}
}

/* The anon_vmas that the VMAs do not name themselves. */
static void number_anon_vmas(struct msc_snapshot *s, struct numbering *n)
{
	struct msc_anon_vma *anon_vma;
	struct msc_avc *avc;
	struct msc_run *run;

	msc_for_each(avc, s, avcs)
		avc->anon_vma_id = id_of(n, avc->anon_vma);
	msc_for_each(anon_vma, s, anon_vmas) {
		anon_vma->id = id_of(n, anon_vma->self);
		anon_vma->root_id = id_of(n, anon_vma->root);
		anon_vma->parent_id = id_of(n, anon_vma->parent);
	}
	msc_for_each(run, s, runs)
		run->page.anon_vma_id = id_of(n, run->page.anon_vma);
	msc_for_each(run, s, runs)
		run->page.root_id = id_of(n, run->page.root);
	/* As a rule these have theirs. */
	msc_for_each(avc, s, avcs) {
		avc->root_id = id_of(n, avc->root);
		avc->parent_id = id_of(n, avc->parent);
	}
}

/* The anon_vmas that rmap_items name, and the chains of stable nodes. */
static void number_ksm(struct msc_snapshot *s, struct numbering *n, struct numbering *chains)
{
	struct msc_stable_node *node;
	struct msc_ksm_found *found;
	struct msc_rmap_item *item;

	msc_for_each(node, s, stable_nodes)
		node->chain_id = id_of(chains, node->chain);
	msc_for_each(item, s, rmap_items)
		item->anon_vma_id = id_of(n, item->anon_vma);
	msc_for_each(found, s, ksm_found)
		found->anon_vma_id = id_of(n, found->anon_vma);
}

int msc_snapshot_number(struct msc_snapshot *s)
{
	struct numbering anon_vmas = { .s = s }, uffds = { .s = s }, chains = { .s = s };

	number_vmas(s, &anon_vmas, &uffds);
	number_anon_vmas(s, &anon_vmas);
	number_ksm(s, &anon_vmas, &chains);
	msc_snapshot_link(s);
	s->alloc->release(anon_vmas.ids.slots);
	s->alloc->release(uffds.ids.slots);
	s->alloc->release(chains.ids.slots);
	return anon_vmas.err | uffds.err | chains.err;
}
