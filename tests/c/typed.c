#include "typed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *arena_take(struct arena *arena, size_t bytes) {
  void **blocks = realloc(arena->blocks, (arena->len + 1) * sizeof *blocks);
  void *block = calloc(1, bytes > 0 ? bytes : 1);
  if (blocks == NULL || block == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  arena->blocks = blocks;
  arena->blocks[arena->len++] = block;
  return block;
}

void arena_free(struct arena *arena) {
  for (size_t i = 0; i < arena->len; i++) free(arena->blocks[i]);
  free(arena->blocks);
  memset(arena, 0, sizeof *arena);
}

bool typed_str(const struct json *json, converge_str *text) {
  if (json == NULL || json->kind != JSON_TEXT || json->is_broken) return false;
  text->data = json->text;
  text->len = json->text_len;
  return true;
}

bool typed_value(struct arena *arena, const struct json *json, converge_value *value) {
  *value = converge_null();
  if (json->kind == JSON_TEXT) {
    value->kind = CONVERGE_KIND_STR;
    return typed_str(json, &value->as.text);
  }
  if (json->kind == JSON_OBJECT) {
    const struct json *text = json_get(json, "$bytes");
    if (json->len != 1 || text == NULL || text->kind != JSON_TEXT) return false;
    uint8_t *bytes = arena_take(arena, text->text_len);
    size_t len;
    if (!base64_read(text->text, text->text_len, bytes, &len)) return false;
    *value = converge_blob(bytes, len);
    return true;
  }
  if (json->kind != JSON_WORD) return false;
  if (json_is_word(json, "null")) return true;
  if (json_is_word(json, "true") || json_is_word(json, "false")) {
    *value = converge_bool(json_is_word(json, "true"));
    return true;
  }
  if (json_is_float(json)) {
    *value = converge_float(json_number(json));
    return true;
  }
  value->kind = CONVERGE_KIND_INT;
  return json_integer(json, &value->as.integer);
}

bool typed_cells(struct arena *arena, const struct json *json, const converge_cell **cells, size_t *len) {
  if (json == NULL || (json->kind != JSON_LIST && json->kind != JSON_OBJECT)) return false;
  converge_cell *made = arena_take(arena, json->len * sizeof *made);
  for (size_t i = 0; i < json->len; i++) {
    const struct json *item = &json->items[i];
    const struct json *col = json->kind == JSON_OBJECT ? &json->keys[i] : item->kind == JSON_LIST && item->len == 2 ? &item->items[0] : NULL;
    if (col == NULL || !typed_str(col, &made[i].col)) return false;
    if (!typed_value(arena, json->kind == JSON_OBJECT ? item : &item->items[1], &made[i].value)) return false;
  }
  *cells = made;
  *len = json->len;
  return true;
}

bool typed_op(struct arena *arena, const struct json *json, converge_op *op) {
  converge_str type;
  const struct json *value;
  memset(op, 0, sizeof *op);
  if (!typed_str(json_get(json, "type"), &type)) return false;
  if (!typed_str(json_get(json, "tbl"), &op->tbl) || !typed_str(json_get(json, "row_id"), &op->row_id)) return false;
  if (type.len == 6 && memcmp(type.data, "insert", 6) == 0) {
    op->kind = CONVERGE_OP_INSERT;
    return typed_cells(arena, json_get(json, "values"), &op->cells, &op->cells_len);
  }
  if (type.len == 6 && memcmp(type.data, "update", 6) == 0) {
    op->kind = CONVERGE_OP_UPDATE;
    return typed_str(json_get(json, "col"), &op->col) && (value = json_get(json, "value")) != NULL && typed_value(arena, value, &op->value);
  }
  op->kind = CONVERGE_OP_DELETE;
  return type.len == 6 && memcmp(type.data, "delete", 6) == 0;
}

bool typed_versions(struct arena *arena, const struct json *json, const converge_event_id **ids, size_t *len) {
  if (json->kind != JSON_OBJECT) return false;
  converge_event_id *made = arena_take(arena, json->len * sizeof *made);
  size_t count = 0;
  for (size_t i = 0; i < json->len; i++) {
    int64_t counter;
    if (!json_integer(&json->items[i], &counter) || !typed_str(&json->keys[i], &made[count].peer)) return false;
    if (counter < 0) continue;
    made[count++].counter = (uint64_t)counter;
  }
  *ids = made;
  *len = count;
  return true;
}

