/* Runs a fuzz target over the files of its corpus: arguments are files and directories. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/target.h"

#define FILE_MAX (8u << 20)

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(FILE_MAX), *exact;
	size_t len;

	if (f == NULL || data == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	len = fread(data, 1, FILE_MAX, f);
	fclose(f);
	/* A copy of exactly its length, so that sanitizers see a read beyond it. */
	exact = malloc(len > 0 ? len : 1);
	if (exact == NULL)
		exit(1);
	memcpy(exact, data, len);
	free(data);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 1;
}

static int replay_dir(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), done = 0;

	for (int i = 0; i < n; i++) {
		char file[4096];

		if (names[i]->d_name[0] != '.' &&
		    snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name) < (int)sizeof file)
			done += replay_file(file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return done;
}

int main(int argc, char **argv)
{
	int done = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) != 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
			return 1;
		}
		done += S_ISDIR(st.st_mode) ? replay_dir(argv[i]) : replay_file(argv[i]);
	}
	printf("%d inputs\n", done);
	return done > 0 ? 0 : 1;
}
