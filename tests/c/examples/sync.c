/* Two replicas write offline, meet, and show the same. Build it with: cc sync.c $(pkg-config --cflags --libs converge) */
#include <converge.h>
#include <stdio.h>
#include <stdlib.h>

static void ok(converge_status status, converge_error *error) {
  if (status == CONVERGE_STATUS_OK) return;
  fprintf(stderr, "%s\n", converge_error_message(error).data);
  exit(1);
}

/* `to` asks, `from` answers, until there is no more. Any transport will do for the two messages. */
static void sync(converge_doc from, converge_doc to) {
  converge_error *error = NULL;
  bool has_more = true;
  while (has_more) {
    converge_bytes request, update;
    ok(converge_doc_encode_request(to, &request, &error), error);
    ok(converge_doc_encode_pending(from, request.data, request.len, NULL, &update, &has_more, &error), error);
    ok(converge_doc_merge_update_quiet(to, update.data, update.len, NULL, &error), error);
    converge_bytes_free(&request);
    converge_bytes_free(&update);
  }
}

int main(void) {
  converge_error *error = NULL;
  converge_doc phone, laptop;
  converge_str todos = converge_str_of("todos"), row = converge_str_of("1");
  converge_cell cells[] = {converge_cell_of("title", converge_text("milk")), converge_cell_of("done", converge_bool(false))};
  ok(converge_doc_new(NULL, &phone, &error), error); /* converge_doc_open(path, …) keeps it in a file */
  ok(converge_doc_new(NULL, &laptop, &error), error);
  ok(converge_doc_insert(phone, todos, row, cells, 2, NULL, &error), error);
  sync(phone, laptop);

  /* Both write while they are apart … */
  ok(converge_doc_update(phone, todos, row, converge_str_of("done"), converge_bool(true), NULL, &error), error);
  ok(converge_doc_update(laptop, todos, row, converge_str_of("title"), converge_text("oat milk"), NULL, &error), error);
  /* … and meet. */
  sync(phone, laptop);
  sync(laptop, phone);

  converge_doc docs[] = {phone, laptop};
  for (int i = 0; i < 2; i++) {
    converge_bytes rows;
    ok(converge_doc_rows_json(docs[i], &rows, &error), error);
    printf("%s: %s\n", i == 0 ? "phone" : "laptop", (const char *)rows.data);
    converge_bytes_free(&rows);
    converge_doc_free(docs[i]);
  }
  return 0;
}
