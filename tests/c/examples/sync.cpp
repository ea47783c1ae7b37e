// Two replicas write offline, meet, and show the same. Build it with: c++ -std=c++17 sync.cpp $(pkg-config --cflags --libs converge)
#include <converge.hpp>
#include <iostream>

using converge::Doc;

// `to` asks, `from` answers, until there is no more. Any transport will do for the two messages.
static void sync(Doc &from, Doc &to) {
  for (bool has_more = true; has_more;) {
    auto update = from.encode_pending(to.encode_request());
    to.merge_update(update.bytes);
    has_more = update.has_more;
  }
}

int main() try {
  Doc phone = Doc::create(), laptop = Doc::create();  // Doc::open(path) keeps it in a file
  phone.insert("todos", "1", {{"title", "milk"}, {"done", false}});
  sync(phone, laptop);

  phone.update("todos", "1", "done", true);  // offline, at the same time …
  laptop.update("todos", "1", "title", "oat milk");
  sync(phone, laptop);  // … and then they meet
  sync(laptop, phone);

  std::cout << "phone: " << phone.rows_json() << "\nlaptop: " << laptop.rows_json() << "\n";
  auto todos = laptop.rows("todos");
  for (converge::Row row : todos) std::cout << row.id() << ": " << *row.get("title")->str() << "\n";
} catch (const converge::Error &error) {
  std::cerr << error.what() << "\n";
  return 1;
}
