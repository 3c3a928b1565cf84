#pragma once
/*
 * The whole program without terminal and daemon: calls are kept, and answered by the test; what
 * would be on the terminal is compared with a file. The clock stands at 2026-11-23 09:14 UTC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/tui/app.h"

struct tui_rig;

/* cmocka's setup and teardown. */
int tui_setup(void **state);
int tui_teardown(void **state);
struct app *tui_app(struct tui_rig *r);
void tui_size(struct tui_rig *r, int height, int width);
/* Keys as actions name them, blank-separated: "F3 Tab Ctrl-S"; text in quotes is typed: "'burst
 * pipe' Enter". */
void tui_keys(struct tui_rig *r, const char *keys);
/* What is asked for of this method (the oldest without an answer), as a request; fails if nothing
 * is. */
const ProtobufCMessage *tui_asked(struct tui_rig *r, const char *method);
/* The key it is asked for under. */
struct uuid tui_asked_key(struct tui_rig *r, const char *method);
/* How many of its calls wait for an answer. */
size_t tui_waiting(struct tui_rig *r, const char *method);
/* Answers it, in JSON with ' for ". */
void tui_answer(struct tui_rig *r, const char *method, const char *json);
void tui_refuse(struct tui_rig *r, const char *method, enum st_code code, const char *reason,
		const char *field, const char *message);
/* Whoever sits here holds these roles (bits 1u << Steward__Role); all of them at the beginning. */
void tui_roles(struct tui_rig *r, uint32_t roles);
/* Seconds pass. */
void tui_pass(struct tui_rig *r, int seconds);
/* Seconds pass in which nothing comes: how often the screen is drawn anew, and, with 'ret_cells',
 * how many of its cells are others than before, in all. */
size_t tui_frames(struct tui_rig *r, int seconds, size_t *ret_cells);
/* How many calls have been made so far. */
size_t tui_calls(const struct tui_rig *r);
/* Nobody has typed for a while: what waits for that goes on. */
void tui_settle(struct tui_rig *r);
/* The i-th value of a field of what is asked for, as text in the rig's memory; "" if it has none.
 */
const char *tui_asked_text(struct tui_rig *r, const char *method, const char *field, size_t i);
const char *tui_screen(struct tui_rig *r);
/* The screen is as in want/NAME.txt. TUI_ACCEPT=1 in the environment writes the file. */
void tui_expect(struct tui_rig *r, const char *name);
void tui_expect_text(struct tui_rig *r, const char *text);
void tui_expect_no_text(struct tui_rig *r, const char *text);
