#pragma once
/* Every statement by its name, as &sql_<name>: made by steward-gen into the build directory. */
#include "proto/sql_stmts.h"
