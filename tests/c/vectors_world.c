/* The replicas of a vector, in memory and on disk. */

#include "vectors.h"

struct text failure;

void fail(const char *words) {
  if (failure.len == 0) text_put(&failure, words);
}

bool on_disk(enum mode mode) { return mode == DISK_TYPED || mode == DISK_BINARY; }
bool is_typed(enum mode mode) { return mode == TYPED || mode == DISK_TYPED; }

bool open_doc(struct world *world, struct peer *peer, converge_bytes *replica) {
  converge_open_options options;
  converge_error *error = NULL;
  converge_status status;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.peer = peer->name;
  options.document = converge_str_of("07070707070707070707070707070707");
  if (replica != NULL) status = converge_doc_decode(replica->data, replica->len, &options, &peer->doc, &error);
#ifndef CONVERGE_WITHOUT_FILES
  else if (on_disk(world->mode)) status = converge_doc_open(converge_str_of(peer->path), &options, &peer->doc, &error);
#endif
  else status = converge_doc_new(&options, &peer->doc, &error);
  if (status != CONVERGE_STATUS_OK) fail(converge_error_message(error).data);
  converge_error_free(&error);
  return status == CONVERGE_STATUS_OK;
}

bool open_peer(struct world *world, const struct json *name) {
  static unsigned files = 0;
  struct peer *peer = &world->peers[world->len];
  converge_ephemeral_options options;
  memset(peer, 0, sizeof *peer);
  memset(&options, 0, sizeof options);
  if (world->len == PEERS_MAX || !typed_str(name, &peer->name)) {
    fail("a peer has no name, or there are too many");
    return false;
  }
  world->len++;
  snprintf(peer->path, sizeof peer->path, "%s/%u.db", world->scratch, files++);
  options.size = sizeof options;
  options.clock = CONVERGE_CLOCK_MANUAL_NO_WALL;
  options.ttl_ms = CONVERGE_TTL_NONE;
  options.peer = peer->name;
  if (converge_ephemeral_new(&options, &peer->store, NULL) != CONVERGE_STATUS_OK) fail("no ephemeral store");
  return open_doc(world, peer, NULL);
}

void close_world(struct world *world) {
  static const char *const BESIDE[] = {"", "-wal", "-shm", "-lock", "-peer"};
  for (size_t i = 0; i < world->len; i++) {
    if (converge_doc_free(world->peers[i].doc) != CONVERGE_STATUS_OK) fail("the document does not free");
    if (converge_ephemeral_free(world->peers[i].store) != CONVERGE_STATUS_OK) fail("the store does not free");
    for (size_t j = 0; on_disk(world->mode) && j < sizeof BESIDE / sizeof *BESIDE; j++) {
      char path[600];
      snprintf(path, sizeof path, "%s%s", world->peers[i].path, BESIDE[j]);
      remove(path);
    }
  }
}

struct peer *find(struct world *world, const struct json *name) {
  for (size_t i = 0; name != NULL && i < world->len; i++)
    if (world->peers[i].name.len == name->text_len && memcmp(world->peers[i].name.data, name->text, name->text_len) == 0) return &world->peers[i];
  fail("no peer has that name");
  return NULL;
}

/* Takes over owned text as what a call gave. */
void give_bytes(struct given *given, converge_bytes *bytes) {
  if (given->status == CONVERGE_STATUS_OK) {
    given->is_something = true;
    text_add(&given->text, (const char *)bytes->data, bytes->len);
    converge_bytes_free(bytes);
  }
}
