#pragma once
/* Running a built-in command, and those of several files. */
#include "client/cli/command.h"

/* Reads the rest of the command line by the command's table and runs it. Returns the exit code. */
int builtin_run(struct cli *cli, const struct builtin *b, int argc, char **argv);

int login_run(struct cli *cli, const struct builtin_args *a);
int logout_run(struct cli *cli, const struct builtin_args *a);
int enrol_run(struct cli *cli, const struct builtin_args *a);
int doctor_run(struct cli *cli, const struct builtin_args *a);
int config_show_run(struct cli *cli, const struct builtin_args *a);
int completion_run(struct cli *cli, const struct builtin_args *a);
int complete_run(struct cli *cli, const struct builtin_args *a);
int api_run(struct cli *cli, const struct builtin_args *a);
int tui_run(struct cli *cli, const struct builtin_args *a);
int version_run(struct cli *cli, const struct builtin_args *a);

/* Are there a keyboard and a screen? */
bool screen_possible(const struct cli *cli);

enum { LOGIN_USER = 1, LOGIN_PASSWORD_FILE, LOGIN_CODE_FILE };
enum { ENROL_SERVER = 1, ENROL_PORT, ENROL_ENROL_PORT, ENROL_NAME, ENROL_REPLACE };
enum { CONFIG_ORIGIN = 1 };
enum { API_INPUT = 1 };
