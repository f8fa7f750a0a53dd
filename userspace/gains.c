// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "gains.h"
#include "prose.h"

typedef unsigned long long ull;

static const char *const titles[MSC_NR_WHATIFS] = {
	[MSC_WHATIF_OCCASION] = "each VMA had an occasion to merge",
	[MSC_WHATIF_EARLY_KSM] = "VM_MERGEABLE came before the merge attempt",
	[MSC_WHATIF_SPECIAL_KSM] = "KSM took private mappings that are VM_SPECIAL",
	[MSC_WHATIF_RELOCATE_ANON] = "moved memory got the page offsets of its address",
	[MSC_WHATIF_SOFT_DIRTY] = "VM_SOFTDIRTY could differ",
	[MSC_WHATIF_ALL] = "the four before were in force",
};

static const char *const meanings[MSC_NR_OBSTACLES] = {
	[MSC_O_SHARED] = "pages that are mapped elsewhere too",
	[MSC_O_EVER_SHARED] = "pages and entries that a fork shared, and that may still be",
	[MSC_O_KSM] = "pages of KSM, whose rmap_items remember them",
	[MSC_O_PINNED] = "pages that may be pinned for DMA",
	[MSC_O_EDGE] = "pages of large folios that the VMA has not all of",
	[MSC_O_HUGETLB] = "pages of hugetlb",
	[MSC_O_FORK] = "AVCs on an anon_vma that is shared with a fork",
};

static void count_relocation(struct msc_gains *gains, const struct msc_relocation *r,
			     msc_u64 walk_ns)
{
	unsigned int i;

	gains->asked[r->safe]++;
	gains->moved[r->safe] += r->moved;
	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		gains->obstacles[i].vmas += !!r->by[i].count;
		gains->obstacles[i].moved += r->by[i].count && r->moved;
		gains->obstacles[i].count += r->by[i].count;
	}
	if (!r->moved || r->safe != MSC_SAFE_YES)
		return;
	gains->pages += r->pages;
	gains->folios += r->folios;
	gains->walk_ns += walk_ns;
}

void msc_gains_count(const struct msc_snapshot *s, struct msc_gains *gains)
{
	msc_u64 now = msc_whatif_bytes(s, &s->whatif[MSC_WHATIF_NOW].then);
	unsigned int i;

	memset(gains, 0, sizeof(*gains));
	gains->vmas = s->nr_vmas;
	for (i = 0; i < MSC_NR_WHATIFS; i++)
		gains->by[i] = (struct msc_gain){
			.then = s->whatif[i].then.vmas,
			.concerned = s->whatif[i].concerned,
			.pairs = s->whatif[i].pairs,
			.unknown = s->whatif[i].unknown,
			.saved = (int64_t)(now - msc_whatif_bytes(s, &s->whatif[i].then)),
		};
	for (i = 0; i < s->nr_relocations; i++)
		count_relocation(gains, &s->relocations[i],
				 s->vmas[s->relocations[i].vma].walk_ns);
}

void msc_gains_add(struct msc_gains *to, const struct msc_gains *from)
{
	unsigned int i;

	to->vmas += from->vmas;
	for (i = 0; i < MSC_NR_WHATIFS; i++) {
		to->by[i].then += from->by[i].then;
		to->by[i].concerned += from->by[i].concerned;
		to->by[i].pairs += from->by[i].pairs;
		to->by[i].unknown += from->by[i].unknown;
		to->by[i].saved += from->by[i].saved;
	}
	for (i = 0; i < MSC_NR_SAFES; i++) {
		to->asked[i] += from->asked[i];
		to->moved[i] += from->moved[i];
	}
	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		to->obstacles[i].vmas += from->obstacles[i].vmas;
		to->obstacles[i].moved += from->obstacles[i].moved;
		to->obstacles[i].count += from->obstacles[i].count;
	}
	to->pages += from->pages;
	to->folios += from->folios;
	to->walk_ns += from->walk_ns;
}

static void print_policies(FILE *out, const struct msc_gains *gains)
{
	unsigned int i;

	fprintf(out, "%8s %7s %7s %12s %9s %7s %7s  %s\n", "VMAS", "THEN", "FEWER",
		"BYTES SAVED", "CONCERNED", "PAIRS", "UNKNOWN", "IF");
	for (i = MSC_WHATIF_NOW + 1; i < MSC_NR_WHATIFS; i++) {
		const struct msc_gain *gain = &gains->by[i];

		fprintf(out, "%8llu %7llu %7llu %12lld %9llu %7llu %7llu  %s: %s\n",
			(ull)gains->vmas, (ull)gain->then, (ull)(gains->vmas - gain->then),
			(long long)gain->saved, (ull)gain->concerned, (ull)gain->pairs,
			(ull)gain->unknown, msc_whatif_name(i), titles[i]);
	}
}

