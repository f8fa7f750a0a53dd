// SPDX-License-Identifier: GPL-2.0
#include "format.h"
#include "index.h"
#include "whatif_text.h"

/* What is saved can be less than nothing: what is relocated gets an anon_vma of its own. */
static void put_saved(struct msc_sink *sink, msc_u64 now, msc_u64 then)
{
	msc_put_key(sink, MSC_K_SAVED);
	if (then > now)
		msc_put(sink, "-");
	msc_put_dec(sink, then > now ? then - now : now - then);
}

void msc_report_whatif(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_whatif_counts *now = &s->whatif[MSC_WHATIF_NOW].then;
	const struct msc_whatif *w = &s->whatif[index + 1];

	msc_put(sink, MSC_L_WHATIF);
	msc_put_field(sink, MSC_K_POLICY, msc_whatif_name(index + 1));
	msc_put_field_dec(sink, MSC_K_VMAS, now->vmas);
	msc_put_field_dec(sink, MSC_K_THEN, w->then.vmas);
	msc_put_field_dec(sink, MSC_K_CONCERNED, w->concerned);
	msc_put_field_dec(sink, MSC_K_PAIRS, w->pairs);
	msc_put_field_dec(sink, MSC_K_UNKNOWN, w->unknown);
	msc_put_field_dec(sink, MSC_K_ANON_VMAS, now->anon_vmas);
	msc_put_field_dec(sink, MSC_K_ANON_VMAS_THEN, w->then.anon_vmas);
	msc_put_field_dec(sink, MSC_K_AVCS, now->avcs);
	msc_put_field_dec(sink, MSC_K_AVCS_THEN, w->then.avcs);
	put_saved(sink, msc_whatif_bytes(s, now), msc_whatif_bytes(s, &w->then));
	msc_put(sink, "\n");
}

void msc_report_merged(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_merged *merged = &s->merged[index];

	msc_put(sink, MSC_L_MERGED);
	msc_put_field(sink, MSC_K_POLICY, msc_whatif_name(merged->id));
	msc_put_field_hex(sink, MSC_K_START, merged->start);
	msc_put_field_hex(sink, MSC_K_END, merged->end);
	msc_put_field_dec(sink, MSC_K_VMAS, merged->vmas);
	msc_put(sink, "\n");
}

static void put_tally(struct msc_sink *sink, const char *name, const struct msc_tally *tally)
{
	if (!tally->count)
		return;
	msc_put(sink, " " MSC_K_COUNT);
	msc_put(sink, name);
	msc_put(sink, "=");
	msc_put_dec(sink, tally->count);
	msc_put(sink, " " MSC_K_FIRST_AT);
	msc_put(sink, name);
	msc_put(sink, "=");
	msc_put_hex(sink, tally->first);
}

static void put_obstacles(struct msc_sink *sink, const struct msc_relocation *r)
{
	const char *separator = "";
	unsigned int i;

	msc_put_key(sink, MSC_K_BY);
	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		if (!r->by[i].count)
			continue;
		msc_put(sink, separator);
		msc_put(sink, msc_obstacle_name(i));
		separator = ",";
	}
	if (!*separator)
		msc_put(sink, "-");
	for (i = 0; i < MSC_NR_OBSTACLES; i++)
		put_tally(sink, msc_obstacle_name(i), &r->by[i]);
	put_tally(sink, "unknown", &r->unknown);
}

void msc_report_relocation(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_relocation *r = &s->relocations[index];
	const struct msc_vma *vma = &s->vmas[r->vma];
	msc_u32 nth = msc_vma_nth(s, r->vma, vma->start), items;

	msc_put(sink, MSC_L_RELOCATION);
	msc_put_field_hex(sink, MSC_K_START, vma->start);
	if (nth)
		msc_put_field_dec(sink, MSC_K_NTH, nth);
	msc_put_field_hex(sink, MSC_K_END, vma->end);
	msc_put_field_bool(sink, MSC_K_MOVED, r->moved);
	msc_put_field(sink, MSC_K_SAFE, msc_safe_name(r->safe));
	msc_put_field_dec(sink, MSC_K_PAGES, r->pages);
	msc_put_field_dec(sink, MSC_K_FOLIOS, r->folios);
	msc_put_field_dec(sink, MSC_K_WALK_NS, vma->walk_ns);
	if (msc_relocate_ksm_items(s, vma, &items))
		msc_put_field_dec(sink, MSC_K_KSM_ITEMS, items);
	else
		msc_put_field(sink, MSC_K_KSM_ITEMS, "unknown");
	put_obstacles(sink, r);
	msc_put(sink, "\n");
}
