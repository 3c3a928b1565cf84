#pragma once
/*
 * Methods that send files (rule "upload") or fetch one ("download"). What is sent or fetched is
 * known by its SHA-256: a file that was sent half goes on where it broke off, one that is fetched
 * appears under its name only when it is whole.
 */
#include "client/cli/args.h"

/* Sends each file: the method itself begins, parts follow, one call ends it. Both return the exit
 * code. */
int upload_run(struct cli *cli, struct args *a);
int download_run(struct cli *cli, struct args *a);

/* How far it is: on stderr, where that is a terminal, after half a second. */
struct progress {
	const struct cli *cli;
	const char *name;
	uint64_t started_ms, told_ms;
};
void progress_start(struct progress *p, const struct cli *cli, const char *name);
void progress_tell(struct progress *p, int64_t done, int64_t size);
void progress_stop(struct progress *p);

/* "a1b2..." */
const char *digest_text(const uint8_t digest[32], struct arena *mem);
/* The first field of a reply that is a message, where it is set; NULL: not. */
const ProtobufCMessage *transfer_thing(const ProtobufCMessage *reply);
/* A field by its name, which the generator has checked. */
const char *transfer_text(const ProtobufCMessage *msg, const char *name, struct arena *mem);
int64_t transfer_number(const ProtobufCMessage *msg, const char *name);
