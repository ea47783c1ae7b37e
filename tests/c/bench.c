/* What a call costs: an update of an Int through C, on the table and in the order of `update_by_name_through_api` in core/benches/single.rs,
 * which is the same through the thread-safe document in Rust. Prints the fastest and the median sample of 1,000 updates each. */

#define _POSIX_C_SOURCE 200809L

#include "converge.h"

#include <time.h>

#include "check.h"

enum { ROWS = 10000, STRIDE = 7919, SAMPLE = 1000, SAMPLES = 1000 };

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static void report(const char *name, double *samples) {
  qsort(samples, SAMPLES, sizeof *samples, by_size);
  printf("%-20s fastest %6.1f ns, median %6.1f ns\n", name, samples[0], samples[SAMPLES / 2]);
}

int main(void) {
  static char ids[ROWS][16];
  static double samples[SAMPLES];
  converge_doc doc;
  int64_t number = 0;
  CHECK(converge_doc_new(NULL, &doc, NULL) == CONVERGE_STATUS_OK);
  converge_str tbl = STR("tasks"), col = STR("count");
  for (int i = 0; i < ROWS; i++) {
    sprintf(ids[i], "r%07d", i);
    converge_cell cells[5] = {converge_cell_of("title", converge_text("water the plants")), converge_cell_of("count", converge_int(i)),
                              converge_cell_of("share", converge_float(i + 0.5)), converge_cell_of("done", converge_bool(i % 2 == 0)),
                              converge_cell_of("note", converge_text("the ones at the window need most"))};
    CHECK(converge_doc_insert(doc, tbl, STR(ids[i]), cells, 5, NULL, NULL) == CONVERGE_STATUS_OK);
  }
  for (int i = 0; i < SAMPLES; i++) {
    double start = now_ns();
    for (int j = 0; j < SAMPLE; j++, number++) {
      converge_str row_id;
      row_id.data = ids[number * STRIDE % ROWS];
      row_id.len = 8;
      converge_commit commit;
      if (converge_doc_update(doc, tbl, row_id, col, converge_int(number), &commit, NULL) != CONVERGE_STATUS_OK) return 1;
    }
    samples[i] = (now_ns() - start) / SAMPLE;
  }
  report("update_by_name", samples);
  for (int i = 0; i < SAMPLES; i++) {
    double start = now_ns();
    for (int j = 0; j < SAMPLE; j++, number++) {
      converge_str row_id;
      converge_value value;
      bool found;
      row_id.data = ids[number * STRIDE % ROWS];
      row_id.len = 8;
      if (converge_doc_get(doc, tbl, row_id, col, &value, &found, NULL) != CONVERGE_STATUS_OK || !found) return 1;
    }
    samples[i] = (now_ns() - start) / SAMPLE;
  }
  report("get", samples);
  for (int i = 0; i < SAMPLES; i++) {
    double start = now_ns();
    for (int j = 0; j < SAMPLE; j++) {
      uint64_t events;
      if (converge_doc_events(doc, &events, NULL) != CONVERGE_STATUS_OK) return 1;
    }
    samples[i] = (now_ns() - start) / SAMPLE;
  }
  report("events", samples);
  return converge_doc_free(doc) == CONVERGE_STATUS_OK ? 0 : 1;
}
