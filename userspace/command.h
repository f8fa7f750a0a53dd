/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of the command share: their table's entry, errors, options. */
#ifndef MSC_COMMAND_H
#define MSC_COMMAND_H

#include <argp.h>
#include <stdbool.h>

/* Exit statuses. */
enum {
	MSC_EXIT_FINE = 0,
	MSC_EXIT_FOUND = 1,	/* a difference, or a violation */
	MSC_EXIT_TROUBLE = 2,	/* it could not be done; one line on stderr said why */
};

/* struct msc_command - a verb */
struct msc_command {
	const char *name;
	const char *summary;	/* for the list of verbs */
	/* Returns the exit status. argv[0] is "mergescope VERB". */
	int (*run)(int argc, char **argv);
};

int msc_cmd_check(int argc, char **argv);
int msc_cmd_diff(int argc, char **argv);
int msc_cmd_draw(int argc, char **argv);
int msc_cmd_report(int argc, char **argv);
int msc_cmd_run(int argc, char **argv);
int msc_cmd_survey(int argc, char **argv);
int msc_cmd_watch(int argc, char **argv);
int msc_cmd_whatif(int argc, char **argv);
int msc_cmd_why(int argc, char **argv);

/* What is called before that line, if it is set: takes away what is unfinished on the terminal. */
extern void (*msc_before_trouble)(void);

/* One line on stderr, with "mergescope: " before it. Returns MSC_EXIT_TROUBLE. */
int __attribute__((format(printf, 1, 2))) msc_trouble(const char *format, ...);

/* @status, if all that was printed has arrived: a full disk is no success. */
int msc_flushed(int status);

/* The child of each verb's argp: --help, and one line for a wrong option or argument. */
extern const struct argp_child msc_common_options[];

/* argp_parse() that comes back after a wrong option: with MSC_EXIT_TROUBLE; 0 if all is well. */
int msc_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The only argument, in @to, which is NULL before: 0, or ARGP_ERR_UNKNOWN for one too many. */
error_t msc_take_arg(const char **to, const char *arg);

/* An argument is missing. Returns MSC_EXIT_TROUBLE. */
int msc_missing(const char *verb, const char *what);

/* @text as a decimal number from @min to @max; false, with a line about @what, if it is none. */
bool msc_number(const char *what, const char *text, unsigned long min, unsigned long max,
		unsigned long *value);

/* The columns of the terminal that @fd is, or @otherwise if it is none or does not say. */
int msc_columns(int fd, int otherwise);

/* May @path, a folder that the option names, be used so (W_OK, R_OK)? If not, that is told. */
bool msc_folder_usable(const char *option, const char *path, int how);

#endif
