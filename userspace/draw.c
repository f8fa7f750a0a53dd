// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../module/core/each.h"
#include "../module/core/index.h"
#include "../module/core/report.h"
#include "../module/core/run_text.h"
#include "draw.h"
#include "pairs.h"
#include "prose.h"

typedef unsigned long long ull;

bool msc_draw_has(const struct msc_drawing *d, msc_u32 index)
{
	const struct msc_vma *vma = &d->s->vmas[index];

	return vma->start < d->end && vma->end > d->start;
}

static size_t append(char text[MSC_DRAW_TEXT], size_t len, const char *what)
{
	if (len < MSC_DRAW_TEXT)
		len += (size_t)snprintf(text + len, MSC_DRAW_TEXT - len, "%s", what);
	return len;
}

void msc_draw_vma(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT])
{
	const struct msc_vma *vma = &d->s->vmas[index];
	char anon[80] = "untouched";
	size_t len;

	if (vma->avcs > 1)
		snprintf(anon, sizeof(anon), "a%u of root a%u, %u AVCs", vma->anon_vma_id,
			 vma->anon_root_id, vma->avcs);
	else if (vma->anon_vma)
		snprintf(anon, sizeof(anon), "a%u", vma->anon_vma_id);
	len = msc_vma_words(text, MSC_DRAW_TEXT, d->s, vma, 200);
	len += (size_t)snprintf(text + len, MSC_DRAW_TEXT - len, ", %s, pgoff 0x%llx, %s",
				msc_count(msc_vma_pages(vma), "page"), (ull)vma->pgoff, anon);
	if (vma->flags & MSC_VM(MG))
		len = append(text, len, ", mergeable");
	if (vma->policy)
		len = append(text, len, ", policy");
	if (vma->uffd)
		append(text, len, ", userfaultfd");
}

void msc_draw_pages(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT])
{
	msc_u64 pages[MSC_NR_PAGE_STATES] = { 0 }, off = 0;
	const struct msc_run *run = d->s->runs + msc_first_from(d->s, runs, vma, index);
	const struct msc_run *end = d->s->runs + d->s->nr_runs;
	char one[80];
	size_t len = 0;
	unsigned int i;

	for (; run < end && run->vma == index; run++) {
		pages[run->page.state] += run->pages;
		off += run->page.state == MSC_PAGE_ANON && run->page.delta ? run->pages : 0;
	}
	text[0] = '\0';
	for (i = 0; i < MSC_NR_PAGE_STATES; i++) {
		if (!pages[i])
			continue;
		snprintf(one, sizeof(one), "%s%s %llu", len ? ", " : "", msc_page_state_name(i),
			 (ull)pages[i]);
		len = append(text, len, one);
	}
	if (off) {
		snprintf(one, sizeof(one), "; %llu with a wrong index", (ull)off);
		append(text, len, one);
	}
}

void msc_draw_verdict(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT])
{
	struct msc_verdict v = msc_pairs_verdict(d->s, index);
	const char *separator = "apart by ";
	size_t len = 0;
	unsigned int i;

	text[0] = '\0';
	if (v.outcome == MSC_CANDIDATE)
		append(text, 0, "could merge");
	if (v.outcome == MSC_UNKNOWN)
		append(text, 0, "not known: the lock was let go here");
	for (i = 0; v.outcome == MSC_BLOCKED && i < MSC_B_NR; i++) {
		if (!(v.blockers & MSC_BIT(i)))
			continue;
		len = append(text, len, separator);
		len = append(text, len, msc_blocker_name(i));
		separator = ", ";
	}
}
