#pragma once
/* Keys of the flags args_table() makes, for args.c: a field's are KEY_FIELD + index * KEY_VARIANTS
 * + variant. */

enum {
	KEY_MAP = 700,
	KEY_SET,
	KEY_VALUE,
	KEY_MAP_FILE,
	KEY_ENCODING,
	KEY_DELIMITER,
	KEY_BATCH,
	KEY_PARALLEL,
	KEY_REPORT,
	KEY_TARGET,
	KEY_FORCE,
	KEY_PDF,
	KEY_PAPER,
	KEY_ESCPOS,
	KEY_PRINTER,
	KEY_ROLL,
	KEY_DRAWER,
	KEY_FIELD = 1000,
	KEY_VARIANTS = 4,
	KEY_YES = 1, /* a switch on */
	KEY_NO = 2,  /* a switch off */
	KEY_FROM_FILE = 3,
};
