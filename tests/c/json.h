/* A small reader and writer of JSON for the tests. A value keeps its own text, so that `1` and `1.0` stay different and nothing is rounded. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind {
  JSON_WORD, /* null, true, false or a number: its text says it all */
  JSON_TEXT,
  JSON_LIST,
  JSON_OBJECT
};

struct json {
  enum json_kind kind;
  /* The value's own text, inside the text that was parsed. */
  const char *raw;
  size_t raw_len;
  /* The content of a text, in UTF-8. */
  char *text;
  size_t text_len;
  /* A text that holds half a surrogate pair, and so is none. */
  bool is_broken;
  /* The elements of a list, or the values of an object, whose keys are texts. */
  struct json *items;
  struct json *keys;
  size_t len;
};

/* Reads a whole text; false, with what is wrong on stderr, if it is no JSON. Free the value in either case. */
bool json_parse(const char *text, size_t len, struct json *value);
void json_free(struct json *value);
/* The value of a key, or NULL. */
const struct json *json_get(const struct json *value, const char *key);
bool json_is_word(const struct json *value, const char *word);
/* A number without `.`, `e` and `E` that fits. */
bool json_integer(const struct json *value, int64_t *integer);
bool json_is_float(const struct json *value);
double json_number(const struct json *value);

/* Text that grows. Zeroed it is empty. */
struct text {
  char *data;
  size_t len;
  size_t room;
};

void text_add(struct text *text, const char *data, size_t len);
void text_put(struct text *text, const char *words);
void text_printf(struct text *text, const char *format, ...);
/* As a JSON string. */
void text_json(struct text *text, const char *data, size_t len);
/* A finite float that reads back as the same and as no integer. */
void text_float(struct text *text, double number);
/* Standard base64 with padding. */
void text_base64(struct text *text, const uint8_t *data, size_t len);
/* Reads standard base64 that is padded and canonical; false if it is none. `out` has room for three bytes for each four characters. */
bool base64_read(const char *data, size_t len, uint8_t *out, size_t *out_len);
void text_free(struct text *text);

/* Appends the first difference of two values, in words, to `out`; appends nothing if there is none. Objects are compared by key; numbers by
 * kind and exact value, but timestamps, where wanted, as numbers of either kind. */
void json_difference(const struct json *expected, const struct json *actual, bool timestamps, struct text *out);

#endif
