// SPDX-License-Identifier: GPL-2.0
#include "format.h"
#include "index.h"
#include "run_text.h"

static const char *const states[MSC_NR_PAGE_STATES] = {
	[MSC_PAGE_NONE] = "none",
	[MSC_PAGE_ANON] = "anon",
	[MSC_PAGE_KSM] = "ksm",
	[MSC_PAGE_ZERO] = "zero",
	[MSC_PAGE_HUGE_ZERO] = "huge-zero",
	[MSC_PAGE_FILE] = "file",
	[MSC_PAGE_SHMEM] = "shmem",
	[MSC_PAGE_SWAP] = "swap",
	[MSC_PAGE_SWAP_CACHED] = "swapcache",
	[MSC_PAGE_MIGRATION] = "migration",
	[MSC_PAGE_HWPOISON] = "hwpoison",
	[MSC_PAGE_MARKER] = "marker",
	[MSC_PAGE_DEVICE] = "device",
	[MSC_PAGE_PFN] = "pfn",
	[MSC_PAGE_HUGETLB] = "hugetlb",
};

static const struct {
	msc_u32 bit;
	const char *name;
} bits[] = {
	{ MSC_PAGE_WRITABLE, "writable" },
	{ MSC_PAGE_EXCLUSIVE, "exclusive" },
	{ MSC_PAGE_ELSEWHERE, "elsewhere" },
	{ MSC_PAGE_HUGE, "huge" },
	{ MSC_PAGE_PROT_NONE, "prot-none" },
	{ MSC_PAGE_UFFD_WP, "uffd-wp" },
	{ MSC_PAGE_UFFD_RWP, "uffd-rwp" },
	{ MSC_PAGE_MLOCKED, "mlocked" },
	{ MSC_PAGE_SWAPCACHE, "swapcache" },
	{ MSC_PAGE_KSM_ZERO, "ksm-zero" },
	{ MSC_PAGE_OFF_CHAIN, "off-chain" },
	{ MSC_PAGE_TWICE, "twice" },
	{ MSC_PAGE_UNSURE, "unsure" },
	{ MSC_PAGE_KSM_FOLIO, "ksm" },
	{ MSC_PAGE_PINNED, "pinned" },
	{ MSC_PAGE_OVER_EDGE, "over-edge" },
	{ MSC_PAGE_PARTLY, "partly" },
	{ MSC_PAGE_ELSEWHERE_UNKNOWN, "elsewhere-unknown" },
};

const char *msc_page_state_name(unsigned int state)
{
	return states[state];
}

const char *msc_page_bit_name(unsigned int index, msc_u32 *bit)
{
	if (index >= MSC_ARRAY_SIZE(bits))
		return MSC_NULL;
	*bit = bits[index].bit;
	return bits[index].name;
}

/* Only an anonymous page, also in the swap cache, has an index that its address decides. */
static void put_index(struct msc_sink *sink, const struct msc_page *page)
{
	msc_bool below = page->delta >> 63;

	msc_put_key(sink, MSC_K_INDEX);
	if (page->state != MSC_PAGE_ANON &&
	    !(page->state == MSC_PAGE_SWAP_CACHED && page->anon_vma)) {
		msc_put(sink, "-");
	} else if (!page->delta) {
		msc_put(sink, "match");
	} else {
		msc_put(sink, below ? "-" : "+");
		msc_put_dec(sink, below ? -page->delta : page->delta);
	}
}

static void put_bits(struct msc_sink *sink, msc_u32 set)
{
	const char *separator = "";
	unsigned int i;

	msc_put_key(sink, MSC_K_BITS);
	for (i = 0; i < MSC_ARRAY_SIZE(bits); i++) {
		if (!(set & bits[i].bit))
			continue;
		msc_put(sink, separator);
		msc_put(sink, bits[i].name);
		separator = ",";
	}
	if (!*separator)
		msc_put(sink, "-");
}

const char *msc_page_swapin(const struct msc_snapshot *s, const struct msc_page *page)
{
	if (!s->facts.swap_cache || (page->bits & (MSC_PAGE_SWAPIN_UNKNOWN | MSC_PAGE_UNSURE)))
		return "unknown";
	if (page->state == MSC_PAGE_SWAP)
		return "read";
	return page->bits & MSC_PAGE_COPY ? "copy" : "use";
}

static void put_count(struct msc_sink *sink, const char *key, const struct msc_page *page,
		      msc_u32 count)
{
	if (page->bits & MSC_PAGE_COUNTED)
		msc_put_field_dec(sink, key, count);
	else
		msc_put_field(sink, key, "unknown");
}

void msc_report_run(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_run *run = &s->runs[index];
	msc_u32 nth = msc_vma_nth(s, run->vma, run->start);

	msc_put(sink, MSC_L_RUN);
	msc_put_field_hex(sink, MSC_K_START, run->start);
	if (nth)
		msc_put_field_dec(sink, MSC_K_NTH, nth);
	msc_put_field_dec(sink, MSC_K_PAGES, run->pages);
	msc_put_field(sink, MSC_K_STATE, states[run->page.state]);
	msc_put_field_dec(sink, MSC_K_ORDER, run->page.order);
	put_index(sink, &run->page);
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', run->page.anon_vma_id);
	msc_put_field_id(sink, MSC_K_ROOT, 'a', run->page.root_id);
	put_bits(sink, run->page.bits);
	msc_put_field(sink, MSC_K_PLACE, msc_seam_name(run->page.bits));
	if (run->page.state == MSC_PAGE_SWAP || run->page.state == MSC_PAGE_SWAP_CACHED)
		msc_put_field(sink, MSC_K_SWAPIN, msc_page_swapin(s, &run->page));
	if (s->facts.deep && run->page.state == MSC_PAGE_ANON) {
		put_count(sink, MSC_K_MAPCOUNT, &run->page, run->page.mapcount);
		put_count(sink, MSC_K_REACHED, &run->page, run->page.reached);
	}
	msc_put(sink, "\n");
}
