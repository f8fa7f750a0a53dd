// SPDX-License-Identifier: GPL-2.0
/*
 * simulate KERNEL: reads operations (ops.h), a line each, and answers each with "refused", or with
 * "done" and the VMAs that it expects:
 *
 *	vma START END PGOFF ANON_PGOFF FLAGS AVCS ANON_VMA
 *
 * in hex but for the last two; ANON_VMA is a number that only tells VMAs apart, 0 is none. An empty
 * line ends the answer. "rules" is answered with how often each rule of core/merge decided.
 */
#include <stdio.h>
#include <string.h>

#include "ops.h"
#include "report.h"
#include "vmflags.h"

static void print_flags(msc_u64 flags)
{
	const char *separator = "";
	unsigned int i;

	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		if (!(flags & MSC_BIT(i)))
			continue;
		printf("%s%s", separator, msc_vmflag_code(i));
		separator = ",";
	}
	if (!*separator)
		putchar('-');
}

static void print_space(const struct sim_space *sp)
{
	const struct msc_vma *vma;

	for (vma = sp->vmas; vma < sp->vmas + sp->nr; vma++) {
		printf("vma %#llx %#llx %#llx %#llx ", (unsigned long long)vma->start,
		       (unsigned long long)vma->end, (unsigned long long)vma->pgoff,
		       (unsigned long long)vma->anon_pgoff);
		print_flags(vma->flags);
		printf(" %u %llu\n", vma->avcs, (unsigned long long)vma->anon_vma);
	}
}

static void print_rules(const struct sim_space *sp)
{
	unsigned int i;

	printf("asked %lu\nmerged %lu\n", sp->asked, sp->agreed);
	for (i = 0; i < MSC_B_NR; i++)
		printf("%s %lu\n", msc_blocker_name(i), sp->sole[i]);
}

static unsigned int split_words(char *line, char **words)
{
	unsigned int nr = 0;
	char *word;

	for (word = strtok(line, " \n"); word && nr < SIM_MAX_WORDS; word = strtok(NULL, " \n"))
		words[nr++] = word;
	return nr;
}

static void answer(struct sim_space *sp, char *line)
{
	char *words[SIM_MAX_WORDS];
	unsigned int nr = split_words(line, words);

	if (nr && !strcmp(words[0], "rules")) {
		print_rules(sp);
	} else if (nr && sim_apply(sp, words, nr)) {
		puts("done");
		print_space(sp);
	} else {
		puts("refused");
	}
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct sim_space sp;
	enum unit_kernel_id k = 0;
	char line[512];

	while (argc == 2 && k < NR_KERNELS && strcmp(unit_kernels[k].name, argv[1]))
		k++;
	if (argc != 2 || k == NR_KERNELS) {
		fprintf(stderr, "simulate: wants the series whose rules to follow, as 7.3\n");
		return 2;
	}
	sp.kernel = k;
	sp.rules = RULES(k);
	while (fgets(line, sizeof(line), stdin))
		answer(&sp, line);
	return 0;
}
