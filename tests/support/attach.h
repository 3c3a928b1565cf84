#pragma once
/* Files for tests of attachments: made, sent and fetched call by call. */
#include "tests/support/rig.h"

#define ATTACH_PART ((size_t)262144)

struct attach_file {
	uint8_t *data;
	size_t len;
	char sha256[65];
};

/* An empty one, to be filled with malloc(); attach_digest() then. Files last until attach_free().
 */
struct attach_file *attach_new(void);
void attach_digest(struct attach_file *f);
void attach_free(void);
/* A JPEG of this length: noise behind its head, the same for the same seed. */
const struct attach_file *attach_photo(size_t len, unsigned seed);
const struct attach_file *attach_text(const char *content);
/* The number of a new case. */
const char *attach_case(struct rig *rig);

/* attachment.Begin at SUN; 'more' is put behind the other fields. */
const json_t *attach_begin(struct rig *rig, const char *who, const char *to,
			   const struct attach_file *f, const char *name, const char *more);
/* attachment.Put of these bytes at this offset (as `foreign` at LAK, else at SUN); gives how much
 * has arrived, -1: 'err' tells why not. */
int64_t attach_put_bytes(struct rig *rig, const char *who, const char *upload, size_t offset,
			 const uint8_t *data, size_t len, const char *media_type,
			 struct st_err *err);
/* The file's own part at 'offset', or all of them; must succeed. */
void attach_put(struct rig *rig, const char *who, const char *upload, const struct attach_file *f,
		size_t offset);
void attach_put_all(struct rig *rig, const char *who, const char *upload,
		    const struct attach_file *f);
void attach_put_refused(struct rig *rig, const char *who, const char *upload, size_t offset,
			const uint8_t *data, size_t len, enum st_code code, const char *reason);
/* The whole way; gives the attachment. */
const json_t *attach_whole(struct rig *rig, const char *who, const char *to,
			   const struct attach_file *f, const char *name);
/* attachment.Get from a byte on; where it succeeds what came must be the rest of the file. */
struct st_err attach_fetch(struct rig *rig, const char *who, const char *attachment, size_t offset,
			   const struct attach_file *f);
void attach_fetch_refused(struct rig *rig, const char *who, const char *attachment, size_t offset,
			  const struct attach_file *f, enum st_code code, const char *reason);
/* How many rows "table where ..." has, past every wall. */
int64_t attach_count(struct rig *rig, const char *sql);
