/* What the tests in C and C++ share: a check that says where it failed, and short forms of common calls. Include it last. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SHORT_RUN
#define SHORT_RUN 0
#endif

static int checks_made = 0;

/* Threads that check count nothing: they would race. */
#ifdef CHECK_IN_THREADS
#define CHECK_COUNTS (void)checks_made
#else
#define CHECK_COUNTS checks_made++
#endif

#define CHECK(condition)                                                          \
  do {                                                                            \
    CHECK_COUNTS;                                                                 \
    if (!(condition)) {                                                           \
      fprintf(stderr, "%s:%d: it does not hold: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                    \
    }                                                                             \
  } while (0)

/* The call must end with this status; a failure's error must say the same, have words, and be freed. `error` is declared by `BEGIN`. */
#define BEGIN converge_error *error = NULL

#define EXPECT(wanted, call)                                                      \
  do {                                                                            \
    converge_status status_ = (call);                                             \
    CHECK_COUNTS;                                                                 \
    if (status_ != (wanted)) {                                                    \
      fprintf(stderr, "%s:%d: %s: %s, not %s: %s\n", __FILE__, __LINE__, #call, converge_status_name(status_), \
              converge_status_name(wanted), converge_error_message(error).data);  \
      exit(1);                                                                    \
    }                                                                             \
    if (status_ != CONVERGE_STATUS_OK && error != NULL) {                         \
      CHECK(converge_error_status(error) == status_);                             \
      CHECK(converge_error_message(error).len > 0);                               \
      CHECK(strlen(converge_error_message(error).data) == converge_error_message(error).len); \
    }                                                                             \
    CHECK((status_ == CONVERGE_STATUS_OK) == (error == NULL));                    \
    converge_error_free(&error);                                                  \
  } while (0)

#define OK(call) EXPECT(CONVERGE_STATUS_OK, call)

#define STR(text) converge_str_of(text)

/* Text with these bytes is `wanted`. */
static inline int is_text(const void *data, size_t len, const char *wanted) {
  return len == strlen(wanted) && memcmp(data, wanted, len) == 0;
}

#define SAYS(str, wanted) is_text((str).data, (str).len, wanted)

static inline int done(const char *name) {
  printf("%s: %d checks\n", name, checks_made);
  return 0;
}

#endif
