/*
 * Programs that know what is in their memory: two processes, one forked from the other, that sweep over their pages for
 * ever. Some pages never change, some get new content, some old content again, some are at addresses that were
 * something else; and children come and go. Each writes how many sweeps it has made, and how many pages were not what
 * it had written, to /var/lib/app/memory-0 and -1.
 */
#ifndef MOBIDESK_SESSION_MEMORY_H
#define MOBIDESK_SESSION_MEMORY_H

/* Leaves them behind, and returns. */
void session_memory_start(void);

#endif
