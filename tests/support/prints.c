#include "tests/support/prints.h"

#include <stdio.h>

const char *prints_fact(const json_t *prints, const char *label)
{
	const json_t *f = rig_find(prints, "prints.0.document.facts", "label", label);

	return f != NULL ? rig_text(f, "value") : NULL;
}

const char *prints_cell(const json_t *prints, int table, int row)
{
	char path[80];
	size_t n;

	(void)snprintf(path, sizeof(path), "prints.0.document.tables.%d.rows.%d.cells", table, row);
	n = rig_count(prints, path);
	(void)snprintf(path, sizeof(path), "prints.0.document.tables.%d.rows.%d.cells.%zu", table,
		       row, n - 1);
	return rig_text(prints, path);
}
