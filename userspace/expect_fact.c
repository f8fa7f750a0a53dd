// SPDX-License-Identifier: GPL-2.0
/* The facts of a report that a scenario can name: one function takes each from the records. */
#include <stdio.h>
#include <string.h>

#include "../module/core/each.h"
#include "../module/core/index.h"
#include "../module/core/ksm.h"
#include "../module/core/report.h"
#include "../module/core/rules.h"
#include "../module/core/run_text.h"
#include "expect_fact.h"

const struct msc_vma *scn_vma_at(const struct msc_snapshot *s, uint64_t page)
{
	uint64_t address = scn_address(page);
	unsigned int i;

	for (i = 0; i < s->nr_vmas; i++) {
		if (s->vmas[i].start <= address && address < s->vmas[i].end)
			return &s->vmas[i];
	}
	return NULL;
}

static const struct msc_run *run_at(const struct msc_snapshot *s, uint64_t page)
{
	uint64_t address = scn_address(page);
	unsigned int behind = msc_first_from(s, runs, start, address + 1);
	const struct msc_run *run = behind ? &s->runs[behind - 1] : NULL;

	return run && address < run->start + (run->pages << SCN_PAGE_SHIFT) ? run : NULL;
}

/* How far into its VMA arena page @page lies, in pages. */
static uint64_t pages_into(const struct msc_vma *vma, uint64_t page)
{
	return (scn_address(page) - vma->start) >> SCN_PAGE_SHIFT;
}

void scn_set_object(struct scn_value *value, uint64_t cookie)
{
	value->number = cookie;
	value->none = !cookie;
}

/* The VMA at the first page. */

static void get_start(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->start >> SCN_PAGE_SHIFT;
}

static void get_end(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->end >> SCN_PAGE_SHIFT;
}

static void get_pgoff(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->pgoff + pages_into(w->vma, w->at.first);
}

static void get_anon_pgoff(const struct scn_where *w, struct scn_value *value)
{
	value->none = !w->s->facts.anon_pgoff;
	value->number = w->vma->anon_pgoff + pages_into(w->vma, w->at.first);
}

static void get_avcs(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->avcs;
}

static void get_flags(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->flags;
}

static void get_kind(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->vma->kind;
}

static void get_name(const struct scn_where *w, struct scn_value *value)
{
	value->text = msc_snapshot_string(w->s, w->vma->name);
}

static void get_anon_vma(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->vma->anon_vma);
}

static void get_root(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->vma->anon_root);
}

static void get_file(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->vma->file ? w->s->files[w->vma->file - 1].cookie : 0);
}

static void get_policy(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->vma->policy);
}

static void get_uffd(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->vma->uffd);
}

static void get_ksm(const struct scn_where *w, struct scn_value *value)
{
	value->number = msc_ksm_judge(w->s, w->vma).state;
}

static void get_ksm_by(const struct scn_where *w, struct scn_value *value)
{
	value->number = msc_ksm_judge(w->s, w->vma).excluding_flags;
}

static void get_ksm_flag(const struct scn_where *w, struct scn_value *value)
{
	value->number = msc_ksm_when(w->s, w->vma);
}

static const struct msc_anon_vma *anon_vma_of(const struct msc_snapshot *s,
					      const struct msc_vma *vma)
{
	unsigned int i;

	for (i = 0; vma->anon_vma && i < s->nr_anon_vmas; i++) {
		if (s->anon_vmas[i].self == vma->anon_vma)
			return &s->anon_vmas[i];
	}
	return NULL;
}

static void get_children(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_anon_vma *anon_vma = anon_vma_of(w->s, w->vma);

	value->none = !anon_vma;
	value->number = anon_vma ? anon_vma->children : 0;
}

static void get_active(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_anon_vma *anon_vma = anon_vma_of(w->s, w->vma);

	value->none = !anon_vma;
	value->number = anon_vma ? anon_vma->active : 0;
}

/* The run at the first page: the caller goes through the range page by page. */

static void get_state(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->run->page.state;
}

static void get_order(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->run->page.order;
}

static void get_index(const struct scn_where *w, struct scn_value *value)
{
	value->none = w->run->page.state != MSC_PAGE_ANON;
	value->number = msc_vma_rmap_pgoff(w->s, w->vma) + pages_into(w->vma, w->at.first) +
			w->run->page.delta;
}

