#pragma once
/*
 * From the reply of a method that prints (rule "print") to paper: its documents are taken, drawn
 * by steward-render (render.h) and written to a file or a printer. For command and screens alike.
 *
 *   print_check()                before the call: an original is printed once
 *   client_call()
 *   print_reply()                or, without waiting, print_request(), render_start(),
 * print_write()
 */
#include "client/lib/render.h"
#include "common/rules.h"
#include "common/uuid.h"

struct print_to {
	Steward__PrintForm form;
	const char *path;          /* "-": standard output; NULL: nowhere */
	bool printer;              /* the path must be a device */
	bool force;                /* write over a file that is there */
	Steward__PrintPaper paper; /* of a PDF */
	unsigned width;            /* of a receipt printer, in dots; 0: 576 */
	bool drawer;               /* open the cash drawer first */
};

/* Can it be written to? ALREADY_EXISTS: a file is there; else FAILED_PRECONDITION or
 * INVALID_ARGUMENT. */
enum st_code print_check(const struct print_to *to, struct st_err *err) ST_MUSTCHECK;
/* How many documents a reply holds. */
size_t print_count(const ProtobufCMessage *reply);
/* All documents of a reply in their order, to be drawn for 'to'. What is in 'ret' lives in 'mem'
 * and borrows from 'reply'. */
enum st_code print_request(const ProtobufCMessage *reply, const struct print_to *to,
			   struct arena *mem, Steward__PrintRequest *ret,
			   struct st_err *err) ST_MUSTCHECK;
/* Puts a file in the place of 'path' as a whole, or sends the bytes to the device or standard
 * output. */
enum st_code print_write(const struct print_to *to, struct slice bytes,
			 struct st_err *err) ST_MUSTCHECK;
/* All of it, and waits. *ret_pages: of a PDF. Not from a callback of the loop. */
enum st_code print_reply(struct renderer *r, const ProtobufCMessage *reply,
			 const struct print_to *to, struct arena *mem, unsigned *ret_pages,
			 struct st_err *err) ST_MUSTCHECK;
/* The key under which what came of a call is printed: the same for the same call, so that it is
 * printed once however often both are repeated. */
struct uuid print_key(const struct uuid *call);
