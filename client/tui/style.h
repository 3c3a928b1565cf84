#pragma once
/*
 * What a cell means, not how it looks: a theme gives each meaning its colours, and in every theme
 * the words alone tell the same.
 */
enum style {
	STYLE_PLAIN,
	STYLE_FRAME,    /* lines around a pane */
	STYLE_FOCUS,    /* the frame of the pane that hears the keys */
	STYLE_TITLE,    /* in a frame's upper line */
	STYLE_LABEL,    /* names of fields, headings of columns */
	STYLE_DIM,      /* what is there to be known, not to be read first */
	STYLE_SELECTED, /* the row under the cursor */
	STYLE_MARKED,   /* a row marked for what follows */
	STYLE_FIELD,    /* where something can be typed */
	STYLE_EDIT,     /* where something is being typed */
	STYLE_BAR,      /* first and last line */
	STYLE_KEY,      /* a key on the bar */
	STYLE_GOOD,
	STYLE_SOON,
	STYLE_LATE,
	STYLE_HELD,
	STYLE_ERROR,
	STYLE_RING, /* a call that rings */
	STYLE_COUNT
};
