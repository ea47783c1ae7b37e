/* From JSON to what the typed functions take, and back. */
#ifndef TYPED_H
#define TYPED_H

#include "converge.h"
#include "json.h"

/* What typed arguments point to. Zeroed it is empty; it is freed as a whole. */
struct arena {
  void **blocks;
  size_t len;
};

void *arena_take(struct arena *arena, size_t bytes);
void arena_free(struct arena *arena);

/* These are false for JSON that stands for no typed value, such as a list, or an integer that does not fit. What they give points into the
 * JSON and into the arena. */
bool typed_str(const struct json *json, converge_str *text);
bool typed_value(struct arena *arena, const struct json *json, converge_value *value);
/* A list of pairs, or an object. */
bool typed_cells(struct arena *arena, const struct json *json, const converge_cell **cells, size_t *len);
bool typed_op(struct arena *arena, const struct json *json, converge_op *op);
/* `{peer: highest counter}`; a peer with a negative counter is not known. */
bool typed_versions(struct arena *arena, const struct json *json, const converge_event_id **ids, size_t *len);

void write_value(struct text *out, converge_value value);
void write_cells(struct text *out, const converge_cell *cells, size_t len);
void write_object(struct text *out, const converge_cell *cells, size_t len);
void write_ids(struct text *out, const converge_event_id *ids, size_t len);
void write_versions(struct text *out, const converge_event_id *ids, size_t len);
void write_merge_result(struct text *out, const converge_merge_result *result);
void write_entries(struct text *out, const converge_entry *entries, size_t len);

#endif
