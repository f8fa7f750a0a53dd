/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of the simulator, by name; addresses and lengths are in bytes. */
#ifndef MSC_SIM_OPS_H
#define MSC_SIM_OPS_H

#include "space.h"

#define SIM_MAX_WORDS 12

/*
 *	given START END PGOFF ANON_PGOFF FILE CLOSE FLAGS AVCS
 *				a VMA that is there already
 *	heap START		where brk() begins
 *	map KIND ADDR LEN PROT PGOFF
 *				mmap(MAP_FIXED); KIND anon, file, other, shm
 *	unmap ADDR LEN
 *	protect ADDR LEN PROT
 *	advise ADDR LEN ADVICE	dontdump, dodump, mergeable, unmergeable, random, normal
 *	lock ADDR LEN		mlock2(MLOCK_ONFAULT)
 *	unlock ADDR LEN
 *	policy ADDR LEN N	mbind(); 0 is the default
 *	name ADDR LEN N		PR_SET_VMA_ANON_NAME; 0 is none
 *	uffd ADDR LEN N		registered with userfaultfd N, for write protection
 *	unuffd ADDR LEN N
 *	move ADDR LEN TO	mremap(MAYMOVE | FIXED)
 *	grow ADDR LEN MORE	mremap() in place; LEN reaches to the VMA's end
 *	touch ADDR LEN		a write to each page
 *	fork			the child goes on
 *	brk END
 *
 * Apply one. False if the kernel would refuse it, or if the model does not go so far: then nothing
 * was done, and nobody should do it.
 */
bool sim_apply(struct sim_space *sp, char *const *words, unsigned int nr);

#endif
