// SPDX-License-Identifier: GPL-2.0
#include "anon_text.h"
#include "format.h"
#include "index.h"
#include "rules.h"

static void put_count(struct msc_sink *sink, const char *key, msc_bool known, msc_u32 count)
{
	if (known)
		msc_put_field_dec(sink, key, count);
	else
		msc_put_field(sink, key, "unknown");
}

void msc_report_anon_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_anon_vma *record = &s->anon_vmas[index];

	msc_put(sink, MSC_L_ANON_VMA);
	msc_put_field_id(sink, MSC_K_ID, 'a', record->id);
	msc_put_field_id(sink, MSC_K_ROOT, 'a', record->root_id);
	msc_put_field_id(sink, MSC_K_PARENT, 'a', record->parent_id);
	msc_put_field_dec(sink, MSC_K_REFCOUNT, record->refcount);
	msc_put_field_dec(sink, MSC_K_CHILDREN, record->children);
	msc_put_field_dec(sink, MSC_K_ACTIVE, record->active);
	put_count(sink, MSC_K_FOUND_CHILDREN, record->counted, record->found_children);
	put_count(sink, MSC_K_FOUND_ACTIVE, record->counted, record->found_active);
	put_count(sink, MSC_K_HERE, !record->partial, record->avcs_here);
	put_count(sink, MSC_K_ELSEWHERE, !record->partial, record->avcs_elsewhere);
	if (s->facts.pointers)
		msc_put_field_hex(sink, MSC_K_PTR_ANON_VMA, record->self);
	msc_put(sink, "\n");
}

static const char *link_name(msc_u8 bits)
{
	if (!(bits & MSC_AVC_BACK))
		return "other-vma";
	if (!(bits & MSC_AVC_SEARCHED))
		return "unknown";
	if (!(bits & MSC_AVC_FOUND))
		return "not-found";
	return bits & MSC_AVC_CACHED ? "linked" : "cached-range";
}

/* The VMA that an AVC points to instead of its own. */
static void put_other_vma(struct msc_sink *sink, const struct msc_snapshot *s,
			  const struct msc_avc *avc)
{
	const struct msc_vma *other = msc_vma_of_cookie(s, avc->of);

	if (other)
		msc_put_field_hex(sink, MSC_K_OF, other->start);
	else
		msc_put_field(sink, MSC_K_OF, "-");
}

/* Only where they are not those of the anon_vma's own line. */
static void put_origin(struct msc_sink *sink, const struct msc_snapshot *s,
		       const struct msc_avc *avc)
{
	const struct msc_anon_vma *record = msc_anon_vma_of_cookie(s, avc->anon_vma);

	if (record && avc->root != record->root)
		msc_put_field_id(sink, MSC_K_ROOT, 'a', avc->root_id);
	if (record && avc->parent != record->parent)
		msc_put_field_id(sink, MSC_K_PARENT, 'a', avc->parent_id);
}

void msc_report_avc(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_avc *avc = &s->avcs[index];
	msc_u64 start = s->vmas[avc->vma].start;
	msc_u32 nth = msc_vma_nth(s, avc->vma, start);

	msc_put(sink, MSC_L_AVC);
	msc_put_field_hex(sink, MSC_K_START, start);
	if (nth)
		msc_put_field_dec(sink, MSC_K_NTH, nth);
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', avc->anon_vma_id);
	put_origin(sink, s, avc);
	msc_put_field_hex(sink, MSC_K_FIRST, avc->first);
	msc_put_field_hex(sink, MSC_K_LAST, avc->last);
	msc_put_field_hex(sink, MSC_K_SUBTREE_LAST, avc->subtree_last);
	msc_put_field(sink, MSC_K_LINK, link_name(avc->bits));
	if (!(avc->bits & MSC_AVC_BACK))
		put_other_vma(sink, s, avc);
	if (s->facts.pointers)
		msc_put_field_hex(sink, MSC_K_PTR_AVC, avc->self);
	msc_put(sink, "\n");
}

/* struct printer - a judge that prints what it is told */
struct printer {
	struct msc_judge judge;
	struct msc_sink *sink;
	const struct msc_rule *rule;
	msc_u64 printed;
};

static void put_value(struct msc_sink *sink, const char *key, const struct msc_value *value)
{
	switch (value->kind) {
	case MSC_VALUE_NONE:
		msc_put_field(sink, key, "-");
		break;
	case MSC_VALUE_DEC:
		msc_put_field_dec(sink, key, value->value);
		break;
	case MSC_VALUE_SIGNED:
		msc_put_field_signed(sink, key, (msc_s64)value->value);
		break;
	case MSC_VALUE_HEX:
		msc_put_field_hex(sink, key, value->value);
		break;
	case MSC_VALUE_ANON_VMA:
		msc_put_field_id(sink, key, 'a', (msc_u32)value->value);
		break;
	}
}

static void print_violation(struct msc_judge *judge, const struct msc_finding *finding)
{
	struct printer *printer = (struct printer *)judge;
	struct msc_sink *sink = printer->sink;

	if (++printer->printed == MSC_MAX_VIOLATIONS)
		judge->violation = MSC_NULL;
	msc_put(sink, MSC_L_VIOLATION);
	msc_put_field(sink, MSC_K_RULE, printer->rule->name);
	msc_put_field_hex(sink, MSC_K_ADDR, finding->addr);
	if (finding->pages)
		msc_put_field_dec(sink, MSC_K_PAGES, finding->pages);
	msc_put_field(sink, MSC_K_WHAT, finding->what);
	put_value(sink, MSC_K_EXPECTED, &finding->expected);
	put_value(sink, MSC_K_FOUND, &finding->found);
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', finding->anon_vma_id);
	if (finding->node)
		msc_put_field_id(sink, MSC_K_NODE, 'n', finding->node);
	msc_put(sink, "\n");
}

/* Judged twice, once to count: the totals come before the violations. */
void msc_report_rule(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_rule *rule = &msc_rules[index];
	struct msc_judge count = {};
	struct printer printer = {
		.judge.violation = print_violation, .sink = sink, .rule = rule,
	};

	rule->judge(s, &count);
	msc_put(sink, MSC_L_CHECK);
	msc_put_field(sink, MSC_K_RULE, rule->name);
	msc_put_field_dec(sink, MSC_K_CHECKED, count.checked);
	msc_put_field_dec(sink, MSC_K_VIOLATIONS, count.violations);
	msc_put_field_dec(sink, MSC_K_UNKNOWN, count.unknown);
	msc_put(sink, "\n");
	if (count.violations)
		rule->judge(s, &printer.judge);
}
