#include "proto/gen/emit.h"

#include <ctype.h>
#include <string.h>

static const char *enum_word(struct gen *g, const ProtobufCEnumDescriptor *desc, int value)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(desc, value);
	char *word = mem_strndup(g, v->name, strlen(v->name));

	for (char *c = word; *c != 0; c++)
		*c = (char)tolower((unsigned char)*c);
	return word;
}

const char *role_word(struct gen *g, int role)
{
	return enum_word(g, &steward__role__descriptor, role);
}

const char *class_word(struct gen *g, const struct method *m)
{
	return enum_word(g, &steward__class__descriptor, (int)m->rule->class_);
}

const char *access_word(struct gen *g, const struct method *m)
{
	return enum_word(g, &steward__access__descriptor, (int)m->rule->access);
}

const char *offline_word(struct gen *g, const struct method *m)
{
	return enum_word(g, &steward__offline__descriptor, (int)m->rule->offline);
}

const char *danger_word(struct gen *g, const struct method *m)
{
	return enum_word(g, &steward__danger__descriptor, (int)m->rule->danger);
}

const char *format_word(struct gen *g, const struct field *f)
{
	return enum_word(g, &steward__format__descriptor, (int)f->rule->format);
}

const char *method_who(struct gen *g, const struct method *m, const char *separator)
{
	const char *list = "";

	for (int role = 1; role < 32; role++)
		if (m->roles & 1u << role)
			list = mem_printf(g, "%s%s%s", list, *list != 0 ? separator : "",
					  role_word(g, role));
	return list;
}
