// One half of a program whose other half is compiled from the same file without exceptions: each keeps its own functions.

#include "converge.hpp"

#include "check.h"

#ifdef CONVERGE_NO_EXCEPTIONS

int without_exceptions(converge_doc doc);

int without_exceptions(converge_doc handle) {
  converge::Doc doc(handle);
  auto removed = doc.remove("t", "gone");
  CHECK(!removed && removed.error().status() == CONVERGE_STATUS_ROW_NOT_FOUND);
  auto count = doc.count("t");
  CHECK(count.ok() && *count == 0);
  return checks_made;
}

#else

int without_exceptions(converge_doc doc);

int main() {
  converge::Doc doc = converge::Doc::create();
  converge_doc other{0};
  CHECK(converge_doc_new(nullptr, &other, nullptr) == CONVERGE_STATUS_OK);
  checks_made += without_exceptions(other);
  bool threw = false;
  try {
    doc.remove("t", "gone");
  } catch (const converge::Error &error) {
    threw = error.status() == CONVERGE_STATUS_ROW_NOT_FOUND;
  }
  CHECK(threw && doc.count("t") == 0);
  return done("both ways");
}

#endif
