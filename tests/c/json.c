#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
  const char *text;
  size_t len;
  size_t at;
};

static bool parse_value(struct parser *parser, struct json *value);

static void *must(void *memory) {
  if (memory == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return memory;
}

static int peek(const struct parser *parser) { return parser->at < parser->len ? (unsigned char)parser->text[parser->at] : -1; }

static void skip_space(struct parser *parser) {
  while (peek(parser) == ' ' || peek(parser) == '\t' || peek(parser) == '\n' || peek(parser) == '\r') parser->at++;
}

static bool take(struct parser *parser, int wanted) {
  skip_space(parser);
  if (peek(parser) != wanted) return false;
  parser->at++;
  return true;
}

static void put_utf8(struct text *text, uint32_t c) {
  char bytes[4];
  size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char first[5] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = len; i-- > 1; c >>= 6) bytes[i] = (char)(0x80 | (c & 0x3F));
  bytes[0] = (char)(first[len] | c);
  text_add(text, bytes, len);
}

static bool four_digits(struct parser *parser, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++, parser->at++) {
    int c = peek(parser);
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return false;
    *unit = *unit * 16 + (uint32_t)digit;
  }
  return true;
}

/* After `\u`. A surrogate must be half of a pair. */
static bool parse_unit(struct parser *parser, struct text *text, bool *is_broken) {
  uint32_t unit, low;
  if (!four_digits(parser, &unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00 && parser->at + 1 < parser->len && memcmp(parser->text + parser->at, "\\u", 2) == 0) {
    size_t before = parser->at;
    parser->at += 2;
    if (!four_digits(parser, &low)) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      put_utf8(text, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
    parser->at = before;
  }
  if (unit >= 0xD800 && unit < 0xE000) *is_broken = true;
  else put_utf8(text, unit);
  return true;
}

static bool parse_string(struct parser *parser, struct json *value) {
  struct text text = {0};
  value->kind = JSON_TEXT;
  if (!take(parser, '"')) return false;
  for (;;) {
    int c = peek(parser);
    if (c < 0) break;
    parser->at++;
    if (c == '"') {
      text_add(&text, "", 0);
      value->text = text.data;
      value->text_len = text.len;
      return true;
    }
    if (c != '\\') {
      char byte = (char)c;
      text_add(&text, &byte, 1);
      continue;
    }
    c = peek(parser);
    parser->at++;
    const char *from = "btnfr\"\\/", *to = "\b\t\n\f\r\"\\/", *found = c > 0 ? strchr(from, c) : NULL;
    if (found != NULL) text_add(&text, to + (found - from), 1);
    else if (c != 'u' || !parse_unit(parser, &text, &value->is_broken)) break;
  }
  text_free(&text);
  return false;
}

static void add_item(struct json *value, bool keyed) {
  if ((value->len & (value->len + 1)) == 0) {
    size_t room = value->len == 0 ? 1 : value->len * 2 + 1;
    value->items = must(realloc(value->items, room * sizeof *value->items));
    if (keyed) value->keys = must(realloc(value->keys, room * sizeof *value->keys));
  }
  memset(&value->items[value->len], 0, sizeof *value->items);
  if (keyed) memset(&value->keys[value->len], 0, sizeof *value->keys);
  value->len++;
}

static bool parse_items(struct parser *parser, struct json *value, int close) {
  bool keyed = close == '}';
  value->kind = keyed ? JSON_OBJECT : JSON_LIST;
  parser->at++;
  if (take(parser, close)) return true;
  do {
    add_item(value, keyed);
    if (keyed && (!parse_string(parser, &value->keys[value->len - 1]) || !take(parser, ':'))) return false;
    if (!parse_value(parser, &value->items[value->len - 1])) return false;
  } while (take(parser, ','));
  return take(parser, close);
}

static bool parse_value(struct parser *parser, struct json *value) {
  skip_space(parser);
  size_t start = parser->at;
  bool parsed;
  int c = peek(parser);
  if (c == '"') {
    parsed = parse_string(parser, value);
  } else if (c == '[' || c == '{') {
    parsed = parse_items(parser, value, c == '[' ? ']' : '}');
  } else {
    value->kind = JSON_WORD;
    while ((c = peek(parser)) > 0 && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c) != NULL) parser->at++;
    parsed = parser->at > start;
  }
  value->raw = parser->text + start;
  value->raw_len = parser->at - start;
  return parsed;
}

bool json_parse(const char *text, size_t len, struct json *value) {
  struct parser parser = {text, len, 0};
  memset(value, 0, sizeof *value);
  bool parsed = parse_value(&parser, value);
  skip_space(&parser);
  if (!parsed || parser.at != len) {
    fprintf(stderr, "no JSON at byte %zu of: %.*s\n", parser.at, (int)(len < 200 ? len : 200), text);
    return false;
  }
  return true;
}

void json_free(struct json *value) {
  for (size_t i = 0; i < value->len; i++) {
    json_free(&value->items[i]);
    if (value->keys != NULL) json_free(&value->keys[i]);
  }
  free(value->items);
  free(value->keys);
  free(value->text);
  memset(value, 0, sizeof *value);
}

static const struct json *get(const struct json *value, const char *key, size_t len) {
  if (value->kind != JSON_OBJECT) return NULL;
  for (size_t i = 0; i < value->len; i++)
    if (value->keys[i].text_len == len && memcmp(value->keys[i].text, key, len) == 0) return &value->items[i];
  return NULL;
}

const struct json *json_get(const struct json *value, const char *key) { return get(value, key, strlen(key)); }

bool json_is_word(const struct json *value, const char *word) {
  return value->kind == JSON_WORD && value->raw_len == strlen(word) && memcmp(value->raw, word, value->raw_len) == 0;
}

static bool is_number(const struct json *value) {
  return value->kind == JSON_WORD && (value->raw[0] == '-' || (value->raw[0] >= '0' && value->raw[0] <= '9'));
}

bool json_is_float(const struct json *value) {
  if (!is_number(value)) return false;
  for (size_t i = 0; i < value->raw_len; i++)
    if (strchr(".eE", value->raw[i]) != NULL) return true;
  return false;
}

static void copy_number(const struct json *value, char *copy, size_t room) {
  size_t len = value->raw_len < room - 1 ? value->raw_len : room - 1;
  memcpy(copy, value->raw, len);
  copy[len] = '\0';
}

bool json_integer(const struct json *value, int64_t *integer) {
  char copy[64], *end;
  if (!is_number(value) || json_is_float(value) || value->raw_len >= sizeof copy) return false;
  copy_number(value, copy, sizeof copy);
  errno = 0;
  *integer = strtoll(copy, &end, 10);
  return errno == 0 && *end == '\0';
}

double json_number(const struct json *value) {
  char copy[1200];
  copy_number(value, copy, sizeof copy);
  return strtod(copy, NULL);
}

void text_add(struct text *text, const char *data, size_t len) {
  if (text->len + len + 1 > text->room) {
    text->room = (text->len + len + 1) * 2;
    text->data = must(realloc(text->data, text->room));
  }
  if (len > 0) memcpy(text->data + text->len, data, len);
  text->len += len;
  text->data[text->len] = '\0';
}

void text_put(struct text *text, const char *words) { text_add(text, words, strlen(words)); }

void text_printf(struct text *text, const char *format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  text_put(text, buffer);
}

void text_json(struct text *text, const char *data, size_t len) {
  text_put(text, "\"");
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)data[i];
    if (c < 0x20) text_printf(text, "\\u%04x", c);
    else if (c == '"' || c == '\\') text_printf(text, "\\%c", c);
    else text_add(text, &data[i], 1);
  }
  text_put(text, "\"");
}

