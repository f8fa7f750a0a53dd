// SPDX-License-Identifier: GPL-2.0
/* A file that a verb writes: what is there when a signal ends the command. */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "unit.h"

/* Begins to write a file in @folder, and gets a signal that is @ignored or not. */
static int written_until(const char *folder, int nr, bool ignored)
{
	struct msc_output output;
	char path[64];
	int status;

	snprintf(path, sizeof(path), "%s/x", folder);
	if (!fork()) {
		if (ignored)
			signal(nr, SIG_IGN);
		if (!msc_output_open(&output, path))
			_exit(2);
		fputs("x", output.out);
		raise(nr);
		_exit(!msc_output_close(&output, true));
	}
	wait(&status);
	return status;
}

/* How many files @folder has, which are gone then. */
static int take_files(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int nr = 0;

	while ((entry = readdir(dir)))
		nr += !unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return nr;
}

static void leaves_nothing_when_interrupted(void **state)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	char folder[] = "/tmp/output-XXXXXX";
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(written_until(folder, ends[i], false), ends[i]);
		assert_int_equal(take_files(folder), 0);
		assert_int_equal(written_until(folder, ends[i], true), 0);
		assert_int_equal(take_files(folder), 1);
	}
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_nothing_when_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