static msc_u64 sum(const msc_u64 by_safe[MSC_NR_SAFES])
{
	return by_safe[MSC_SAFE_NO] + by_safe[MSC_SAFE_YES] + by_safe[MSC_SAFE_UNKNOWN];
}

static void print_relocations(FILE *out, const struct msc_gains *gains)
{
	const msc_u64 *asked = gains->asked, *moved = gains->moved;

	msc_prose(out, 0, "%s with anonymous memory, of which %llu moved. Safe to relocate: %llu "
		  "(of the moved %llu); not safe: %llu (%llu); too little is known: %llu (%llu).",
		  msc_count(sum(asked), "VMA"), (ull)sum(moved), (ull)asked[MSC_SAFE_YES],
		  (ull)moved[MSC_SAFE_YES], (ull)asked[MSC_SAFE_NO], (ull)moved[MSC_SAFE_NO],
		  (ull)asked[MSC_SAFE_UNKNOWN], (ull)moved[MSC_SAFE_UNKNOWN]);
	if (moved[MSC_SAFE_YES])
		msc_prose(out, 0, "To relocate what was moved and can be: %s and swap entries in "
			  "at least %s; a walk over them took %.3f ms.",
			  msc_count(gains->pages, "page"), msc_count(gains->folios, "folio"),
			  (double)gains->walk_ns / 1e6);
}

static void print_obstacles(FILE *out, const struct msc_gains *gains)
{
	unsigned int i;

	fprintf(out, "%8s %7s %9s  %s\n", "VMAS", "MOVED", "COUNT", "NOT TO BE RELOCATED FOR");
	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		const struct msc_obstructed *o = &gains->obstacles[i];

		if (o->vmas)
			fprintf(out, "%8llu %7llu %9llu  %s: %s\n", (ull)o->vmas, (ull)o->moved,
				(ull)o->count, msc_obstacle_name(i), meanings[i]);
	}
}

void msc_gains_print(FILE *out, const struct msc_gains *gains)
{
	print_policies(out, gains);
	if (!sum(gains->asked))
		return;
	fputc('\n', out);
	print_relocations(out, gains);
	if (gains->asked[MSC_SAFE_NO])
		print_obstacles(out, gains);
}

static void add(struct json_object *object, const char *key, msc_u64 value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static struct json_object *policies(const struct msc_gains *gains)
{
	struct json_object *object = json_object_new_object(), *one;
	unsigned int i;

	for (i = MSC_WHATIF_NOW + 1; i < MSC_NR_WHATIFS; i++) {
		one = json_object_new_object();
		add(one, "then", gains->by[i].then);
		add(one, "concerned", gains->by[i].concerned);
		add(one, "pairs", gains->by[i].pairs);
		add(one, "unknown", gains->by[i].unknown);
		json_object_object_add(one, "saved", json_object_new_int64(gains->by[i].saved));
		json_object_object_add(object, msc_whatif_name(i), one);
	}
	return object;
}

/* VMAs by whether they are safe to relocate. */
static struct json_object *by_safe(const msc_u64 nr[MSC_NR_SAFES])
{
	struct json_object *object = json_object_new_object();

	add(object, msc_safe_name(MSC_SAFE_YES), nr[MSC_SAFE_YES]);
	add(object, msc_safe_name(MSC_SAFE_NO), nr[MSC_SAFE_NO]);
	add(object, msc_safe_name(MSC_SAFE_UNKNOWN), nr[MSC_SAFE_UNKNOWN]);
	return object;
}

/* Those that there are. */
static struct json_object *obstacles(const struct msc_gains *gains)
{
	struct json_object *object = json_object_new_object(), *one;
	unsigned int i;

	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		if (!gains->obstacles[i].vmas)
			continue;
		one = json_object_new_object();
		add(one, "vmas", gains->obstacles[i].vmas);
		add(one, "moved", gains->obstacles[i].moved);
		add(one, "count", gains->obstacles[i].count);
		json_object_object_add(object, msc_obstacle_name(i), one);
	}
	return object;
}

void msc_gains_json(struct json_object *object, const struct msc_gains *gains)
{
	struct json_object *relocation = json_object_new_object();

	json_object_object_add(object, "whatif", policies(gains));
	json_object_object_add(relocation, "vmas", by_safe(gains->asked));
	json_object_object_add(relocation, "moved", by_safe(gains->moved));
	json_object_object_add(relocation, "obstacles", obstacles(gains));
	add(relocation, "pages", gains->pages);
	add(relocation, "folios", gains->folios);
	add(relocation, "walk_ns", gains->walk_ns);
	json_object_object_add(object, "relocation", relocation);
}
