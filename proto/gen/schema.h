#pragma once
/* Reads the descriptor set protoc made of proto/: messages, fields, methods, options, comments. */
#include "proto/gen/model.h"

/* 'path' is what protoc wrote with --include_imports --include_source_info. */
struct schema *schema_load(struct gen *g, const char *path);
