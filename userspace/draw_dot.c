// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "draw.h"
#include "prose.h"

typedef unsigned long long ull;

/* In double quotes, where the quote and the backslash mean something. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (text = msc_plain(text); *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_vma(const struct msc_drawing *d, msc_u32 index)
{
	const struct msc_vma *vma = &d->s->vmas[index];

	fprintf(d->out, "\tv%u [shape=box, label=", index + 1);
	put_quoted(d->out, msc_vma_text(d->s, vma));
	fputs("];\n", d->out);
	/* Without its section there are no AVCs to show how it gets there. */
	if (!(d->s->sections & MSC_SECTION_ANON_VMAS))
		fprintf(d->out, "\tv%u -> a%u;\n", index + 1, vma->anon_vma_id);
}

/* Bold: the VMA's own anon_vma, which its next new page gets. */
static void put_avc(const struct msc_drawing *d, const struct msc_avc *avc)
{
	const struct msc_vma *vma = &d->s->vmas[avc->vma];
	bool own = avc->anon_vma == vma->anon_vma;

	fprintf(d->out, "\tv%u -> a%u [label=\"0x%llx-0x%llx\"%s];\n", avc->vma + 1,
		avc->anon_vma_id, (ull)avc->first, (ull)avc->last, own ? ", style=bold" : "");
}

static void put_anon_vma(const struct msc_drawing *d, const struct msc_anon_vma *record)
{
	bool is_root = record->id == record->root_id;

	fprintf(d->out, "\ta%u [label=\"a%u\\n", record->id, record->id);
	if (record->partial)
		fputs("very many AVCs", d->out);
	else
		fprintf(d->out, "%u here, %u elsewhere", record->avcs_here,
			record->avcs_elsewhere);
	fprintf(d->out, "\\nchildren %u, active %u\"%s];\n", record->children, record->active,
		is_root ? ", penwidth=2" : "");
	if (record->parent_id && record->parent_id != record->id)
		fprintf(d->out, "\ta%u -> a%u [style=dashed, label=parent];\n", record->id,
			record->parent_id);
}

/* The anon_vma with @cookie is drawn, and those that it descends from. */
static void mark(const struct msc_snapshot *s, bool *drawn, msc_u64 cookie)
{
	msc_u32 index = msc_snapshot_find_anon_vma(s, cookie);

	while (index && !drawn[index - 1]) {
		drawn[index - 1] = true;
		index = msc_snapshot_find_anon_vma(s, s->anon_vmas[index - 1].parent);
	}
}

/* Of each anon_vma: does a VMA that is drawn lead to it? NULL if there is no memory. */
static bool *find_drawn(const struct msc_drawing *d)
{
	const struct msc_snapshot *s = d->s;
	bool *drawn = calloc(s->nr_anon_vmas + 1, sizeof(*drawn));
	msc_u32 i;

	for (i = 0; drawn && i < s->nr_vmas; i++) {
		if (msc_draw_has(d, i))
			mark(s, drawn, s->vmas[i].anon_vma);
	}
	for (i = 0; drawn && i < s->nr_avcs; i++) {
		if (msc_draw_has(d, s->avcs[i].vma))
			mark(s, drawn, s->avcs[i].anon_vma);
	}
	return drawn;
}

bool msc_draw_dot(const struct msc_drawing *d)
{
	const struct msc_snapshot *s = d->s;
	bool *drawn = find_drawn(d);
	msc_u32 i;

	if (!drawn)
		return false;
	fputs("digraph anon_vmas {\n\trankdir=LR;\n", d->out);
	for (i = 0; i < s->nr_vmas; i++) {
		if (s->vmas[i].anon_vma && msc_draw_has(d, i))
			put_vma(d, i);
	}
	for (i = 0; i < s->nr_anon_vmas; i++) {
		if (drawn[i])
			put_anon_vma(d, &s->anon_vmas[i]);
	}
	for (i = 0; i < s->nr_avcs; i++) {
		if (msc_draw_has(d, s->avcs[i].vma))
			put_avc(d, &s->avcs[i]);
	}
	fputs("}\n", d->out);
	free(drawn);
	return true;
}