void text_float(struct text *text, double number) {
  char buffer[64];
  snprintf(buffer, sizeof buffer, "%.17g", number);
  text_put(text, buffer);
  if (strpbrk(buffer, ".eE") == NULL) text_put(text, ".0");
}

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64(struct text *text, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i += 3) {
    size_t left = len - i;
    uint32_t bits = (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0);
    char group[4] = {ALPHABET[bits >> 18], ALPHABET[bits >> 12 & 63], left > 1 ? ALPHABET[bits >> 6 & 63] : '=', left > 2 ? ALPHABET[bits & 63] : '='};
    text_add(text, group, 4);
  }
}

bool base64_read(const char *data, size_t len, uint8_t *out, size_t *out_len) {
  struct text again = {0};
  uint32_t bits = 0;
  size_t padding = len >= 1 && data[len - 1] == '=' ? (len >= 2 && data[len - 2] == '=' ? 2 : 1) : 0;
  *out_len = 0;
  if (len % 4 != 0) return false;
  for (size_t i = 0; i < len; i++) {
    const char *found = data[i] != '\0' ? strchr(ALPHABET, data[i]) : NULL;
    if (found == NULL && i + padding < len) return false;
    bits = bits << 6 | (found != NULL ? (uint32_t)(found - ALPHABET) : 0);
    if (i % 4 == 3) {
      for (int shift = 16; shift >= 0; shift -= 8) out[(*out_len)++] = (uint8_t)(bits >> shift);
    }
  }
  *out_len -= padding;
  text_base64(&again, out, *out_len);
  bool same = again.len == len && (len == 0 || memcmp(again.data, data, len) == 0);
  text_free(&again);
  return same;
}

