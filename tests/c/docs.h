/* What tests of documents begin with. Include it after check.h. */
#ifndef DOCS_H
#define DOCS_H

static inline converge_doc new_doc(void) {
  BEGIN;
  converge_doc doc;
  OK(converge_doc_new(NULL, &doc, &error));
  CHECK(doc.id != 0);
  return doc;
}

static inline void insert(converge_doc doc, const char *tbl, const char *row_id, const char *title, int64_t number) {
  BEGIN;
  converge_cell cells[2] = {converge_cell_of("title", converge_text(title)), converge_cell_of("number", converge_int(number))};
  OK(converge_doc_insert(doc, STR(tbl), STR(row_id), cells, 2, NULL, &error));
}

#endif