void write_value(struct text *out, converge_value value) {
  switch (value.kind) {
    case CONVERGE_KIND_NULL: text_put(out, "null"); break;
    case CONVERGE_KIND_BOOL: text_put(out, value.as.boolean ? "true" : "false"); break;
    case CONVERGE_KIND_INT: text_printf(out, "%" PRId64, value.as.integer); break;
    case CONVERGE_KIND_FLOAT: text_float(out, value.as.real); break;
    case CONVERGE_KIND_STR: text_json(out, value.as.text.data, value.as.text.len); break;
    case CONVERGE_KIND_BYTES:
      text_put(out, "{\"$bytes\":\"");
      text_base64(out, value.as.bytes.data, value.as.bytes.len);
      text_put(out, "\"}");
      break;
    default: text_put(out, "no kind");
  }
}

static void write_str(struct text *out, converge_str text) { text_json(out, text.data, text.len); }

static void comma(struct text *out, size_t index) {
  if (index > 0) text_put(out, ",");
}

void write_cells(struct text *out, const converge_cell *cells, size_t len) {
  text_put(out, "[");
  for (size_t i = 0; i < len; i++) {
    comma(out, i);
    text_put(out, "[");
    write_str(out, cells[i].col);
    text_put(out, ",");
    write_value(out, cells[i].value);
    text_put(out, "]");
  }
  text_put(out, "]");
}

void write_object(struct text *out, const converge_cell *cells, size_t len) {
  text_put(out, "{");
  for (size_t i = 0; i < len; i++) {
    comma(out, i);
    write_str(out, cells[i].col);
    text_put(out, ":");
    write_value(out, cells[i].value);
  }
  text_put(out, "}");
}

void write_ids(struct text *out, const converge_event_id *ids, size_t len) {
  text_put(out, "[");
  for (size_t i = 0; i < len; i++) {
    comma(out, i);
    text_put(out, "[");
    write_str(out, ids[i].peer);
    text_printf(out, ",%" PRIu64 "]", ids[i].counter);
  }
  text_put(out, "]");
}

void write_versions(struct text *out, const converge_event_id *ids, size_t len) {
  text_put(out, "{");
  for (size_t i = 0; i < len; i++) {
    comma(out, i);
    write_str(out, ids[i].peer);
    text_printf(out, ":%" PRIu64, ids[i].counter);
  }
  text_put(out, "}");
}

static void write_patch(struct text *out, const converge_patch *patch) {
  const char *type = patch->kind == CONVERGE_PATCH_SET_CELL     ? "set_cell"
                     : patch->kind == CONVERGE_PATCH_INSERT_ROW ? "insert_row"
                     : patch->kind == CONVERGE_PATCH_DELETE_ROW ? "delete_row"
                                                                : "no kind";
  text_printf(out, "{\"type\":\"%s\",\"tbl\":", type);
  write_str(out, patch->tbl);
  text_put(out, ",\"row_id\":");
  write_str(out, patch->row_id);
  if (patch->kind == CONVERGE_PATCH_SET_CELL) {
    text_put(out, ",\"col\":");
    write_str(out, patch->col);
    text_put(out, ",\"value\":");
    write_value(out, patch->value);
  }
  if (patch->kind == CONVERGE_PATCH_INSERT_ROW) {
    text_put(out, ",\"values\":");
    write_cells(out, patch->cells, patch->cells_len);
  }
  text_put(out, "}");
}

void write_merge_result(struct text *out, const converge_merge_result *result) {
  text_put(out, "{\"patches\":[");
  for (size_t i = 0; i < result->patches.len; i++) {
    comma(out, i);
    write_patch(out, &result->patches.data[i]);
  }
  text_printf(out, "],\"applied\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"pending\":%" PRIu64 ",\"rejected\":%" PRIu64 "}", result->applied,
              result->duplicates, result->pending, result->rejected);
}

void write_entries(struct text *out, const converge_entry *entries, size_t len) {
  text_put(out, "{");
  for (size_t i = 0; i < len; i++) {
    comma(out, i);
    write_str(out, entries[i].key);
    text_put(out, entries[i].removed ? ":{\"removed\":true" : ":{\"value\":");
    if (!entries[i].removed) write_value(out, entries[i].value);
    text_put(out, ",\"timestamp\":");
    text_float(out, entries[i].timestamp);
    text_put(out, ",\"peer\":");
    write_str(out, entries[i].peer);
    text_put(out, "}");
  }
  text_put(out, "}");
}
