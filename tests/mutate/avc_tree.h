/* SPDX-License-Identifier: GPL-2.0 */
/* Changes an anon_vma's interval tree as mm/interval_tree.c does. Callers hold the root's rwsem. */
#ifndef MUTATE_AVC_TREE_H
#define MUTATE_AVC_TREE_H

struct anon_vma_chain;

void mutate_avc_insert(struct anon_vma_chain *avc);
void mutate_avc_erase(struct anon_vma_chain *avc);

#endif
