#pragma once
/*
 * Migrations: forward only, embedded in the daemon, one transaction each, applied in order under an
 * advisory lock, recorded with their checksum. A recorded checksum that differs from the embedded
 * one stops the start: a released file is frozen. A database newer than the daemon stops it too.
 *
 * Views and functions hold no data, so they are no migrations: they stand in .fn.sql files as they
 * are now, and are made anew, all in one transaction, whenever their text differs from what the
 * database has. They may name each other in any order. They live in the schema steward_code,
 * tables and what tables need in steward.
 */
#include <libpq-fe.h>

#include "common/err.h"

/* Synchronous, at start, as steward_migrate (member of the owner). *ret_applied: how many
 * migrations were new. */
enum st_code migrate_run(PGconn *pg, unsigned *ret_applied, struct st_err *err) ST_MUSTCHECK;
