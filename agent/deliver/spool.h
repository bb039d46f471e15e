/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports on disk: those that wait for delivery, those that were delivered, and the last of each
 * phase.
 *
 *	STATE/spool/ID.json            {"evidence":ENVELOPE}, waits for delivery
 *	STATE/spool/broken/NAME        can never be delivered; NAME.reason says why
 *	STATE/delivered/ID.json        delivered; ID.receipt is the collector's answer
 *	STATE/latest-image.json        the last evidence of phase image; latest-boot.json likewise
 *
 * Every file is written beside its name, synced and renamed, so a crash leaves a whole report or
 * none. Reports are named by UUIDv7, so the order of names is the order in which they were made.
 */
#pragma once

#include "evidence.h"
#include "receipt.h"

#define SPOOL_MAX	     256 /* reports that may wait */
#define SPOOL_DELIVERED_KEEP 8	 /* newest reports kept after delivery */
#define SPOOL_FILE_MAX	     (2 * EVIDENCE_SIZE_MAX)

struct spool;

/* Opens STATE, making it and what is below it (0700) where missing. */
int spool_open(const char *state_directory, struct spool **ret, struct error *error) _must_check_;
void spool_free(struct spool *spool);
DEFINE_CLEANUP(struct spool *, spool_free)

/* Takes the lock of STATE until spool_free(). -EBUSY when another process has it. */
int spool_lock(struct spool *spool, struct error *error) _must_check_;

/*
 * Stores evidence (`envelope` is one line of JSON) for delivery and as the latest of its phase.
 * -EEXIST when `id` waits already, -EINVAL for an id that is not a lower-case UUID, -ENOSPC when
 * SPOOL_MAX reports wait.
 */
int spool_put(struct spool *spool, const char *id, enum phase phase, const char *envelope,
	      struct error *error) _must_check_;

/* Stores evidence as the latest of its phase and not for delivery: no collector is configured. */
int spool_save_latest(struct spool *spool, enum phase phase, const char *envelope,
		      struct error *error) _must_check_;
/* The envelope in a new string. -ENOENT when there is none. */
int spool_read_latest(struct spool *spool, enum phase phase, char **ret_envelope,
		      struct error *error) _must_check_;

/* Names of files that wait, oldest first, with those that are no report's name ("x.json") too. */
struct spool_names {
	char **names;
	size_t count;
};

int spool_list(struct spool *spool, struct spool_names *ret, struct error *error) _must_check_;
void spool_names_done(struct spool_names *names);
#define _cleanup_spool_names_ _cleanup_(spool_names_done)

/*
 * The envelope of a waiting file as compact JSON in a new string, and the id that its name states.
 * -EBADMSG when the file is broken: the caller quarantines it. Signatures are not checked here.
 */
int spool_read(struct spool *spool, const char *name, char **ret_envelope, char **ret_id,
	       struct error *error) _must_check_;

/* Moves a file to delivered/, with the receipt beside it, and removes the oldest there. */
int spool_mark_delivered(struct spool *spool, const char *name, const struct receipt *receipt,
			 struct error *error) _must_check_;

/* Moves a file to spool/broken/, under a name of its own, with the reason beside it. */
int spool_quarantine(struct spool *spool, const char *name, const char *reason,
		     struct error *error) _must_check_;
