/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is mapped where, in runs: consecutive pages of one VMA about which all facts are the same. A
 * run of moved pages, say, is one record, however long; so a report's size follows the changes and
 * not the memory.
 */
#ifndef MSC_CORE_PAGES_H
#define MSC_CORE_PAGES_H

#include "seam.h"
#include "types.h"

enum msc_page_state {
	MSC_PAGE_NONE,		/* nothing is mapped */
	MSC_PAGE_ANON,		/* an anonymous page that is not KSM's */
	MSC_PAGE_KSM,		/* a page of KSM's stable tree */
	MSC_PAGE_ZERO,		/* the zero page */
	MSC_PAGE_HUGE_ZERO,	/* the huge zero folio, mapped as huge */
	MSC_PAGE_FILE,		/* a page of the page cache, or a driver's */
	MSC_PAGE_SHMEM,		/* a page of shmem */
	MSC_PAGE_SWAP,		/* a swap entry, and no folio in the swap cache is known */
	MSC_PAGE_SWAP_CACHED,	/* a swap entry, and the swap cache has a folio for it */
	MSC_PAGE_MIGRATION,	/* on its way to another place */
	MSC_PAGE_HWPOISON,	/* taken away: broken memory */
	MSC_PAGE_MARKER,	/* a PTE marker: guard page, userfaultfd, poison */
	MSC_PAGE_DEVICE,	/* in a device's memory, not present to the CPU */
	MSC_PAGE_PFN,		/* special: a page frame that nobody counts */
	MSC_PAGE_HUGETLB,	/* of a hugetlb VMA, which is not walked further */
	MSC_NR_PAGE_STATES
};

/* Bits of struct msc_page.bits, with MSC_SEAM_*. */
#define MSC_PAGE_WRITABLE MSC_BIT(2)	/* the entry allows writing */
#define MSC_PAGE_EXCLUSIVE MSC_BIT(3)	/* PageAnonExclusive(); a swap or migration entry's too */
#define MSC_PAGE_ELSEWHERE MSC_BIT(4)	/* it, or a page of a huge mapping, is mapped elsewhere */
#define MSC_PAGE_HUGE MSC_BIT(5)	/* mapped by a PMD or PUD leaf */
#define MSC_PAGE_PROT_NONE MSC_BIT(6)	/* present, not accessible: PROT_NONE, NUMA hints */
#define MSC_PAGE_UFFD_WP MSC_BIT(7)	/* write-protected by userfaultfd; also when back */
#define MSC_PAGE_MLOCKED MSC_BIT(8)
#define MSC_PAGE_SWAPCACHE MSC_BIT(9)	/* present, and in the swap cache too */
#define MSC_PAGE_KSM_ZERO MSC_BIT(10)	/* a zero page that KSM put there (6.6) */
#define MSC_PAGE_OFF_CHAIN MSC_BIT(11)	/* its anon_vma is not on the VMA's chain */
#define MSC_PAGE_TWICE MSC_BIT(12)	/* the VMA maps it where its index says, too */
#define MSC_PAGE_UNSURE MSC_BIT(13)	/* irregular, and could not be locked for a second look */
#define MSC_PAGE_KSM_FOLIO MSC_BIT(14)	/* what the swap cache has is KSM's */
#define MSC_PAGE_COPY MSC_BIT(15)	/* swap-in copies what the swap cache has */
#define MSC_PAGE_SWAPIN_UNKNOWN MSC_BIT(16) /* whether it does is not known */
#define MSC_PAGE_COUNTED MSC_BIT(17)	/* mapcount and reached are known; only with facts.deep */
#define MSC_PAGE_PINNED MSC_BIT(18)	/* anonymous, and may be pinned for DMA */
#define MSC_PAGE_OVER_EDGE MSC_BIT(19)	/* its large folio reaches across the VMA's edge */
#define MSC_PAGE_PARTLY MSC_BIT(20)	/* or does not, and yet the VMA has not all its pages */
#define MSC_PAGE_UFFD_RWP MSC_BIT(21)	/* protected by userfaultfd against reading, too (7.3) */
#define MSC_PAGE_ELSEWHERE_UNKNOWN MSC_BIT(22) /* whether it is mapped elsewhere is not known */

/* struct msc_page - the facts about one page; what does not apply is 0, and so is the padding */
struct msc_page {
	msc_u64 anon_vma;	/* cookie; of an anonymous folio, mapped or in the swap cache */
	msc_u64 root;		/* cookie of anon_vma->root; 0 if it could not be read */
	msc_u64 delta;		/* its index less the one its address asks for, pages */
	msc_u32 anon_vma_id, root_id;	/* set by msc_snapshot_number() */
	msc_u32 bits;		/* MSC_PAGE_*, MSC_SEAM_* */
	msc_u32 mapcount;	/* of its folio */
	msc_u32 reached;	/* mappings of the folio that the reverse map finds */
	msc_u8 state;		/* enum msc_page_state */
	msc_u8 order;		/* of its folio */
};

/*
 * struct msc_run - @pages pages from @start on, alike but for their index, which grows with the
 * address
 */
struct msc_run {
	msc_u64 start;		/* bytes */
	msc_u64 pages;
	msc_u32 vma;		/* index in vmas */
	struct msc_page page;
};

/*
 * Does an anonymous page, or what the swap cache has for one, contradict what its VMA says of it? A
 * walker looks again, under the folio's lock, before it records one that does.
 */
static inline msc_bool msc_page_is_irregular(const struct msc_page *page, msc_u64 vma_anon_vma,
					     msc_u64 vma_root)
{
	const msc_u32 exclusive = page->bits & MSC_PAGE_EXCLUSIVE;

	if (page->state == MSC_PAGE_SWAP_CACHED)
		return (page->bits & MSC_PAGE_COPY) || (exclusive && page->anon_vma &&
							(page->delta || page->root != vma_root));
	if (page->state == MSC_PAGE_KSM)
		return exclusive || (page->bits & MSC_PAGE_WRITABLE) || !vma_anon_vma;
	if (page->state != MSC_PAGE_ANON)
		return MSC_FALSE;
	return page->delta || !vma_anon_vma || page->root != vma_root ||
	       (page->bits & MSC_PAGE_OFF_CHAIN) ||
	       (exclusive && (page->bits & MSC_PAGE_ELSEWHERE)) ||
	       (!exclusive && (page->bits & MSC_PAGE_WRITABLE));
}

#endif
