// SPDX-License-Identifier: GPL-2.0
/* Guards: [kernel >= 6.17 or not variant merge-any, has swap] */
#include <string.h>

#include "scenario_parse.h"

bool scn_parse_compare(struct scn_parser *p, enum scn_compare *compare)
{
	static const char *const signs[] = {
		[SCN_EQ] = "==", [SCN_NE] = "!=", [SCN_LT] = "<",
		[SCN_LE] = "<=", [SCN_GT] = ">",  [SCN_GE] = ">=",
	};
	unsigned int i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!scn_accept_punct(&p->lexer, signs[i]))
			continue;
		*compare = (enum scn_compare)i;
		return true;
	}
	return scn_expected(&p->lexer, "==, !=, <, <=, > or >=");
}

/* "6.17" */
static bool parse_release(struct scn_parser *p, struct scn_guard *guard)
{
	uint64_t major, minor;

	if (!scn_want_number(&p->lexer, 999, &major) || !scn_want_punct(&p->lexer, ".") ||
	    !scn_want_number(&p->lexer, 999, &minor))
		return false;
	guard->major = (unsigned int)major;
	guard->minor = (unsigned int)minor;
	return true;
}

const char *const scn_variants[] = { "plain", "fork", "merge-any", "thp", NULL };

const char *const scn_haves[] = {
	"anon-name", "device", "ext4", "ksm", "numa", "overlayfs", "rmap-items", "soft-dirty",
	"swap", "thp", "userfaultfd", NULL,
};

/* A misspelt word would never hold, and what it guards never be tested. */
static bool is_listed(struct scn_parser *p, const char *const *list, const char *word)
{
	char names[160] = "";
	unsigned int i;

	for (i = 0; list[i]; i++) {
		if (!strcmp(list[i], word))
			return true;
		if (i)
			strcat(names, ", ");
		strcat(names, list[i]);
	}
	return scn_fail(&p->lexer, "'%s', expected one of %s", word, names);
}

/* What a guard asks for in a word of its own. */
static bool parse_asked(struct scn_parser *p, struct scn_guard *guard)
{
	static const struct {
		const char *name;
		enum scn_guard_kind kind;
		const char *what;
		const char *const *list;
	} kinds[] = {
		{ "config", SCN_GUARD_CONFIG, "an option, as in NUMA for CONFIG_NUMA", NULL },
		{ "has", SCN_GUARD_HAS, "what the machine must have, as in swap", scn_haves },
		{ "variant", SCN_GUARD_VARIANT, "a variant, as in fork", scn_variants },
	};
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!scn_accept_word(&p->lexer, kinds[i].name))
			continue;
		guard->kind = kinds[i].kind;
		return scn_want_name(&p->lexer, guard->word, kinds[i].what) &&
		       (!kinds[i].list || is_listed(p, kinds[i].list, guard->word));
	}
	return scn_expected(&p->lexer, "kernel, root, config, has or variant");
}

static bool parse_term(struct scn_parser *p, struct scn_guard *guard)
{
	guard->negated = scn_accept_word(&p->lexer, "not");
	if (scn_accept_word(&p->lexer, "kernel")) {
		guard->kind = SCN_GUARD_KERNEL;
		return scn_parse_compare(p, &guard->compare) && parse_release(p, guard);
	}
	if (scn_accept_word(&p->lexer, "root")) {
		guard->kind = SCN_GUARD_ROOT;
		return true;
	}
	return parse_asked(p, guard);
}

bool scn_parse_guards(struct scn_parser *p, struct scn_guards *guards)
{
	bool alternative = false;

	if (!scn_accept_punct(&p->lexer, "["))
		return true;
	do {
		if (guards->nr == SCN_MAX_GUARDS)
			return scn_fail(&p->lexer, "too many guards, expected at most %d",
					SCN_MAX_GUARDS);
		guards->list[guards->nr].alternative = alternative;
		if (!parse_term(p, &guards->list[guards->nr]))
			return false;
		guards->nr++;
		alternative = scn_accept_word(&p->lexer, "or");
	} while (alternative || scn_accept_punct(&p->lexer, ","));
	return scn_want_punct(&p->lexer, "]");
}
