/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes after a large file that is still being hashed: its place is kept here, and the
 * finished items behind it wait in an unnamed temporary file, so that neither the order nor memory
 * holds up the rest of the tree.
 */
#pragma once

#include "measure/pool.h"

struct backlog;

int backlog_new(struct backlog **ret) _must_check_;
void backlog_free(struct backlog *backlog);
DEFINE_CLEANUP(struct backlog *, backlog_free)

bool backlog_is_empty(const struct backlog *backlog);
/* Whether backlog_get() would have to wait for a worker. */
bool backlog_is_waiting(const struct backlog *backlog);
/* Room for one more file that was set aside. */
bool backlog_has_place(const struct backlog *backlog);
/* Room for one more finished item. Not where temporary files cannot be made. */
bool backlog_has_room(const struct backlog *backlog);

/* The task of pool_set_aside() goes to the end. */
void backlog_put_task(struct backlog *backlog, struct task *task);
/* A finished item goes to the end; takes it over. When it cannot be written it is kept all the
 * same, and the backlog has no room from then on. */
void backlog_put(struct backlog *backlog, struct pool_item *item);
/* The first of the backlog, which must not be empty; waits for it when it is a task. */
int backlog_get(struct backlog *backlog, struct pool *pool, struct pool_item *ret) _must_check_;
