// SPDX-License-Identifier: GPL-2.0
/* ksmd works only while a scenario waits for it, so that no report is taken in between. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "scenario_play.h"
#include "scenario_settings.h"

#define PATIENCE_S 120

/* A kernel without NUMA has fewer. */
static int change(const char *path, const char *value)
{
	int err = scn_setting_change(path, value);

	return err == -ENOENT ? 0 : err;
}

int scn_ksm_init(bool changes_settings)
{
	int err;

	/* What exited processes had merged counts as merged until ksmd has come by. */
	if (changes_settings)
		scn_setting_write(SCN_KSM "run", "2");
	err = change(SCN_KSM "max_page_sharing", "256");
	if (!err)
		err = change(SCN_KSM "merge_across_nodes", "1");
	if (err)
		return err;
	scn_setting_write(SCN_KSM "run", "0");
	/* An advisor would set pages_to_scan, and smart scan skip pages for some rounds (6.7). */
	scn_setting_write(SCN_KSM "advisor_mode", "none");
	scn_setting_write(SCN_KSM "smart_scan", "0");
	scn_setting_write(SCN_KSM "pages_to_scan", "100000");
	scn_setting_write(SCN_KSM "sleep_millisecs", "1");
	scn_setting_write(SCN_KSM "use_zero_pages", "0");
	return 0;
}

/* The number of full scans since boot; -1 if it cannot be read. */
static long full_scans(void)
{
	char text[32];

	return scn_setting_read(SCN_KSM "full_scans", text, sizeof(text)) ? -1 : atol(text);
}

const char *scn_ksm_scan(unsigned int scans)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	/* The scan that is under way does not count: it may have passed what is new. */
	long last = full_scans() + (long)scans + 1;
	time_t deadline = time(NULL) + PATIENCE_S;
	bool done;

	if (scn_setting_write(SCN_KSM "run", "1"))
		return "KSM cannot be started";
	while (!(done = full_scans() >= last) && time(NULL) < deadline)
		nanosleep(&pause, NULL);
	if (scn_setting_write(SCN_KSM "run", "0"))
		return "KSM cannot be stopped";
	return done ? NULL : "ksmd does not come to the end of its scans: is nothing mergeable?";
}
