#include "proto/gen/model.h"

#include <string.h>

const struct field *message_find(const struct message *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strlen(m->fields[i].name) == len && memcmp(m->fields[i].name, name, len) == 0)
			return &m->fields[i];
	return NULL;
}

size_t field_index(const struct message *m, const struct field *f)
{
	return (size_t)(f - m->fields);
}

const struct message *method_rows(const struct method *m)
{
	for (size_t i = 0; i < m->out->n_fields; i++)
		if (m->out->fields[i].repeated && m->out->fields[i].sub != NULL)
			return m->out->fields[i].sub;
	return m->out;
}

bool is_cap_file(const struct proto_file *f)
{
	return strcmp(f->name, "envelope") != 0 && strcmp(f->name, "print") != 0;
}
