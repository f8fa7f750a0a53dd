// SPDX-License-Identifier: GPL-2.0
#include <linux/seq_file.h>

#include "../core/format.h"
#include "../walk/facts.h"
#include "../walk/snapshot.h"
#include "../walk/symbols.h"
#include "settings.h"
#include "status.h"

static void show_capability(struct seq_file *m, const char *name, bool present)
{
	seq_printf(m, "capability name=%s present=%s\n", name, present ? "yes" : "no");
}

static void show_symbols(struct seq_file *m)
{
	int err = msc_walk_symbols_error();
	const char *name;
	unsigned int i;
	bool found;

	if (err)
		seq_printf(m, "symbols found=no errno=%d\n", -err);
	for (i = 0; (name = msc_walk_symbol(i, &found)); i++)
		seq_printf(m, "symbol name=%s found=%s\n", name, found ? "yes" : "no");
}

/* Which sections there are besides those that every kernel has. */
static void show_sections(struct seq_file *m, const struct msc_facts *facts)
{
	seq_printf(m, "sections ksm=%s", facts->ksm_off ? "off" : "on");
	if (facts->ksm_off)
		seq_printf(m, " why=\"%s\"", facts->ksm_off);
	seq_putc(m, '\n');
}

static void show_layout(struct seq_file *m)
{
	struct msc_walk_member member;
	unsigned int i;

	for (i = 0; msc_walk_member(i, &member); i++)
		seq_printf(m, "layout struct=%s member=%s offset=%u\n", member.type, member.name,
			   member.offset);
}

int msc_status_show(struct seq_file *m, void *unused)
{
	const struct msc_facts *facts = msc_facts_get();
	struct msc_walk_totals totals = msc_walk_totals_get();

	seq_printf(m, "%s %s=%d %s=%s %s=\"%s\" %s=%s %s=%s\n", MSC_L_HEADER, MSC_K_FORMAT,
		   MSC_FORMAT, MSC_K_VERSION, MSC_VERSION, MSC_K_KERNEL, facts->release,
		   MSC_K_RULES, facts->merge_rules, MSC_K_RULES_KNOWN,
		   facts->merge_rules_known ? "yes" : "no");
	show_capability(m, "anon-pgoff", facts->anon_pgoff);
	show_capability(m, "lock-sequence", facts->lock_seq);
	show_capability(m, "merge-any", facts->merge_any);
	show_capability(m, "ksm-flag-early", facts->ksm_flag_early);
	show_capability(m, "swap-cache", facts->swap_cache);
	show_capability(m, "ksm-index", facts->ksm_index);
	show_capability(m, "ksm-age", facts->ksm_age);
	show_sections(m, facts);
	show_symbols(m);
	show_layout(m);
	seq_printf(m, "setting hold_us=%u deep=%s pointers=%s\n", READ_ONCE(msc_hold_us),
		   READ_ONCE(msc_deep) ? "yes" : "no", READ_ONCE(msc_pointers) ? "yes" : "no");
	seq_printf(m, "lock snapshots=%llu let_go=%llu retries=%llu longest_us=%llu\n",
		   totals.snapshots, totals.let_go, totals.retries, totals.longest_us);
	return 0;
}