static const char *swapin_word(unsigned int index)
{
	static const char *const names[] = { "read", "use", "copy", "unknown" };

	return index < 4 ? names[index] : NULL;
}

/* Of what is no swap entry it is absent. */
static void get_swapin(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_page *page = &w->run->page;
	unsigned int index = 0;

	value->none = page->state != MSC_PAGE_SWAP && page->state != MSC_PAGE_SWAP_CACHED;
	scn_name_index(swapin_word, msc_page_swapin(w->s, page), &index);
	value->number = index;
}

static void get_page_anon_vma(const struct scn_where *w, struct scn_value *value)
{
	scn_set_object(value, w->run->page.anon_vma);
}

/* As a set whose members are numbered as msc_page_bit_name() has them. */
static void get_bits(const struct scn_where *w, struct scn_value *value)
{
	unsigned int i;
	msc_u32 bit;

	for (i = 0; msc_page_bit_name(i, &bit); i++) {
		if (w->run->page.bits & bit)
			value->number |= 1ULL << i;
	}
}

/* The range as a whole. */

uint64_t scn_count_vmas(const struct msc_snapshot *s, uint64_t start, uint64_t end)
{
	uint64_t number = 0;
	unsigned int i;

	for (i = 0; i < s->nr_vmas; i++)
		number += s->vmas[i].start < end && s->vmas[i].end > start;
	return number;
}

static void get_vmas(const struct scn_where *w, struct scn_value *value)
{
	value->number = scn_count_vmas(w->s, scn_address(w->at.first),
				       scn_address(w->at.first + w->at.pages));
}

/* The process. */

static void get_map_count(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.map_count - w->first->map_count;
}

static void get_total_vm(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.total_vm - w->first->total_vm;
}

static void get_data_vm(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.data_vm - w->first->data_vm;
}

static void get_exec_vm(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.exec_vm - w->first->exec_vm;
}

static void get_stack_vm(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.stack_vm - w->first->stack_vm;
}

static void get_merge_any(const struct scn_where *w, struct scn_value *value)
{
	value->number = !w->s->facts.merge_any ? 2 : w->s->target.merge_any;
}

static void get_mergeable(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->target.mergeable;
}

/* The names of words and sets. */

static const char *flag_word(unsigned int index)
{
	return index < MSC_NR_VMFLAGS ? msc_vmflag_code(index) : NULL;
}

static const char *kind_word(unsigned int index)
{
	return index < MSC_NR_KINDS ? msc_kind_name(index) : NULL;
}

static const char *state_word(unsigned int index)
{
	return index < MSC_NR_PAGE_STATES ? msc_page_state_name(index) : NULL;
}

static const char *bit_word(unsigned int index)
{
	msc_u32 bit;

	return msc_page_bit_name(index, &bit);
}

static const char *ksm_word(unsigned int index)
{
	static const char *const names[] = { "mergeable", "eligible", "excluded" };

	return index < 3 ? names[index] : NULL;
}

static const char *ksm_flag_word(unsigned int index)
{
	static const char *const names[] = { "absent", "late", "early" };

	return index < 3 ? names[index] : NULL;
}

static const char *yes_no_word(unsigned int index)
{
	static const char *const names[] = { "no", "yes", "absent" };

	return index < 3 ? names[index] : NULL;
}

const char *scn_blocker_word(unsigned int index)
{
	return index < MSC_B_NR ? msc_blocker_name((enum msc_blocker)index) : NULL;
}

const char *scn_rule_word(unsigned int index)
{
	return index < MSC_NR_RULES ? msc_rules[index].name : NULL;
}

