/* Documents in files: what is written stays, one writer at a time, backups, queries, and what becomes of copies and damaged files.
 *
 *   files SCRATCH */

#include "converge.h"

#include "check.h"

static char scratch[512];

static converge_str in_scratch(char *path, const char *name) {
  snprintf(path, 600, "%s/%s", scratch, name);
  return STR(path);
}

static void copy_file(const char *from, const char *to) {
  char buffer[65536];
  size_t got;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  CHECK(in != NULL && out != NULL);
  while ((got = fread(buffer, 1, sizeof buffer, in)) > 0) CHECK(fwrite(buffer, 1, got, out) == got);
  fclose(in);
  fclose(out);
}

static void insert(converge_doc doc, const char *row_id, int64_t number) {
  BEGIN;
  converge_cell cells[2] = {converge_cell_of("n", converge_int(number)), converge_cell_of("title", converge_text("a title"))};
  OK(converge_doc_insert(doc, STR("todos"), STR(row_id), cells, 2, NULL, &error));
}

static void what_is_written_stays(void) {
  BEGIN;
  char path[600];
  converge_str file = in_scratch(path, "stays.db");
  converge_open_options options;
  converge_open_report report;
  converge_doc doc, reader, second;
  converge_bytes before, after, where;
  converge_store_stats stats;
  bool read_only;
  uint64_t count;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.must_exist = 1;
  EXPECT(CONVERGE_STATUS_STORAGE, converge_doc_open(file, &options, &doc, &error));
  OK(converge_doc_open(file, NULL, &doc, &error));
  OK(converge_doc_opened(doc, &report, &error));
  CHECK(report.created && report.fresh_peer == CONVERGE_FRESH_PEER_NONE && report.rebuilt.len == 0);
  converge_bytes_free(&report.rebuilt);
  OK(converge_doc_path(doc, &where, &error));
  CHECK(where.len > 0 && strstr((const char *)where.data, "stays.db") != NULL);
  converge_bytes_free(&where);
  insert(doc, "1", 1);
  OK(converge_doc_peer(doc, &before, &error));
  EXPECT(CONVERGE_STATUS_ALREADY_OPEN, converge_doc_open(file, NULL, &second, &error));
  options.read_only = 1;
  OK(converge_doc_open(file, &options, &reader, &error));
  OK(converge_doc_is_read_only(reader, &read_only, &error));
  CHECK(read_only);
  EXPECT(CONVERGE_STATUS_READ_ONLY, converge_doc_delete(reader, STR("todos"), STR("1"), NULL, &error));
  OK(converge_doc_count(reader, STR("todos"), &count, &error));
  CHECK(count == 1);
  CHECK(converge_doc_free(reader) == CONVERGE_STATUS_OK);
  OK(converge_doc_flush(doc, &error));
  OK(converge_doc_stats(doc, &stats, &error));
  CHECK(stats.file_bytes + stats.wal_bytes > 0);
  OK(converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);

  OK(converge_doc_open(file, NULL, &doc, &error));
  OK(converge_doc_opened(doc, &report, &error));
  CHECK(!report.created && report.fresh_peer == CONVERGE_FRESH_PEER_NONE);
  converge_bytes_free(&report.rebuilt);
  OK(converge_doc_peer(doc, &after, &error));
  CHECK(before.len == after.len && memcmp(before.data, after.data, before.len) == 0);
  converge_bytes_free(&before);
  converge_bytes_free(&after);
  OK(converge_doc_count(doc, STR("todos"), &count, &error));
  CHECK(count == 1);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void queries_see_rows(void) {
  BEGIN;
  char path[600];
  converge_doc doc, memory;
  converge_query_rows rows;
  converge_query_limits limits;
  converge_value parameter = converge_int(2);
  converge_str column = STR("n");
  char row_id[16];
  OK(converge_doc_open(in_scratch(path, "queries.db"), NULL, &doc, &error));
  for (int i = 0; i < 5; i++) {
    sprintf(row_id, "r%d", i);
    insert(doc, row_id, i);
  }
  OK(converge_doc_create_index(doc, STR("todos"), &column, 1, &error));
  OK(converge_doc_query(doc, STR("SELECT row_id, n FROM todos WHERE n > ?1 ORDER BY n"), &parameter, 1, NULL, &rows, &error));
  CHECK(rows.columns_len == 2 && SAYS(rows.columns[1], "n") && rows.rows_len == 2 && rows.len == 4);
  CHECK(SAYS(rows.data[0].as.text, "r3") && rows.data[3].as.integer == 4);
  converge_query_rows_free(&rows);
  CHECK(rows.columns == NULL && rows.rows_len == 0);
  converge_query_rows_free(&rows);
  OK(converge_doc_query(doc, STR("SELECT n FROM todos WHERE n > 99"), NULL, 0, NULL, &rows, &error));
  CHECK(rows.columns_len == 1 && rows.rows_len == 0 && rows.len == 0);
  converge_query_rows_free(&rows);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_query(doc, STR("DELETE FROM todos"), NULL, 0, NULL, &rows, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_query(doc, STR("nonsense"), NULL, 0, NULL, &rows, &error));
  memset(&limits, 0, sizeof limits);
  limits.size = sizeof limits;
  limits.rows = 2;
  EXPECT(CONVERGE_STATUS_LIMIT_EXCEEDED, converge_doc_query(doc, STR("SELECT n FROM todos"), NULL, 0, &limits, &rows, &error));
  OK(converge_doc_new(NULL, &memory, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_query(memory, STR("SELECT 1"), NULL, 0, NULL, &rows, &error));
  CHECK(converge_doc_free(memory) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void files_are_looked_after(void) {
  BEGIN;
  char path[600], copy[600], lone[600];
  converge_doc doc, backup;
  converge_open_report report;
  converge_names problems;
  uint64_t count;
  OK(converge_doc_open(in_scratch(path, "care.db"), NULL, &doc, &error));
  insert(doc, "1", 1);
  OK(converge_doc_suspend(doc, &error));
  OK(converge_doc_count(doc, STR("todos"), &count, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_delete(doc, STR("todos"), STR("1"), NULL, &error));
  OK(converge_doc_resume(doc, &error));
  insert(doc, "2", 2);
  OK(converge_doc_verify(doc, &problems, &error));
  CHECK(problems.len == 0);
  OK(converge_doc_rebuild(doc, &error));
  OK(converge_doc_compact(doc, &error));
  OK(converge_doc_backup(doc, in_scratch(copy, "backup.db"), &error));
  OK(converge_doc_open(STR(copy), NULL, &backup, &error));
  OK(converge_doc_opened(backup, &report, &error));
  CHECK(!report.created && report.fresh_peer != CONVERGE_FRESH_PEER_NONE);
  converge_bytes_free(&report.rebuilt);
  OK(converge_doc_count(backup, STR("todos"), &count, &error));
  CHECK(count == 2);
  CHECK(converge_doc_free(backup) == CONVERGE_STATUS_OK);
  OK(converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  /* A file that was copied alone goes on under a fresh peer id. */
  in_scratch(lone, "lone.db");
  copy_file(path, lone);
  OK(converge_doc_open(STR(lone), NULL, &doc, &error));
  OK(converge_doc_opened(doc, &report, &error));
  CHECK(report.fresh_peer == CONVERGE_FRESH_PEER_NO_MARK);
  converge_bytes_free(&report.rebuilt);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void damaged_files_are_salvaged(void) {
  BEGIN;
  char path[600];
  converge_doc doc, copy;
  converge_salvaged_rows rows;
  converge_runs events;
  converge_names problems;
  converge_merge_result result;
  OK(converge_doc_open(in_scratch(path, "salvage.db"), NULL, &doc, &error));
  insert(doc, "1", 1);
  insert(doc, "2", 2);
  OK(converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  OK(converge_salvage(STR(path), &rows, &events, &problems, &error));
  CHECK(rows.len == 2 && SAYS(rows.data[0].tbl, "todos") && rows.data[0].cells_len == 2 && problems.len == 0);
  OK(converge_doc_new(NULL, &copy, &error));
  OK(converge_doc_merge_remote(copy, events.data, events.len, &result, &error));
  CHECK(result.applied == 2);
  converge_patches_free(&result.patches);
  CHECK(converge_doc_free(copy) == CONVERGE_STATUS_OK);
  converge_salvaged_rows_free(&rows);
  converge_salvaged_rows_free(&rows);
  converge_runs_free(&events);
  converge_names_free(&problems);
  EXPECT(CONVERGE_STATUS_STORAGE, converge_salvage(STR("/nowhere/at/all.db"), &rows, &events, &problems, &error));
  EXPECT(CONVERGE_STATUS_STORAGE, converge_doc_open(STR("/nowhere/at/all.db"), NULL, &doc, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_salvage(STR(path), NULL, &events, &problems, &error));
  /* What is no database at all. */
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  for (int i = 0; i < 4096; i++) fputc('x', file);
  fclose(file);
  converge_status status = converge_doc_open(STR(path), NULL, &doc, NULL);
  CHECK(status == CONVERGE_STATUS_STORAGE || status == CONVERGE_STATUS_CORRUPT);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  snprintf(scratch, sizeof scratch, "%s", argv[1]);
  what_is_written_stays();
  queries_see_rows();
  files_are_looked_after();
  damaged_files_are_salvaged();
  return done("files");
}
