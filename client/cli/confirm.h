#pragma once
/* Changes that are hard to take back: asked for at a terminal, or confirmed by flags. */
#include "client/cli/args.h"

/* MODERATE: --yes or a question. SEVERE: --confirm with the number and --reason, or both asked for;
 * fills the options. */
enum st_code confirm_danger(struct cli *cli, const struct args *a, struct st_err *err) ST_MUSTCHECK;
/* Asks for the code of the authenticator and proves identity with it (auth.StepUp).
 * PERMISSION_DENIED: nobody can be asked, or the code was refused. */
enum st_code confirm_identity(struct cli *cli, const struct st_err *asked,
			      struct st_err *err) ST_MUSTCHECK;