void text_free(struct text *text) {
  free(text->data);
  memset(text, 0, sizeof *text);
}

static bool same_word(const struct json *a, const struct json *b, bool as_numbers) {
  int64_t left, right;
  if (as_numbers && is_number(a) && is_number(b)) return json_number(a) == json_number(b);
  if (json_is_float(a) != json_is_float(b)) return false;
  if (json_is_float(a)) {
    double x = json_number(a), y = json_number(b);
    return memcmp(&x, &y, sizeof x) == 0;
  }
  if (json_integer(a, &left) && json_integer(b, &right)) return left == right;
  return a->raw_len == b->raw_len && memcmp(a->raw, b->raw, a->raw_len) == 0;
}

static bool differs(const struct json *expected, const struct json *actual, bool timestamps, bool is_timestamp, struct text *path, struct text *out) {
  bool same = expected->kind == actual->kind;
  size_t length = path->len;
  if (same && expected->kind == JSON_WORD) same = same_word(expected, actual, timestamps && is_timestamp);
  else if (same && expected->kind == JSON_TEXT)
    same = expected->text_len == actual->text_len && memcmp(expected->text, actual->text, expected->text_len) == 0;
  else if (same) same = expected->len == actual->len;
  for (size_t i = 0; same && expected->kind != JSON_WORD && expected->kind != JSON_TEXT && i < expected->len; i++) {
    const struct json *item = NULL;
    bool stamped = false;
    if (expected->kind == JSON_LIST) {
      text_printf(path, "[%zu]", i);
      item = &actual->items[i];
    } else {
      text_put(path, ".");
      text_add(path, expected->keys[i].text, expected->keys[i].text_len);
      item = get(actual, expected->keys[i].text, expected->keys[i].text_len);
      stamped = strcmp(expected->keys[i].text, "timestamp") == 0;
    }
    if (item != NULL && differs(&expected->items[i], item, timestamps, stamped, path, out)) return true;
    path->len = length;
    if (item == NULL) same = false;
  }
  if (same) return false;
  text_add(path, "", 0);
  text_printf(out, "at `%.200s` expected %.*s, got %.*s", path->data, (int)(expected->raw_len < 200 ? expected->raw_len : 200), expected->raw,
              (int)(actual->raw_len < 200 ? actual->raw_len : 200), actual->raw);
  return true;
}

void json_difference(const struct json *expected, const struct json *actual, bool timestamps, struct text *out) {
  struct text path = {0};
  text_put(&path, "");
  differs(expected, actual, timestamps, false, &path, out);
  text_free(&path);
}
