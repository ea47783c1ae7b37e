/* What the runner of the vectors is made of. */
#ifndef VECTORS_H
#define VECTORS_H

#include "converge.h"
#include "json.h"
#include "typed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How replicas are kept, and what they are called by. A vector passes when it passes in every mode. */
enum mode { TYPED, BY_JSON, BINARY, BY_REQUEST, DISK_TYPED, DISK_BINARY, MODES };

enum { PEERS_MAX = 16 };

struct peer {
  converge_str name;
  char path[512];
  converge_doc doc;
  converge_ephemeral store;
};

struct world {
  enum mode mode;
  struct peer peers[PEERS_MAX];
  size_t len;
  const char *scratch;
};

/* What a call gave: a failure, or JSON text, or nothing. */
struct given {
  converge_status status;
  converge_error *error;
  bool is_something;
  struct text text;
};

/* Why a vector fails; empty while it does not. */
extern struct text failure;

/* vectors_world.c: the replicas. */
void fail(const char *words);
bool on_disk(enum mode mode);
bool is_typed(enum mode mode);
bool open_doc(struct world *world, struct peer *peer, converge_bytes *replica);
bool open_peer(struct world *world, const struct json *name);
void close_world(struct world *world);
struct peer *find(struct world *world, const struct json *name);
void give_bytes(struct given *given, converge_bytes *bytes);

/* vectors_writes.c: what an application writes. */
void give_commit(struct given *given, struct world *world, struct peer *peer, converge_commit commit, bool as_list);
converge_str raw(const struct json *json);
void insert(struct given *given, struct world *world, struct peer *peer, const struct json *step, converge_commit *commit);
void update(struct given *given, struct world *world, struct peer *peer, const struct json *step);
void delete_row(struct given *given, struct world *world, struct peer *peer, const struct json *step);
void transaction(struct given *given, struct world *world, struct peer *peer, const struct json *step);
void insert_as_fresh_peer(struct given *given, struct world *world, struct peer *peer, const struct json *step);

/* vectors_sync.c: what replicas show and tell each other. */
void write_digest(struct text *out, converge_doc doc);
void state(struct given *given, struct world *world, struct peer *peer);
void sync_state(struct given *given, struct world *world, struct peer *peer);
void get_pending(struct given *given, struct world *world, struct peer *peer, const struct json *step);
void sync_typed(struct given *given, struct peer *from, struct peer *to);
void sync_json(struct given *given, struct peer *from, struct peer *to);
void sync_binary(struct given *given, struct world *world, struct peer *from, struct peer *to);
void reopen(struct world *world, struct peer *peer);

#endif