static const struct scn_fact facts[] = {
	{ "active", SCN_NUMBER, SCN_OF_VMA, get_active, NULL },
	{ "anon_pgoff", SCN_NUMBER, SCN_OF_VMA, get_anon_pgoff, NULL },
	{ "anon_vma", SCN_OBJECT, SCN_OF_VMA, get_anon_vma, NULL },
	{ "avcs", SCN_NUMBER, SCN_OF_VMA, get_avcs, NULL },
	{ "bits", SCN_SET, SCN_OF_PAGES, get_bits, bit_word },
	{ "children", SCN_NUMBER, SCN_OF_VMA, get_children, NULL },
	{ "data_vm", SCN_NUMBER, SCN_OF_PROCESS, get_data_vm, NULL },
	{ "end", SCN_NUMBER, SCN_OF_VMA, get_end, NULL },
	{ "exec_vm", SCN_NUMBER, SCN_OF_PROCESS, get_exec_vm, NULL },
	{ "file", SCN_OBJECT, SCN_OF_VMA, get_file, NULL },
	{ "flags", SCN_SET, SCN_OF_VMA, get_flags, flag_word },
	{ "index", SCN_NUMBER, SCN_OF_PAGES, get_index, NULL },
	{ "kind", SCN_WORD, SCN_OF_VMA, get_kind, kind_word },
	{ "ksm", SCN_WORD, SCN_OF_VMA, get_ksm, ksm_word },
	{ "ksm_by", SCN_SET, SCN_OF_VMA, get_ksm_by, flag_word },
	{ "ksm_flag", SCN_WORD, SCN_OF_VMA, get_ksm_flag, ksm_flag_word },
	{ "map_count", SCN_NUMBER, SCN_OF_PROCESS, get_map_count, NULL },
	{ "merge_any", SCN_WORD, SCN_OF_PROCESS, get_merge_any, yes_no_word },
	{ "mergeable", SCN_WORD, SCN_OF_PROCESS, get_mergeable, yes_no_word },
	{ "name", SCN_TEXT, SCN_OF_VMA, get_name, NULL },
	{ "order", SCN_NUMBER, SCN_OF_PAGES, get_order, NULL },
	{ "page_anon_vma", SCN_OBJECT, SCN_OF_PAGES, get_page_anon_vma, NULL },
	{ "pgoff", SCN_NUMBER, SCN_OF_VMA, get_pgoff, NULL },
	{ "policy", SCN_OBJECT, SCN_OF_VMA, get_policy, NULL },
	{ "root", SCN_OBJECT, SCN_OF_VMA, get_root, NULL },
	{ "stack_vm", SCN_NUMBER, SCN_OF_PROCESS, get_stack_vm, NULL },
	{ "start", SCN_NUMBER, SCN_OF_VMA, get_start, NULL },
	{ "state", SCN_WORD, SCN_OF_PAGES, get_state, state_word },
	{ "swapin", SCN_WORD, SCN_OF_PAGES, get_swapin, swapin_word },
	{ "total_vm", SCN_NUMBER, SCN_OF_PROCESS, get_total_vm, NULL },
	{ "uffd", SCN_OBJECT, SCN_OF_VMA, get_uffd, NULL },
	{ "vmas", SCN_NUMBER, SCN_OF_RANGE, get_vmas, NULL },
	{ 0 },
};

static const struct scn_fact *const tables[] = {
	facts, scn_ksm_facts, scn_whatif_facts,
};

const struct scn_fact *scn_fact_find(const char *name)
{
	const struct scn_fact *fact;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (fact = tables[i]; fact->name; fact++) {
			if (!strcmp(fact->name, name))
				return fact;
		}
	}
	return NULL;
}

const char *scn_fact_list(void)
{
	static char list[640];
	const struct scn_fact *fact;
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (fact = tables[i]; fact->name && len < sizeof(list); fact++)
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
						len ? ", " : "", fact->name);
	}
	return list;
}

bool scn_fact_get(const struct scn_fact *fact, const struct scn_view *view,
		  const struct scn_range *at, struct scn_value *value)
{
	struct scn_where where = { .s = view->s, .first = view->first, .at = *at };

	*value = (struct scn_value){ 0 };
	if (fact->scope == SCN_OF_VMA || fact->scope == SCN_OF_PAGES) {
		where.vma = scn_vma_at(view->s, at->first);
		if (!where.vma)
			return false;
	}
	if (fact->scope == SCN_OF_PAGES) {
		where.run = run_at(view->s, at->first);
		if (!where.run)
			return false;
	}
	fact->get(&where, value);
	return true;
}

bool scn_name_index(const char *(*names)(unsigned int index), const char *word,
		    unsigned int *index)
{
	const char *name;

	for (*index = 0; (name = names(*index)); ++*index) {
		if (!strcmp(name, word))
			return true;
	}
	return false;
}
