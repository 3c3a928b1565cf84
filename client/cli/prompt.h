#pragma once
/* Questions to a person: only where one sits at a terminal, and never with --no-input. */
#include "client/cli/cli.h"

/* CANCELLED: the answer was no. INVALID_ARGUMENT: nobody can be asked; the message names 'flag'. */
enum st_code prompt_yes_no(struct cli *cli, const char *question, const char *flag,
			   struct st_err *err) ST_MUSTCHECK;
/* A line, echoed. */
enum st_code prompt_line(struct cli *cli, const char *question, const char *flag, const char **ret,
			 struct st_err *err) ST_MUSTCHECK;
/* A line, not echoed. */
enum st_code prompt_secret(struct cli *cli, const char *question, const char *flag,
			   const char **ret, struct st_err *err) ST_MUSTCHECK;
