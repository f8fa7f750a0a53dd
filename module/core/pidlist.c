// SPDX-License-Identifier: GPL-2.0
#include "pidlist.h"

/* The number in the @len characters at @text, or 0 if they are no PID. */
static msc_s32 parse_pid(const char *text, msc_u32 len)
{
	msc_u32 value = 0;
	msc_u32 i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (msc_u32)(text[i] - '0');
		if (value >= MSC_PID_LIMIT)
			return 0;
	}
	return (msc_s32)value;
}

static enum msc_pidlist_error add_item(struct msc_pidlist *list, struct msc_pid_item item)
{
	msc_u32 i;

	if (list->nr && (list->items[0].op == MSC_PID_SET) != (item.op == MSC_PID_SET))
		return MSC_PIDLIST_MIXED;
	for (i = 0; i < list->nr; i++) {
		if (list->items[i].pid == item.pid)
			return MSC_PIDLIST_TWICE;
	}
	if (list->nr == list->max)
		return MSC_PIDLIST_TOO_LONG;
	list->items[list->nr++] = item;
	return MSC_PIDLIST_OK;
}

static enum msc_pidlist_error parse_member(struct msc_pidlist *list, const char *text, msc_u32 len)
{
	struct msc_pid_item item = { .op = MSC_PID_SET };

	if (len && (*text == '+' || *text == '-')) {
		item.op = *text == '+' ? MSC_PID_ADD : MSC_PID_REMOVE;
		text++;
		len--;
	}
	item.pid = parse_pid(text, len);
	return item.pid ? add_item(list, item) : MSC_PIDLIST_NOT_A_PID;
}

enum msc_pidlist_error msc_pidlist_parse(struct msc_pidlist *list, const char *text)
{
	msc_u32 len = (msc_u32)__builtin_strlen(text);
	enum msc_pidlist_error err;

	list->nr = 0;
	if (len && text[len - 1] == '\n')
		len--;
	for (list->at = 0; len; list->at += list->at_len + 1) {
		for (list->at_len = 0; list->at + list->at_len < len; list->at_len++) {
			if (text[list->at + list->at_len] == ',')
				break;
		}
		err = parse_member(list, text + list->at, list->at_len);
		if (err)
			return err;
		if (list->at + list->at_len == len)
			break;
	}
	return MSC_PIDLIST_OK;
}
