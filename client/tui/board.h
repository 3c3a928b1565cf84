#pragma once
/* The live board: all that is open, what presses most on top, with its clock as a word. */
struct app;

void *board_new(struct app *app);
